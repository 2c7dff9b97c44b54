"""What is away is said, waited for and found again; nothing that was promised is lost."""

import asyncio
import os
import signal
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.runtime import bus, link, mongo, watching
from services.runtime.amqp import Line, connect
from services.runtime.http import UnavailableError
from services.runtime.service import serve
from services.runtime.streams import Work
from services.stack.ports import free_port
from tests.runtime.conftest import Rig, Start, Until, ready
from tests.runtime.gate import Gate
from tests.runtime.toy import QUEUE, ROOM, ToyService


async def checks(toy: ToyService) -> tuple[int, dict[str, bool]]:
    async with client(toy) as asking:
        answer = await asking.get("/ready")
    found: dict[str, bool] = answer.json()["checks"]
    return answer.status_code, found


def client(toy: ToyService) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(toy.app), base_url="http://toy")


async def test_a_service_lives_without_a_broker_and_becomes_ready_by_itself(
    start: Start, broker_gate: Gate, until: Until
) -> None:
    await broker_gate.shut()
    url = broker_gate.url
    async with start(amqp_url=url, wait=False) as toy:

        async def told() -> bool:
            _, found = await checks(toy)
            return found == {"broker": False, "database": True, "consumers": False}

        await until(told)
        assert (await checks(toy))[0] == 503
        await toy.engine.submit(Work("s", "go", by="k1"))  # kept; said when there is a broker
        await broker_gate.open()
        await until(lambda: ready(toy))
        assert (await checks(toy))[0] == 200


async def test_a_connection_that_ends_before_its_first_frame_is_tried_again(
    start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a proxy whose broker is not there yet; aiormq raises no error of its own for it."""
    ends = iter(range(3))

    async def cut_off(url: str) -> Any:
        if next(ends, None) is not None:
            raise StopAsyncIteration
        return await connect(url)

    monkeypatch.setattr(link, "connect", cut_off)
    async with start(wait=False) as toy:
        await until(lambda: ready(toy), 20)


async def test_a_close_that_aiormq_cancels_does_not_end_the_link(
    start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so with what waits for a connection whose writer has ended already."""
    closed: list[bool] = []

    async def cancelled(*_: object) -> None:
        closed.append(True)
        raise asyncio.CancelledError

    monkeypatch.setattr(link, "BACKOFF_SECONDS", (0.05,))
    async with start() as toy:
        with monkeypatch.context() as patch:
            patch.setattr(Line, "close", cancelled)
            toy.bus.links[""].begin_anew()
            await until(lambda: asyncio.sleep(0, len(closed) == 2))
        await until(lambda: ready(toy))


async def test_of_several_nodes_the_next_is_tried_when_one_is_lost(
    start: Start, rig: Rig, broker_gate: Gate, until: Until
) -> None:
    account, _, behind = rig.bus.url("routing").rpartition("@")
    node, _, vhost = behind.partition("/")
    url = f"{account}@127.0.0.1:1,127.0.0.1:{broker_gate.port},{node}/{vhost}"
    async with start(amqp_url=url) as toy:  # the first node is not there
        await broker_gate.shut()

        async def counted() -> bool:
            return (await toy.engine.state("s")).state.n == 1

        await rig.say("s", "go", 1)
        await until(counted)
        await until(lambda: ready(toy))


async def test_a_lost_connection_loses_nothing_and_ends_nothing(
    start: Start, rig: Rig, broker_gate: Gate, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "BACKOFF_SECONDS", (0.05,))
    # time to acknowledge in the end what was given once more, however slow the machine
    async with start(
        amqp_url=broker_gate.url, drain_seconds=60, health_seconds=0.01
    ) as toy:  # asks all the time
        for number in range(1, 61):
            await rig.say(f"s{number % 3}", "go", number)
            if number % 15 == 0:
                await broker_gate.shut()
                await asyncio.sleep(0.05)
                await broker_gate.open()

        async def all_in() -> bool:
            states = [await toy.engine.state(f"s{number}") for number in range(3)]
            return sum(item.state.n for item in states) == 60

        await until(all_in)
        await until(lambda: ready(toy))

        async def all_acknowledged() -> bool:  # what was decided on may be given once more
            return await rig.count(QUEUE) == 0

        await until(all_acknowledged)
    assert await rig.count(QUEUE) == await rig.count(f"{QUEUE}.dead") == 0


async def test_while_the_database_is_away_commands_are_refused_and_messages_wait(
    start: Start, rig: Rig, mongo_gate: Gate, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "TIMEOUT_MS", 800)
    async with start(mongo_url=mongo_gate.url) as toy:
        await mongo_gate.shut()
        command = asyncio.create_task(toy.engine.submit(Work("c", "go", by="k1")))
        await rig.say("s", "go", 1)
        with pytest.raises(UnavailableError):
            await command

        async def told() -> bool:
            return not (await checks(toy))[1]["database"]

        await until(told)
        async with client(toy) as asking:
            answer = await asking.post("/v1/words/s", json={"word": "go"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.headers["content-type"] == "application/problem+json"
        await mongo_gate.open()

        async def counted() -> bool:
            try:
                return (await toy.engine.state("s")).state.n == 1
            except Exception:  # noqa: BLE001 - not back yet
                return False

        await until(counted)
        await until(lambda: ready(toy))
    assert await rig.count(f"{QUEUE}.dead") == await rig.count(f"{QUEUE}.wait.1") == 0


async def test_consumers_are_counted_by_the_broker_and_a_lost_one_is_found(
    start: Start, rig: Rig, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOST_CONSUMER_SECONDS", 1)
    monkeypatch.setattr(watching, "CONSUMERS_SECONDS", 0.2)
    async with start(health_seconds=0.05) as toy:
        inlet = next(item for item in toy.bus.inlets if item.source.queue == QUEUE)
        assert inlet._channel is not None
        await inlet._channel.basic_cancel(inlet._tag)  # the connection is fine, yet nobody reads

        async def told() -> bool:
            return (await checks(toy))[1] == {"broker": True, "database": True, "consumers": False}

        await until(told)
        await until(lambda: ready(toy))
        assert await rig.consumers(QUEUE) == 1


async def test_one_question_tells_of_all_queues_also_past_those_that_are_missing(
    start: Start,
) -> None:
    async with start() as toy:
        queues = ["q.gone", QUEUE, "q.office.tax.410599.out", "q.intake", "q.office.tax.410526.out"]
        counts = await toy.bus.links[""].consumers(queues)
    assert list(counts.values()) == [link.MISSING, 1, link.MISSING, 0, 1]


async def test_a_cancelled_question_to_the_broker_is_not_taken_for_a_lost_connection(
    start: Start,
) -> None:
    async with start() as toy:
        for pause in (0, 0.001, 0.002, 0.005):
            asking = asyncio.create_task(toy.bus.links[""].consumers([QUEUE]))
            await asyncio.sleep(pause)
            if not asking.cancel():
                continue
            with pytest.raises(asyncio.CancelledError):
                await asking


async def test_nothing_is_sent_for_a_user_the_service_no_longer_has(start: Start) -> None:
    async with start() as toy:
        toy.bus.links["tax.410526"] = link.Link("amqp://x:x@127.0.0.1:1/")
        wire = bus.Wire("evt", "message.x", b"{}", "m", None, user="gone.410526")
        assert await toy.bus.publish([wire]) == [False]
        del toy.bus.links["tax.410526"]


async def test_a_background_task_that_fails_ends_the_process_with_its_error(start: Start) -> None:
    """Else a service would look well and do only a part of its work."""

    async def failing(*_: object) -> None:
        await asyncio.sleep(0.1)
        raise ValueError("cannot go on")

    async with start() as other:
        settings = other.settings.model_copy(update={"http_port": free_port()})
    with pytest.raises(ValueError, match="cannot go on"):
        async with asyncio.timeout(60):
            await serve(replace(ROOM, tasks=[failing]), settings)


async def test_sigterm_drains_and_then_ends(until: Until, start: Start) -> None:
    """uvicorn alone raises the signal again, which kills the process before anything is drained."""
    killed: list[Any] = []
    before = signal.signal(signal.SIGTERM, lambda *_: killed.append(1))
    port = free_port()
    async with start() as other:
        changes = {"http_port": port, "project_seconds": 3600}
        settings = other.settings.model_copy(update=changes)
    try:
        serving = asyncio.create_task(serve(ROOM, settings))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as asking:

            async def is_ready() -> bool:
                try:
                    return (await asking.get("/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(is_ready)
            assert (await asking.post("/v1/words/s", json={"word": "go"})).json() == {"n": 1}
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(60):
            await serving
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert killed == []
    async with start() as another:
        assert await another.db["tallies"].count_documents({"_id": "s"}) == 1  # was flushed

"""Whatever is cut off between the write and the acknowledgement is finished later, once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from pamqp.commands import Basic

from services.runtime import sweeper
from services.runtime.bus import Link
from services.runtime.commits import Commits
from services.runtime.frames import Wire
from services.runtime.projections import rebuild
from services.runtime.streams import Work
from tests.runtime.conftest import Rig, Start, Until, stored
from tests.runtime.toy import QUEUE, ToyService

LONG_SECONDS = 3600


async def unsent(service: ToyService) -> list[Any]:
    recent = await service.commits.recent(sweeper.BEGINNING, service.clock.now())
    return list(await service.commits.unsent(recent))


async def views(service: ToyService) -> dict[str, Any]:
    found = await service.db["tallies"].find({}).to_list(None)
    return {item["_id"]: item for item in found}


@pytest.mark.usefixtures("young")
async def test_what_was_stored_but_not_sent_is_sent_with_the_same_ids(
    rig: Rig, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed: list[list[bool]] = []

    async def nothing(_self: Link, wires: list[Wire], _lane: int = 0) -> list[bool]:
        confirmed.append([False] * len(wires))
        return confirmed[-1]

    async with start(sweep_seconds=LONG_SECONDS) as service:
        with monkeypatch.context() as patch:
            patch.setattr(Link, "publish", nothing)
            for number, word in enumerate(("go", "twice", "kept"), 1):
                await rig.say("s", word, number)
                await service.engine.submit(Work("t", word, by="k1"))

            async def all_stored() -> bool:
                return (await service.engine.state("s")).count == 5

            await until(all_stored)
        assert confirmed
        assert len(await unsent(service)) >= 2
    assert await rig.heard() == []
    async with start() as service:

        async def all_sent() -> bool:
            return not await unsent(service)

        await until(all_sent)
        heard = [(item.subject, item.sequence) for item in await rig.heard()]
        expected = [(name, number) for name in ("s", "t") for number in (1, 2, 4)]
        assert sorted(heard) == expected
        mark = await service.db["watermarks"].find_one({"_id": "sweep"})
        assert mark["left"] == []
        await asyncio.sleep(0.5)
        assert await rig.heard() == []  # nor again


def refuse(monkeypatch: pytest.MonkeyPatch, is_refused: Callable[[Wire], bool]) -> None:
    """Let the broker not take some messages."""
    real = Link.publish

    async def some(self: Link, wires: Sequence[Wire], lane: int = 0) -> list[bool]:
        refused = [is_refused(wire) for wire in wires]
        rest = [wire for wire, no in zip(wires, refused, strict=True) if not no]
        answers = iter(await real(self, rest, lane))
        return [not no and next(answers) for no in refused]

    monkeypatch.setattr(Link, "publish", some)


@pytest.mark.usefixtures("young")
async def test_a_message_the_broker_will_not_take_does_not_hold_the_watermark_back(
    rig: Rig, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = True
    refuse(monkeypatch, lambda wire: refusing and b'"subject":"bad"' in wire.body)
    monkeypatch.setattr(sweeper, "MARGIN", timedelta(seconds=0.3))
    async with start() as service:
        await service.engine.submit(Work("bad", "go", by="k1"))
        (commit,) = await stored(service, "bad")
        marks = service.db["watermarks"]

        async def passed() -> bool:
            mark = await marks.find_one({"_id": "sweep"})
            return bool(mark and mark["at"] > commit["at"] + timedelta(seconds=1))

        await until(passed)
        assert [item["_id"] for item in (await marks.find_one({}))["left"]] == ["bad/1"]
        await service.engine.submit(Work("good", "go", by="k1"))
        refusing = False

        async def taken() -> bool:
            return bool((await marks.find_one({}))["left"] == [])

        await until(taken)
    assert sorted(item.subject for item in await rig.heard()) == ["bad", "good"]


@pytest.mark.usefixtures("young")
async def test_a_commit_whose_insert_was_slow_is_found_behind_the_watermark(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start() as service:
        await service.engine.submit(Work("s", "go", by="k1"))
        (commit,) = await stored(service, "s")

        async def swept() -> bool:
            mark = await service.db["watermarks"].find_one({"_id": "sweep"})
            return bool(mark and mark["at"] > commit["at"])

        await until(swept)
        slow = commit | {"_id": "slow/1", "subject": "slow"}
        slow["at"] -= timedelta(seconds=5)  # the time it was dated; it is in only now
        await service.db["commits"].insert_one(slow)

        async def sent() -> bool:
            return not await unsent(service) and "slow" in await views(service)

        await until(sent)
    assert [item.subject for item in await rig.heard()] == ["s", "slow"]


@pytest.mark.usefixtures("young")
async def test_a_projection_that_was_not_written_is_caught_up_and_a_rebuilt_one_is_the_same(
    start: Start, until: Until
) -> None:
    async with start(project_seconds=LONG_SECONDS, sweep_seconds=LONG_SECONDS) as service:
        await asyncio.gather(
            *(service.engine.submit(Work(f"s{n % 7}", f"w{n}", by="k1")) for n in range(30))
        )
        service.engine.projector._dirty.clear()  # the process dies before the flush
    async with start(project_seconds=LONG_SECONDS) as service:

        async def caught_up() -> bool:
            return len(await views(service)) == 7

        await until(caught_up)
        caught = await views(service)
        assert sum(item["n"] for item in caught.values()) == 30
        collection = service.db["tallies"]
        await collection.delete_one({"_id": "s1"})
        await collection.update_one({"_id": "s2"}, {"$set": {"n": -1}})
        async for _ in rebuild(service.engine.stream, service.commits, collection):
            pass
        assert await views(service) == caught


async def test_a_copy_that_was_not_confirmed_is_never_acknowledged_nor_what_came_with_it(
    rig: Rig, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad message's copy fails to reach the dead letters: all of its batch comes again."""
    lost = 0

    def is_lost(wire: Wire) -> bool:
        nonlocal lost
        losing = wire.exchange == "dead" and lost < 2
        lost += losing
        return losing

    refuse(monkeypatch, is_lost)
    for number in range(1, 20):
        await rig.say("s", f"w{number}", number)
        if number == 10:
            await rig.put(b"nonsense", message_id="bad")
    async with start() as service:

        async def parked() -> bool:
            return await rig.count(f"{QUEUE}.dead") == 1

        await until(parked)

        async def all_in() -> bool:
            done = (await service.engine.state("s")).state.n == 19
            return done and await rig.count(QUEUE) == 0

        await until(all_in)
    assert lost == 2
    assert await rig.count(QUEUE) == 0
    assert sorted(item.sequence for item in await rig.heard()) == list(range(1, 20))


async def test_a_stop_finishes_what_was_taken_and_gives_nothing_back(
    rig: Rig, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Commits.append

    async def slowly(self: Commits, commits: Any) -> set[str]:
        await asyncio.sleep(0.05)
        return await real(self, commits)

    monkeypatch.setattr(Commits, "append", slowly)
    for number in range(1, 401):
        await rig.say(f"s{number % 9}", "go", number // 9 + 1)
    async with start(wait=False, batch_messages=20) as service:

        async def in_full_swing() -> bool:
            return bool(service.bus.inlets) and len(service.bus.inlets[0].waiting) > 10

        await until(in_full_swing)
    counted = 0
    for number in range(9):
        rows = await _commits(start, f"s{number}")
        counted += sum(len(row["decisions"]) for row in rows)
    left = 0
    while True:
        message = await rig.channel.basic_get(QUEUE, no_ack=True)
        if not isinstance(message.delivery, Basic.GetOk):
            break
        left += 1
        assert not message.delivery.redelivered
    assert left + counted == 400
    assert left > 0
    assert counted > 10
    assert not service.engine._on_their_way
    assert len(await rig.heard()) == counted


async def _commits(start: Start, subject: str) -> list[dict[str, Any]]:
    async with start(amqp_url="amqp://nobody:x@127.0.0.1:1/", wait=False) as service:
        return await stored(service, subject)

"""One queue being read: carefully at first, and nothing acknowledged that was given up."""

import asyncio
from typing import Any

import pytest

from services.runtime import collect
from services.runtime.inlet import Inlet
from services.runtime.streams import Source
from tests.runtime.conftest import Rig, Start, Until
from tests.runtime.toy import QUEUE, ToyService


def own(service: ToyService) -> Inlet:
    return next(item for item in service.bus.inlets if item.source.queue == QUEUE)


async def give_back(rig: Rig, times: int) -> None:
    """Take all messages and die without an acknowledgement, some times over."""
    for _ in range(times):
        connection = await rig.connect()
        channel = await connection.channel()
        while (await channel.basic_get(QUEUE)).body:
            pass
        await connection.close()


async def test_messages_given_back_twice_are_taken_one_at_a_time_until_that_is_over(
    rig: Rig, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 8):
        await rig.say("s", "go", number)
    await give_back(rig, 2)
    for number in range(8, 31):
        await rig.say("s", "go", number)
    batches: list[tuple[int, int, bool]] = []
    real = collect.Collector._deliveries

    def watching(self: Any) -> Any:
        waiting = sum(len(inlet.waiting) for inlet in self.inlets())
        taken = real(self)
        if taken:
            batches.append((waiting, len(taken), taken[0].suspect))
        return taken

    monkeypatch.setattr(collect.Collector, "_deliveries", watching)
    async with start() as service:
        inlet = own(service)

        async def all_in() -> bool:
            return (await service.engine.state("s")).state.n == 30

        await until(all_in)
        assert not inlet.careful
    suspects = [batch for batch in batches if batch[2]]
    assert suspects == [(1, 1, True)] * 7
    assert sum(taken for _, taken, suspect in batches if not suspect) == 23
    assert max(taken for _, taken, _ in batches) > 1


async def test_once_given_back_is_no_suspicion(rig: Rig, start: Start, until: Until) -> None:
    for number in range(1, 31):
        await rig.say("s", "go", number)
    await give_back(rig, 1)
    async with start() as service:

        async def all_in() -> bool:
            return (await service.engine.state("s")).state.n == 30

        await until(all_in)
        assert not own(service).careful


async def test_what_was_given_up_stays_so_while_the_inlet_speeds_up(
    rig: Rig, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch to many at a time must not take the channel back that was abandoned."""
    async with start() as service:
        inlet = own(service)
        first = inlet._channel
        seen: list[Any] = []
        real = inlet._speed_up

        async def abandoned_meanwhile(channel: Any) -> None:
            inlet.abandon()
            await real(channel)
            seen.append(inlet._channel)

        with monkeypatch.context() as patch:
            patch.setattr(inlet, "_speed_up", abandoned_meanwhile)
            inlet.careful = True
            await rig.say("s", "go", 1)
            await until(lambda: _is(seen))
        assert first is not None
        assert seen == [None]
        service.bus.links[""].begin_anew()

        async def counted() -> bool:
            return (await service.engine.state("s")).state.n == 1

        await until(counted)


async def _is(found: list[Any]) -> bool:
    return bool(found)


async def test_a_paused_inlet_starts_no_consumer_any_more(
    rig: Rig, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as service:
        inlet = own(service)
        real = inlet._speed_up

        async def late(channel: Any) -> None:
            await asyncio.sleep(0.3)
            await real(channel)

        monkeypatch.setattr(inlet, "_speed_up", late)
        await rig.say("s", "go", 1)

        async def switching() -> bool:
            return bool(inlet._asides)

        await until(switching)
        await service.bus.pause()
        await asyncio.sleep(0.5)
        assert await rig.consumers(QUEUE) == 0
        service.bus.links[""].begin_anew()
        await asyncio.sleep(0.5)
        assert await rig.consumers(QUEUE) == 0


async def test_a_consumer_that_the_broker_cancels_is_started_again(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start() as service:
        inlet = own(service)
        before = inlet._channel
        await inlet._lose(None)  # type: ignore[arg-type]  # what aiormq calls on Basic.Cancel

        async def back() -> bool:
            return inlet._channel is not before and await rig.consumers(QUEUE) == 1

        await until(back)
        await rig.say("s", "go", 1)

        async def counted() -> bool:
            return (await service.engine.state("s")).state.n == 1

        await until(counted)


def inlet_with(count: int, *, given_back: int = 0) -> Inlet:
    class Waiting:
        def __init__(self, number: int) -> None:
            self.number = number
            self.suspect = given_back >= 2

    inlet = Inlet(Source("q"), 10, lambda _source: None)
    inlet.waiting.extend(Waiting(number) for number in range(count))  # type: ignore[misc]
    return inlet


@pytest.mark.parametrize(("flood", "quiet", "size"), [(1000, 3, 10), (1000, 1, 250), (5, 5, 100)])
def test_a_flood_in_one_queue_delays_only_itself(flood: int, quiet: int, size: int) -> None:
    collector: collect.Collector[str] = collect.Collector(size, 0)
    inlets = [inlet_with(flood), inlet_with(quiet), inlet_with(quiet)]
    collector.inlets = lambda: inlets
    taken = collector._deliveries()
    assert len(taken) == min(size, flood + 2 * quiet)
    assert [len(inlet.waiting) for inlet in inlets[1:]] == [0, 0]


def test_a_suspect_is_taken_alone_and_its_neighbours_afterwards() -> None:
    collector: collect.Collector[str] = collect.Collector(10, 0)
    inlets = [inlet_with(2, given_back=2), inlet_with(3)]
    collector.inlets = lambda: inlets
    assert [len(collector._deliveries()) for _ in range(4)] == [1, 1, 3, 0]

"""What is sent in batches arrives as it was, and each message has its own answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import cast

import pytest

from services.runtime.amqp import BatchChannel, Incoming, Line, Sent, connect, open_channel
from services.runtime.frames import Wire
from tests.runtime.conftest import Rig, Until
from tests.runtime.toy import QUEUE

MOST = 131_064
MIB = 1024 * 1024


@pytest.fixture
async def channel(rig: Rig) -> AsyncIterator[BatchChannel]:
    line = await connect(rig.bus.admin_url)
    yield await open_channel(line, confirms=True)
    await line.close()


async def answered(sent: Sent) -> list[bool]:
    async with asyncio.timeout(20):
        await sent.done
    return sent.confirmed


async def test_every_message_of_a_batch_has_its_own_answer(channel: BatchChannel, rig: Rig) -> None:
    """One that goes nowhere, and one whose routing key no frame can hold, are not confirmed."""
    wires = [Wire("", QUEUE, str(number).encode(), f"m{number}", None) for number in range(300)]
    wires[7] = Wire("", "no.such.queue", b"7", "m7", "text/plain")
    wires[9] = Wire("", "k" * 300, b"9", "m9", "text/plain")
    first, second = channel.publish(wires[:200]), channel.publish(wires[200:])
    confirmed = await answered(first) + await answered(second)
    assert [number for number, ok in enumerate(confirmed) if not ok] == [7, 9]
    bodies = [int(body) for body, _ in await rig.take(QUEUE)]
    assert bodies == [number for number in range(300) if number not in {7, 9}]


async def test_one_that_came_back_can_be_sent_again(channel: BatchChannel) -> None:
    lost = Wire("", "no.such.queue", b"1", "same", None)
    assert await answered(channel.publish([lost])) == [False]
    assert await answered(channel.publish([Wire("", QUEUE, b"1", "same", None)])) == [True]
    assert (channel._awaited, channel._tags) == ({}, {})
    assert channel._returned == set()


async def test_the_same_id_may_be_under_way_to_several_places(channel: BatchChannel) -> None:
    """As when one event that died in two queues is sent again to both."""
    lost, fine = "no.such.queue", QUEUE
    for _ in range(50):
        wires = [Wire("", key, b"1", "same", None) for key in (lost, fine, lost, fine)]
        first, second = channel.publish(wires), channel.publish(wires[::-1])
        assert await answered(first) == [False, True, False, True]
        assert await answered(second) == [True, False, True, False]
    assert (channel._awaited, channel._tags, channel._returned) == ({}, {}, set())


async def test_a_channel_takes_the_first_free_number(channel: BatchChannel) -> None:
    line = cast("Line", channel.connection)
    others = [await open_channel(line, confirms=False) for _ in range(3)]
    await others[0].close()
    again = await open_channel(line, confirms=False)
    assert again.number == others[0].number


@pytest.mark.parametrize("size", [0, 1, MOST - 1, MOST, MOST + 1, MIB])
async def test_a_message_of_any_size_comes_as_it_was_sent(
    channel: BatchChannel, rig: Rig, size: int
) -> None:
    came: asyncio.Queue[Incoming] = asyncio.Queue()
    line = await connect(rig.bus.admin_url)
    reading = await open_channel(line, confirms=False)
    reading.on_message = came.put_nowait

    async def nothing(_message: object) -> None: ...

    await reading.basic_consume(QUEUE, nothing)
    body = bytes(size % 251 for _ in range(size))
    wires = [
        Wire("", QUEUE, body, "one", "text/plain"),
        Wire("", QUEUE, b"after it", "two", None, {"fuyuan-a": "b"}),
    ]
    assert await answered(channel.publish(wires)) == [True, True]
    async with asyncio.timeout(20):
        one, two = await came.get(), await came.get()
    assert (one.body, one.head.message_id) == (body, "one")
    assert (two.body, two.head.headers) == (b"after it", {"fuyuan-a": "b"})
    await reading.basic_ack(two.about.tag, multiple=True)
    await line.close()
    assert await rig.count(QUEUE) == 0


async def test_what_cannot_be_taken_is_given_again(
    channel: BatchChannel, rig: Rig, until: Until
) -> None:
    """The connection ends with it: an acknowledgement of what comes later would take it in."""

    def fails(_incoming: Incoming) -> None:
        raise KeyError("not taken")

    async def nothing(_message: object) -> None: ...

    line = await connect(rig.bus.admin_url)
    reading = await open_channel(line, confirms=False)
    reading.on_message = fails
    await answered(channel.publish([Wire("", QUEUE, b"1", "m", None)]))
    with suppress(BaseException):
        await reading.basic_consume(QUEUE, nothing)
    await asyncio.wait([line.closing], timeout=20)

    async def is_back() -> bool:
        return await rig.count(QUEUE) == 1

    await until(is_back)
    assert [body for body, _ in await rig.take(QUEUE)] == [b"1"]


async def test_on_a_lost_connection_there_is_no_answer(channel: BatchChannel) -> None:
    await channel.connection.close()
    sent = channel.publish([Wire("", QUEUE, b"1", "m", None)])
    await asyncio.sleep(0.1)
    assert not sent.done.done()
    assert sent.confirmed == [False]

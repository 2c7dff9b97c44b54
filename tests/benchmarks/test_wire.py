"""The hand-made frames of the limit: read and written as pamqp does, wherever the bytes are cut."""

import asyncio
import itertools
from typing import Any, cast

import pytest
from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from tests.benchmarks.limit.wire import Wire

BODIES = (b"", b"one", "二".encode() * 500)


class Sink:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


def connected(took: list[tuple[int, bytes]]) -> tuple[Wire, Sink]:
    wire, sink = Wire(lambda tag, body: took.append((tag, body))), Sink()
    wire.connection_made(cast("Any", sink))
    return wire, sink


def delivered(tag: int, body: bytes) -> bytes:
    parts: list[Any] = [
        commands.Basic.Deliver("ctag1.x", tag, False, "evt", "case.filed"),  # noqa: FBT003 - AMQP's
        ContentHeader(0, len(body), commands.Basic.Properties(message_id="m", delivery_mode=2)),
    ]
    parts += [ContentBody(body)] * bool(body)
    return b"".join(frame.marshal(part, 1) for part in parts)


@pytest.mark.parametrize("step", [1, 7, 64, 10_000])
def test_messages_are_read_wherever_they_are_cut(step: int) -> None:
    took: list[tuple[int, bytes]] = []
    wire, _ = connected(took)
    data = b"".join(delivered(tag, body) for tag, body in enumerate(BODIES, 1))
    for start in range(0, len(data), step):
        wire.data_received(data[start : start + step])
    assert took == list(enumerate(BODIES, 1))


async def test_what_is_published_is_what_pamqp_reads() -> None:
    wire, sink = connected([])
    sending = asyncio.ensure_future(wire.publish([("evt", "k", "id1", BODIES[2])]))
    await asyncio.sleep(0)
    found, rest = [], sink.written
    while rest:
        size, _, part = frame.unmarshal(rest)
        found.append(part)
        rest = rest[size:]
    publish, head, body = cast("Any", found)
    assert (publish.exchange, publish.routing_key, publish.mandatory) == ("evt", "k", True)
    properties = head.properties
    assert (properties.message_id, properties.delivery_mode) == ("id1", 2)
    assert body.value == BODIES[2]
    sending.cancel()


@pytest.mark.parametrize("order", list(itertools.permutations([(1, False), (3, False), (2, True)])))
async def test_a_batch_is_sent_once_all_of_it_is_confirmed(order: list[tuple[int, bool]]) -> None:
    wire, _ = connected([])
    sending = asyncio.ensure_future(wire.publish([("", "q", str(n), b"x") for n in range(3)]))
    await asyncio.sleep(0)
    for number, (tag, multiple) in enumerate(order, 1):
        wire.data_received(frame.marshal(commands.Basic.Ack(tag, multiple), 1))
        await asyncio.sleep(0)
        assert sending.done() == (
            number == len(order) or {(2, True), (3, False)} <= set(order[:number])
        )


async def test_a_refused_message_is_no_success() -> None:
    wire, _ = connected([])
    sending = asyncio.ensure_future(wire.publish([("", "q", "1", b"x")]))
    await asyncio.sleep(0)
    wire.data_received(frame.marshal(commands.Basic.Nack(1), 1))
    with pytest.raises(ConnectionError, match="Nack"):
        await sending

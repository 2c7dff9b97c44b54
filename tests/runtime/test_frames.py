"""Messages are written and read as the protocol has them: pamqp finds the same in the bytes."""

import asyncio
import struct
from datetime import UTC, datetime
from typing import Any

import pamqp.frame
import pytest
from aiormq.exceptions import InvalidFrameError
from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.commands import Basic, Channel
from pamqp.header import ContentHeader
from pamqp.heartbeat import Heartbeat

from services.runtime import frames, sifting
from services.runtime.frames import Wire

names = st.text(max_size=60).filter(lambda text: len(text.encode()) < 256)
tags = st.integers(0, 2**63 - 1)
properties = st.builds(
    Basic.Properties,
    content_type=st.none() | names,
    headers=st.none() | st.dictionaries(st.sampled_from(["x-count", "b"]), st.integers(0, 9)),
    delivery_mode=st.none() | st.sampled_from([1, 2]),
    priority=st.none() | st.integers(0, 9),
    message_id=st.none() | names.filter(bool),
    timestamp=st.none() | st.just(datetime(2024, 1, 1, tzinfo=UTC)),
    app_id=st.none() | names,
)


@given(
    st.builds(
        Wire,
        exchange=names,
        key=names,
        body=st.binary(max_size=400),
        message_id=st.text(min_size=1, max_size=40),
        content_type=st.none() | names,
        headers=st.dictionaries(st.sampled_from(["fuyuan-a", "b"]), st.text(max_size=9)),
    ),
    st.integers(8, 100),
)
def test_its_frames_are_what_the_protocol_has_for_it(wire: Wire, most: int) -> None:
    left, read = frames.message(wire, 7, most), []
    while left:
        size, channel, frame = pamqp.frame.unmarshal(left)
        assert channel == 7
        read.append(frame)
        left = left[size:]
    publish, header, *rest = read
    bodies = [one for one in rest if isinstance(one, ContentBody)]
    assert len(bodies) == len(rest)
    assert isinstance(publish, Basic.Publish)
    assert (publish.exchange, publish.routing_key) == (wire.exchange, wire.key)
    assert publish.mandatory
    assert isinstance(header, ContentHeader)
    found = header.properties
    assert (found.message_id, found.delivery_mode) == (wire.message_id, 2)
    assert (found.content_type or None) == (wire.content_type or None)
    assert (found.headers or {}) == wire.headers
    assert header.body_size == len(wire.body)
    assert b"".join(body.value for body in bodies) == wire.body
    assert all(len(body.value) <= most for body in bodies)


@given(
    st.builds(
        Basic.Deliver,
        consumer_tag=names,
        delivery_tag=tags,
        redelivered=st.booleans(),
        exchange=st.text("Az09._-", max_size=60),
        routing_key=names,
    )
)
def test_a_delivery_is_read_as_it_is(deliver: Basic.Deliver) -> None:
    read = frames.method(payload(deliver))
    expected = (deliver.delivery_tag, deliver.redelivered, deliver.exchange, deliver.routing_key)
    assert read == expected


@given(st.builds(Basic.Ack, tags, st.booleans()) | st.builds(Basic.Nack, tags, st.booleans()))
def test_a_confirmation_is_read_as_it_is(answer: Basic.Ack | Basic.Nack) -> None:
    expected = (answer.delivery_tag, answer.multiple, isinstance(answer, Basic.Ack))
    assert frames.method(payload(answer)) == expected


@given(names, names)
def test_what_came_back_is_read_as_it_is(text: str, key: str) -> None:
    returned = Basic.Return(312, text, "an.exchange", key)
    assert frames.method(payload(returned)) == ("an.exchange", key)


@given(properties, st.integers(0, 2**40))
def test_a_header_is_read_as_it_is(given_: Basic.Properties, size: int) -> None:
    read = frames.head(payload(ContentHeader(body_size=size, properties=given_)))
    assert (read.size, read.headers) == (size, given_.headers or {})
    assert read.message_id == given_.message_id
    assert (read.content_type or None) == (given_.content_type or None)


def test_other_methods_are_nobodys_here() -> None:
    for other in (Basic.ConsumeOk("x"), Basic.Cancel("x"), Channel.Close(404, "x", 0, 0)):
        assert frames.method(payload(other)) is None


@given(st.binary(max_size=40))
def test_what_is_no_such_payload_is_an_error_or_nobodys(junk: bytes) -> None:
    for begin in (frames.DELIVER, frames.RETURN, frames.ACK, b""):
        try:
            found = frames.method(begin + junk)
        except (IndexError, ValueError, struct.error):
            continue
        assert found is None or begin or junk[:2] == b"\0\x3c"


STREAM: list[tuple[int, Any]] = [
    (1, Basic.Deliver("c", 1, redelivered=False, exchange="evt", routing_key="k")),
    (1, ContentHeader(body_size=5, properties=Basic.Properties(message_id="m"))),
    (1, ContentBody(b"hello")),
    (0, Heartbeat()),
    (2, Basic.Ack(7, multiple=True)),
    (1, Channel.CloseOk()),
    (3, Basic.Deliver("c", 2, exchange="evt", routing_key="k")),  # a channel that is aiormq's alone
    (1, Basic.ConsumeOk("c")),
]
WHOLE = b"".join(pamqp.frame.marshal(frame, channel) for channel, frame in STREAM)
OURS = {Basic.Deliver, ContentHeader, ContentBody, Basic.Ack}


@given(st.lists(st.integers(1, len(WHOLE) - 1), max_size=30).map(sorted))
def test_however_the_bytes_come_each_frame_goes_where_it_belongs(cuts: list[int]) -> None:
    taken: list[tuple[int, int, bytes]] = []

    def take(kind: int, channel: int, data: bytes) -> bool:
        if kind == frames.METHOD and (channel == 3 or frames.method(data) is None):
            return False
        taken.append((kind, channel, data))
        return True

    async def left() -> bytes:
        reader = asyncio.StreamReader()
        sifted = sifting.Sifted(reader, take)
        for begin, end in zip([0, *cuts], [*cuts, len(WHOLE)], strict=True):
            sifted.sift(WHOLE[begin:end])
        reader.feed_eof()
        found = await sifted.read()
        assert sifted.at_eof()
        return found

    theirs = asyncio.run(left())
    mine = [one for one in STREAM if type(one[1]) in OURS and one[0] != 3]
    assert [(channel, data) for _, channel, data in taken] == [
        (channel, payload(frame)) for channel, frame in mine
    ]
    rest = [one for one in STREAM if one not in mine]
    assert theirs == b"".join(pamqp.frame.marshal(frame, channel) for channel, frame in rest)


async def test_while_only_messages_come_aiormq_hears_a_sign_of_life() -> None:
    """It ends a connection on which it has heard nothing for three heartbeats."""
    reader = asyncio.StreamReader()
    sifted = sifting.Sifted(reader, lambda *_: True)
    reader.feed_data(WHOLE)
    frame = await sifted.readexactly(1) + await sifted.readexactly(7)
    assert isinstance(pamqp.frame.unmarshal(frame)[2], Heartbeat)


@pytest.mark.parametrize("end", [b"", b"\x01\x00", b"AMQP\x00\x00\x09\x01"])
async def test_an_end_in_the_middle_of_a_frame_is_said_as_aiormq_knows_it(end: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(end)
    reader.feed_eof()
    sifted = sifting.Sifted(reader, lambda *_: True)
    assert sifted.at_eof() == (not end)
    with pytest.raises(asyncio.IncompleteReadError) as raised:
        await sifted.readexactly(len(end) + 1)
    assert raised.value.partial == end


async def test_a_frame_without_its_end_is_left_to_aiormq_and_a_failure_is_its_error() -> None:
    def fails(*_: Any) -> bool:
        raise KeyError("not taken")

    reader = asyncio.StreamReader()
    sifted = sifting.Sifted(reader, fails)
    broken = WHOLE[:-1] + b"\0"
    with pytest.raises(InvalidFrameError):
        sifted.sift(broken)
    sifted = sifting.Sifted(reader, lambda *_: True)
    sifted.sift(broken)
    reader.feed_eof()
    assert (await sifted.read()).endswith(b"\0")


def payload(frame: Any) -> bytes:
    """Give what is between a frame's head and its end."""
    return bytes(pamqp.frame.marshal(frame, 1)[frames.FRAME.size : -1])

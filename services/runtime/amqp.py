"""Channels of aiormq that give and take messages in batches.

aiormq makes a task, futures and queue entries for every single message: more work than all that a
service does with it (`docs/performance.md`). Here a batch is one write with one future, and what
comes in is handed on as soon as its last frame is there. All else is aiormq's: connecting,
heartbeats, opening and closing, consuming.
"""

import asyncio
import logging
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import Any

from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from aiormq.connection import Connection
from aiormq.exceptions import InvalidFrameError
from pamqp import frame as frames
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

log = logging.getLogger(__name__)

PERSISTENT = 2
PUBLISH = struct.pack(">HHH", 60, 40, 0)
"""Class and method of basic.publish, and a reserved field."""
MANDATORY = b"\x01"
CONTENT_TYPE, DELIVERY_MODE, MESSAGE_ID = 0x8000, 0x1000, 0x0080
"""Bits of a content header's property flags (AMQP 0-9-1, 4.2.6.1; the order is that of its XML)."""
METHOD, HEADER, BODY, END = 1, 2, 3, b"\xce"
LEAST_FRAME_BYTES = 4096
"""frame-min-size (AMQP 0-9-1, 4.2.3): what is written where the broker sets no limit, too."""
Name = tuple[str, str, str]
"""An id, an exchange and a routing key: what a message that comes back can be told by."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A message as it goes out."""

    exchange: str
    key: str
    body: bytes
    message_id: str
    content_type: str | None
    headers: dict[str, Any] = field(default_factory=dict)
    user: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came in."""

    channel: "BatchChannel"
    method: Basic.Deliver
    properties: Basic.Properties
    body: bytes


class Sent:
    """Some messages on their way: which of them the broker has confirmed."""

    __slots__ = ("_left", "confirmed", "done")

    def __init__(self, number: int) -> None:
        """None is, yet; `done` when each has its answer."""
        self.confirmed = [False] * number
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = number

    def answer(self, place: int, *, ok: bool) -> None:
        """Note the broker's answer to one."""
        self.confirmed[place] = ok
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result(None)


class Line(Connection):
    """A connection that takes any number of frames to send at once.

    Who sends waits for confirmations (`link.Link.publish`), and for nothing longer than
    `link.CONFIRM_SECONDS`; that, and an end of all sending under an alarm, is what bounds it.
    """

    FRAME_BUFFER_SIZE = 0


class BatchChannel(Channel):
    """A channel that publishes batches and hands on what it consumes, without a task for each."""

    def __init__(self, connection: Connection, number: int, *, confirms: bool) -> None:
        """`open_channel` makes them."""
        super().__init__(connection, number, publisher_confirms=confirms)
        self.frames = _Frames(self._take_frame)
        self.on_message: Callable[[Incoming], None] = _nobody
        self._method: Basic.Deliver | Basic.Return | None = None
        self._header = ContentHeader()
        self._parts: list[bytes] = []
        self._size = 0
        self._awaited: dict[int, tuple[Sent, int, Name]] = {}
        self._tags: dict[Name, list[int]] = {}
        self._returned: set[int] = set()

    def publish(self, wires: Sequence[Wire]) -> Sent:
        """Send messages, persistent and mandatory.

        What can't be written as a frame is not sent, and not confirmed. Of messages with the same
        id to the same place none is confirmed when one comes back meanwhile. Raises nothing on a
        channel that is closed: there is no answer then, either.
        """
        sent, payload = Sent(len(wires)), bytearray()
        most = max(self.max_content_size, LEAST_FRAME_BYTES - self.CONTENT_FRAME_SIZE)
        for place, wire in enumerate(wires):
            try:
                payload += _message(wire, self.number, most)
            except Exception:
                log.exception("can't be sent: %s to %s", wire.key, wire.exchange)
                sent.answer(place, ok=False)
                continue
            self.delivery_tag += 1
            name = (wire.message_id, wire.exchange, wire.key)
            self._awaited[self.delivery_tag] = sent, place, name
            self._tags.setdefault(name, []).append(self.delivery_tag)
        self.write_queue.put_nowait(ChannelFrame(payload=bytes(payload), should_close=False))
        return sent

    def _take_frame(self, frame: object) -> bool:
        """Take a frame of a message or a confirmation; others are aiormq's."""
        kind = type(frame)
        if kind is ContentBody and self._method is not None:
            self._parts.append(frame.value)  # type: ignore[attr-defined]
            self._size += len(frame.value)  # type: ignore[attr-defined]
        elif kind is ContentHeader and self._method is not None:
            self._header = frame  # type: ignore[assignment]
        elif kind is Basic.Deliver or kind is Basic.Return:
            self._method, self._parts, self._size = frame, [], 0  # type: ignore[assignment]
            return True
        elif kind is Basic.Ack or kind is Basic.Nack:
            self._confirm(frame)  # type: ignore[arg-type]
            return True
        else:
            return False
        if self._size >= (self._header.body_size or 0):
            self._complete()
        return True

    def _complete(self) -> None:
        method, self._method = self._method, None
        if isinstance(method, Basic.Return):
            id_ = self._header.properties.message_id or ""
            name = (id_, method.exchange or "", method.routing_key or "")
            self._returned.update(self._tags.get(name, ()))
        elif method is not None:
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            try:
                self.on_message(Incoming(self, method, self._header.properties, body))
            except Exception as error:
                # ends the connection: an acknowledgement of many would take in what wasn't taken
                log.exception("a message could not be taken")
                raise InvalidFrameError("a message could not be taken") from error

    def _confirm(self, frame: Basic.Ack | Basic.Nack) -> None:
        last, ok = frame.delivery_tag or 0, isinstance(frame, Basic.Ack)
        tags: Iterable[int] = (last,)
        if frame.multiple:  # those awaited are in order
            tags = list(takewhile(lambda tag: tag <= last, self._awaited))
        for tag in tags:
            if (awaited := self._awaited.pop(tag, None)) is None:
                continue
            sent, place, name = awaited
            sent.answer(place, ok=ok and tag not in self._returned)
            self._returned.discard(tag)
            if len(same := self._tags[name]) == 1:
                del self._tags[name]
            else:
                same.remove(tag)


class _Frames(asyncio.Queue[Any]):
    """Where a connection puts a channel's frames: what `take` takes goes no further."""

    def __init__(self, take: Callable[[object], bool]) -> None:
        super().__init__()
        self._take = take

    async def put(self, item: tuple[int, object]) -> None:
        if not self._take(item[1]):
            self.put_nowait(item)


async def connect(url: str) -> Line:
    """Connect to a broker. Raises what aiormq's own `connect` does."""
    line = Line(url)
    await line.connect()
    return line


async def open_channel(connection: Connection, *, confirms: bool) -> BatchChannel:
    """Open a channel. Raises what aiormq's own `channel` does."""
    await connection.connected.wait()
    if connection.is_closed:
        raise RuntimeError(f"{connection!r} closed")
    number = next(number for number in count(1) if number not in connection.channels)
    channel = BatchChannel(connection, number, confirms=confirms)
    connection.channels[number] = channel
    await channel.open()
    return channel


def _message(wire: Wire, channel: int, most: int) -> bytes:
    exchange, key, body = wire.exchange.encode(), wire.key.encode(), wire.body
    named = (len(exchange).to_bytes() + exchange, len(key).to_bytes() + key)
    parts = [
        _frame(METHOD, channel, b"".join((PUBLISH, *named, MANDATORY))),
        _header(wire, channel),
    ]
    parts += [_frame(BODY, channel, body[at : at + most]) for at in range(0, len(body), most)]
    return b"".join(parts)


def _header(wire: Wire, channel: int) -> bytes:
    if wire.headers or not wire.content_type:
        properties = Basic.Properties(
            content_type=wire.content_type,
            delivery_mode=PERSISTENT,
            headers=wire.headers or None,
            message_id=wire.message_id,
        )
        header = ContentHeader(body_size=len(wire.body), properties=properties)
        return bytes(frames.marshal(header, channel))
    kind, id_ = wire.content_type.encode(), wire.message_id.encode()
    flags = CONTENT_TYPE | DELIVERY_MODE | MESSAGE_ID
    parts = (
        struct.pack(">HHQH", 60, 0, len(wire.body), flags),
        len(kind).to_bytes(),
        kind,
        PERSISTENT.to_bytes(),
        len(id_).to_bytes(),
        id_,
    )
    return _frame(HEADER, channel, b"".join(parts))


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return b"".join((struct.pack(">BHI", kind, channel, len(payload)), payload, END))


def _nobody(_incoming: Incoming) -> None:
    log.warning("a message came before anybody waited for it")

"""Messages as AMQP 0-9-1 frames, and back. Pure.

What a service sends and hears nearly always is written and read here, without an object for each
frame; whatever else a sender may put into a message's properties is pamqp's to read.
"""

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pamqp import frame as marshalling
from pamqp.commands import Basic
from pamqp.header import ContentHeader

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
END = b"\xce"
"""Ends every frame (AMQP 0-9-1, 4.2.3)."""
FRAME = struct.Struct(">BHI")
"""Kind, channel and size of what follows."""
AROUND = FRAME.size + len(END)
PUBLISH, RETURN, DELIVER, ACK, NACK = (
    struct.pack(">HH", 60, method) for method in (40, 50, 60, 80, 120)
)
"""Methods of the class basic (AMQP 0-9-1, 1.8; nack is RabbitMQ's)."""
MANDATORY = b"\x01"
PERSISTENT = 2
CONTENT_TYPE, DELIVERY_MODE, MESSAGE_ID = 0x8000, 0x1000, 0x0080
"""Bits of a content header's property flags (AMQP 0-9-1, 4.2.6.1; the order is that of its XML)."""
PLAIN = CONTENT_TYPE | DELIVERY_MODE | MESSAGE_ID
_HEADER = struct.Struct(">HHQH")
_TAG = struct.Struct(">QB")


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


class Deliver(NamedTuple):
    """What the broker says before a message it delivers."""

    tag: int
    redelivered: bool
    exchange: str
    key: str


class Returned(NamedTuple):
    """What it says before one that no queue wanted."""

    exchange: str
    key: str


class Confirmed(NamedTuple):
    """What it says about messages that were published."""

    tag: int
    multiple: bool
    ok: bool


class Head(NamedTuple):
    """A message's size and what of its properties is used here."""

    size: int
    message_id: str | None
    content_type: str | None
    headers: dict[str, Any]


def message(wire: Wire, channel: int, most: int) -> bytes:
    """Write the frames of a message, persistent and mandatory, with bodies of up to `most` bytes.

    Raises OverflowError, UnicodeEncodeError and what pamqp does for what no frame can hold.
    """
    exchange, key, body = wire.exchange.encode(), wire.key.encode(), wire.body
    named = (_short(exchange), _short(key))
    parts = [
        _frame(METHOD, channel, b"".join((PUBLISH, b"\0\0", *named, MANDATORY))),
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
        return bytes(marshalling.marshal(header, channel))
    parts = (
        _HEADER.pack(60, 0, len(wire.body), PLAIN),
        _short(wire.content_type.encode()),
        PERSISTENT.to_bytes(),
        _short(wire.message_id.encode()),
    )
    return _frame(HEADER, channel, b"".join(parts))


def _short(text: bytes) -> bytes:
    return len(text).to_bytes() + text


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return b"".join((FRAME.pack(kind, channel, len(payload)), payload, END))


def method(payload: bytes) -> Deliver | Returned | Confirmed | None:
    """Read a method that is about a message; None for any other.

    Raises struct.error, IndexError or UnicodeDecodeError for what is no such method's payload.
    """
    name = payload[:4]
    if name == DELIVER:
        at = 5 + payload[4]  # after the consumer's tag
        tag, bits = _TAG.unpack_from(payload, at)
        exchange, at = _text(payload, at + _TAG.size)
        return Deliver(tag, bool(bits & 1), exchange, _text(payload, at)[0])
    if name in {ACK, NACK}:
        tag, bits = _TAG.unpack_from(payload, 4)
        return Confirmed(tag, bool(bits & 1), name == ACK)
    if name == RETURN:
        exchange, at = _text(payload, _text(payload, 6)[1])
        return Returned(exchange, _text(payload, at)[0])
    return None


def head(payload: bytes) -> Head:
    """Read a content header. Raises as `method` does, and what pamqp does."""
    _, _, size, flags = _HEADER.unpack_from(payload)
    if flags != PLAIN:
        header = ContentHeader()
        header.unmarshal(payload)
        found = header.properties
        return Head(size, found.message_id, found.content_type, dict(found.headers or {}))
    content_type, at = _text(payload, _HEADER.size)
    return Head(size, _text(payload, at + 1)[0], content_type, {})


def _text(payload: bytes, at: int) -> tuple[str, int]:
    """Read a short string; gives it and where it ends."""
    begin = at + 1
    end = begin + payload[at]
    if end > len(payload):
        raise IndexError("a string goes on after the end of its frame")
    return payload[begin:end].decode(), end

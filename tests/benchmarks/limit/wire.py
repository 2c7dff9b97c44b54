"""AMQP with nothing around it: what the limit and the bare latency are measured with.

Frames of messages are made and read here with `struct`; pamqp does the rest (opening, consuming).
All that is published is persistent, mandatory and confirmed; anything unexpected raises.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from pamqp import commands, frame

METHOD, HEADER, BODY, END = 1, 2, 3, b"\xce"
DELIVER, ACK = (60, 60), (60, 80)
PROPERTIES = 0x8000 | 0x1000 | 0x0080
"""Content type, delivery mode, message id."""
MEDIA_TYPE = b"application/cloudevents+json"
FRAME_MAX = 131_072
Message = tuple[str, str, str, bytes]
"""`(exchange, routing key, message id, body)`."""


class Wire(asyncio.Protocol):
    """One connection with one channel."""

    def __init__(self, took: Callable[[int, bytes], None] = lambda _tag, _body: None) -> None:
        """`took` is called with the delivery tag and the body of each message."""
        self._took = took
        self._buffer = bytearray()
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        self._tag, self._size, self._parts = 0, 0, bytearray()
        self._published = 0
        self._unconfirmed: deque[int] = deque()
        self._early: set[int] = set()
        self._waits: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._transport: asyncio.Transport

    @classmethod
    async def connect(cls, url: str, took: Callable[[int, bytes], None] | None = None) -> "Wire":
        """Connect, open the channel, ask for confirms."""
        parts = urlsplit(url)
        made = (lambda: cls(took)) if took else cls
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(
            made, parts.hostname or "localhost", parts.port or 5672
        )
        await wire._open(unquote(parts.username or ""), unquote(parts.password or ""),
                         unquote(parts.path[1:]))  # fmt: skip
        return wire

    async def _open(self, user: str, password: str, vhost: str) -> None:
        self._transport.write(b"AMQP\x00\x00\x09\x01")
        await self._answers.get()
        await self._ask(
            commands.Connection.StartOk({}, "PLAIN", f"\0{user}\0{password}", "en_US"), channel=0
        )
        tuned = commands.Connection.TuneOk(channel_max=16, frame_max=FRAME_MAX, heartbeat=0)
        self._transport.write(frame.marshal(tuned, 0))
        await self._ask(commands.Connection.Open(virtual_host=vhost), channel=0)
        await self._ask(commands.Channel.Open())
        await self._ask(commands.Confirm.Select())

    async def _ask(self, request: Any, channel: int = 1) -> Any:
        self._transport.write(frame.marshal(request, channel))
        return await self._answers.get()

    async def declare(self, queue: str, arguments: dict[str, Any]) -> None:
        """Declare a durable queue."""
        await self._ask(commands.Queue.Declare(queue=queue, durable=True, arguments=arguments))

    async def bind(self, queue: str, exchange: str, key: str) -> None:
        """Bind a queue."""
        await self._ask(commands.Queue.Bind(queue=queue, exchange=exchange, routing_key=key))

    async def delete(self, queue: str) -> None:
        """Delete a queue."""
        await self._ask(commands.Queue.Delete(queue=queue))

    async def consume(self, queues: Iterable[str], prefetch: int) -> None:
        """Take messages from queues."""
        await self._ask(commands.Basic.Qos(prefetch_count=prefetch))
        for queue in queues:
            await self._ask(commands.Basic.Consume(queue=queue))

    async def publish(self, messages: Iterable[Message]) -> None:
        """Write messages (at least one) in one go; returns when all are confirmed."""
        out = bytearray()
        for exchange, key, id_, body in messages:
            out += _method(exchange, key) + _content(id_.encode(), body)
            self._published += 1
            self._unconfirmed.append(self._published)
        self._transport.write(out)
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waits.append((self._published, confirmed))
        await confirmed

    def acknowledge(self, tag: int) -> None:
        """Acknowledge everything up to a delivery."""
        self._transport.write(frame.marshal(commands.Basic.Ack(tag, multiple=True), 1))

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its type

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        buffer = self._buffer
        buffer += data
        start, end = 0, len(buffer)
        while end - start >= 8:
            kind, _, size = struct.unpack_from(">BHI", buffer, start)
            after = start + 8 + size
            if after > end:
                break
            self._frame(kind, bytes(buffer[start:after]))
            start = after
        del buffer[:start]

    def _frame(self, kind: int, data: bytes) -> None:
        if kind == BODY:
            self._parts += data[7:-1]
        elif kind == HEADER:
            self._size = struct.unpack_from(">Q", data, 11)[0]
            self._parts.clear()
        elif kind == METHOD:
            self._method(struct.unpack_from(">HH", data, 7), data)
            return
        if kind in (BODY, HEADER) and len(self._parts) == self._size:
            self._took(self._tag, bytes(self._parts))

    def _method(self, method: tuple[int, ...], data: bytes) -> None:
        if method == DELIVER:
            self._tag = struct.unpack_from(">Q", data, 12 + data[11])[0]
        elif method == ACK:
            tag, multiple = struct.unpack_from(">QB", data, 11)
            self._confirm(tag, multiple=bool(multiple))
        else:
            found = frame.unmarshal(data)[2]
            name = str(found.name)
            if name in ("Basic.Return", "Basic.Nack", "Channel.Close", "Connection.Close"):
                self._fail(ConnectionError(f"{name}: {data!r}"))
            self._answers.put_nowait(found)

    def _confirm(self, tag: int, *, multiple: bool) -> None:
        waiting = self._unconfirmed
        if multiple:
            while waiting and waiting[0] <= tag:
                waiting.popleft()
        else:
            self._early.add(tag)
        while waiting and waiting[0] in self._early:
            self._early.discard(waiting.popleft())
        first = waiting[0] if waiting else self._published + 1
        while self._waits and self._waits[0][0] < first:
            self._waits.popleft()[1].set_result(None)

    def _fail(self, error: Exception) -> None:
        while self._waits:
            self._waits.popleft()[1].set_exception(error)


@cache
def _method(exchange: str, key: str) -> bytes:
    request = commands.Basic.Publish(exchange=exchange, routing_key=key, mandatory=True)
    return bytes(frame.marshal(request, 1))


def _content(id_: bytes, body: bytes) -> bytes:
    head = struct.pack(">HHQHB", 60, 0, len(body), PROPERTIES, len(MEDIA_TYPE))
    head += MEDIA_TYPE + b"\x02" + bytes([len(id_)]) + id_
    return b"".join((
        struct.pack(">BHI", HEADER, 1, len(head)), head, END,
        struct.pack(">BHI", BODY, 1, len(body)), body, END,
    ))  # fmt: skip

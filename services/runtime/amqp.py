"""Channels of aiormq that give and take messages in batches.

aiormq makes a task, futures and queue entries for every single message: more work than all that a
service does with it (`docs/performance.md`). Here a batch is one write with one future, and what
comes in is handed on as soon as its last frame is there. All else is aiormq's: connecting,
heartbeats, opening and closing, consuming.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from aiormq.connection import Connection

from services.runtime.frames import (
    BODY,
    HEADER,
    METHOD,
    Confirmed,
    Deliver,
    Head,
    Returned,
    Wire,
    head,
    message,
    method,
)
from services.runtime.sifting import Sifting

log = logging.getLogger(__name__)

LEAST_FRAME_BYTES = 4096
"""frame-min-size (AMQP 0-9-1, 4.2.3): what is written where the broker sets no limit, too."""
Name = tuple[str, str, str]
"""An id, an exchange and a routing key: what a message that comes back can be told by."""


@dataclass(slots=True)
class Incoming:
    """A message as it came in."""

    channel: "BatchChannel"
    about: Deliver
    head: Head
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

    def __init__(self, url: str) -> None:
        """`connect` makes them."""
        super().__init__(url, transport_factory=Sifting(url, self._take))

    def _take(self, kind: int, number: int, payload: bytes) -> bool:
        channel = self.channels.get(number)
        return isinstance(channel, BatchChannel) and channel.take(kind, payload)


class BatchChannel(Channel):
    """A channel that publishes batches and hands on what it consumes, without a task for each."""

    def __init__(self, connection: Connection, number: int, *, confirms: bool) -> None:
        """`open_channel` makes them."""
        super().__init__(connection, number, publisher_confirms=confirms)
        self.on_message: Callable[[Incoming], None] = _nobody
        self._about: Deliver | Returned | None = None
        self._head: Head | None = None
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
                payload += message(wire, self.number, most)
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

    def take(self, kind: int, payload: bytes) -> bool:
        """Take a frame of a message or a confirmation; others are aiormq's.

        Raises what `frames` and `on_message` do.
        """
        if kind == METHOD:
            match method(payload):
                case None:
                    return False
                case Confirmed() as answer:
                    self._confirm(answer)
                case about:
                    self._about, self._head, self._parts, self._size = about, None, [], 0
            return True
        if self._about is None:
            return False
        if kind == HEADER:
            self._head = head(payload)
        elif kind == BODY and self._head is not None:
            self._parts.append(payload)
            self._size += len(payload)
        else:
            return False
        if self._size >= self._head.size:
            self._complete(self._head)
        return True

    def _complete(self, found: Head) -> None:
        about, self._about = self._about, None
        if isinstance(about, Returned):
            name = (found.message_id or "", about.exchange, about.key)
            self._returned.update(self._tags.get(name, ()))
        elif about is not None:
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self.on_message(Incoming(self, about, found, body))

    def _confirm(self, answer: Confirmed) -> None:
        last, ok = answer.tag, answer.ok
        tags: Iterable[int] = (last,)
        if answer.multiple:  # those awaited are in order
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


def _nobody(_incoming: Incoming) -> None:
    log.warning("a message came before anybody waited for it")

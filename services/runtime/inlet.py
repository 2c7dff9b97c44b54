"""One queue being read: messages wait here until a batch takes them, acknowledged many at a time.

An inlet begins *carefully*, with a prefetch of one, and stays so while what comes is suspect: a
message that was given back twice may be the one that kills the process. It is then alone, and
doesn't use up its neighbours' deliveries. (Once is no suspicion: a lost connection gives back
everything that was under way, and taking that one by one would cost minutes.)
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiormq.abc import AbstractChannel
from pamqp.commands import Basic

from services.runtime.amqp import Incoming, Line, open_channel
from services.runtime.broker_errors import BROKER_ERRORS, tolerated
from services.runtime.ending import raise_if_cancelled
from services.runtime.streams import Source

log = logging.getLogger(__name__)
RETRY_SECONDS = 2
SUSPECT = 2
"""Well under the delivery limit (`channels.DELIVERY_LIMIT`), at which the broker gives it up."""
ACK_SECONDS = 10
CAREFUL, FAST = "careful", "fast"
"""The tags of a channel's two consumers, one after the other."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came in."""

    body: bytes
    message_id: str | None
    content_type: str | None
    headers: dict[str, Any]
    exchange: str
    key: str
    given_back: int
    """How often it was delivered before without being acknowledged."""
    tag: int
    channel: AbstractChannel
    inlet: "Inlet"

    @property
    def suspect(self) -> bool:
        """Whether it may be the one that kills the process, and is to be taken alone."""
        return self.given_back >= SUSPECT

    @property
    def source(self) -> Source:
        """The queue it came from."""
        return self.inlet.source


class Inlet:
    """The consumer of one queue."""

    def __init__(self, source: Source, prefetch: int, wake: Callable[[Source], None]) -> None:
        """Note what to read; `start` begins."""
        self.source = source
        self.waiting: deque[Delivery] = deque()
        self.careful = True
        self._prefetch = prefetch
        self._wake = wake
        self._channel: AbstractChannel | None = None
        self._tag = ""
        self._task: asyncio.Task[None] | None = None
        self._asides: set[asyncio.Task[None]] = set()
        """What the broker is being asked to change."""
        self._paused = False
        self._said = ""

    def start(self, connection: Line) -> None:
        """Consume on this connection, in the background, until it or `stop` ends."""
        self._task = asyncio.create_task(self._run(connection))

    async def _run(self, connection: Line) -> None:
        while not connection.is_closed and not self._paused:
            try:
                channel = await open_channel(connection, confirms=False)
                channel.on_message = self._take
                channel.on_consumer_cancel_callbacks.add(self._lose)
                self._channel, self.careful = channel, True
                await self._consume(channel, CAREFUL, prefetch=1)
                self._said = ""
                await asyncio.wait([channel.closing])
                log.warning("channel of %s closed", self.source.queue)
            except BROKER_ERRORS as error:
                raise_if_cancelled()
                if str(error) != self._said:  # a queue may not be declared for a long time
                    log.warning("can't read %s: %s", self.source.queue, error)
                self._said = str(error)
            self.waiting.clear()
            await asyncio.sleep(RETRY_SECONDS)

    async def _consume(self, channel: AbstractChannel, tag: str, *, prefetch: int) -> None:
        """Start a consumer, unless what the channel gave was given up meanwhile."""
        await channel.basic_qos(prefetch_count=prefetch)
        if self._channel is channel and not self._paused:
            self._tag = tag  # a message may be here before the answer is
            await channel.basic_consume(self.source.queue, _handed_on, consumer_tag=tag)
            if self._paused:
                await channel.basic_cancel(self._tag)

    async def _lose(self, _frame: Basic.Cancel) -> None:
        """Begin anew when the broker cancels the consumer (a queue's leader moved, say)."""
        if self._channel is not None:
            self._aside(self._close(self._channel))

    @staticmethod
    async def _close(channel: AbstractChannel) -> None:
        with tolerated():
            await channel.close()

    def _aside(self, change: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(change)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    def _take(self, message: Incoming) -> None:
        about, head = message.about, message.head
        if message.channel is not self._channel:
            return
        delivery = Delivery(
            body=message.body,
            message_id=head.message_id,
            content_type=head.content_type,
            headers=head.headers,
            exchange=about.exchange,
            key=about.key,
            given_back=_given_back(head.headers) if about.redelivered else 0,
            tag=about.tag,
            channel=message.channel,
            inlet=self,
        )
        self.waiting.append(delivery)
        if self.careful and not delivery.suspect:
            self.careful = False
            self._aside(self._speed_up(message.channel))
        self._wake(self.source)

    async def _speed_up(self, channel: AbstractChannel) -> None:
        """Take many at a time from now on: a consumer's prefetch is set when it starts."""
        with tolerated():
            await channel.basic_cancel(self._tag)
            await self._consume(channel, FAST, prefetch=self._prefetch)

    async def pause(self) -> None:
        """Cancel the consumer for good; what was taken can still be acknowledged."""
        self._paused = True
        if self._channel is not None and not self._channel.is_closed:
            with tolerated():
                async with asyncio.timeout(2):
                    if self._asides:  # one may be about to start another consumer
                        await asyncio.wait([*self._asides])
                    await self._channel.basic_cancel(self._tag)

    def abandon(self) -> None:
        """Give up what was taken: from now on nothing of it is acknowledged."""
        self._channel = None
        self.waiting.clear()

    def holds(self, delivery: Delivery) -> bool:
        """Tell whether a message can still be acknowledged."""
        return delivery.channel is self._channel and not delivery.channel.is_closed

    async def stop(self) -> None:
        """Forget the connection and what was taken from it: the broker gives it again."""
        for task in (self._task, *self._asides):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
        self.abandon()


async def _handed_on(_message: object) -> None:
    """Be what aiormq wants to call; `BatchChannel.on_message` is called instead."""


def _given_back(headers: Mapping[str, Any]) -> int:
    """Read a quorum queue's own count; where there is none, a redelivery is as bad as any."""
    count = headers.get("x-delivery-count")
    return count if isinstance(count, int) else SUSPECT


async def acknowledge(deliveries: Sequence[Delivery]) -> None:
    """Acknowledge messages, one frame a channel.

    Batches take an inlet's messages in order and are acknowledged in order, so everything up to a
    batch's last tag has been dealt with. On a channel that is gone, or given
    up, nothing is: an acknowledgement of many would take in what failed.
    """
    last: dict[int, Delivery] = {id(item.channel): item for item in deliveries}
    for item in last.values():
        if item.inlet.holds(item):
            with tolerated():
                async with asyncio.timeout(ACK_SECONDS):
                    await item.channel.basic_ack(item.tag, multiple=True, wait=False)

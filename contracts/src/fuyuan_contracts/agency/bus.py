"""The way to the broker, by FastStream: one connection to read, one to write, both kept for ever.

The broker user may declare nothing, so all is looked up passively. What FastStream and aio-pika do
by default where it matters: messages not persistent, no bound on what is taken, errors of a
handler acknowledged, returned messages unseen.
"""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.metadata import version
from urllib.parse import parse_qsl, urlencode, urlsplit

from aio_pika.exceptions import AMQPError
from faststream import AckPolicy
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.rabbit.annotations import RabbitMessage
from faststream.security import BaseSecurity

from fuyuan_contracts.agency.settings import Settings
from fuyuan_contracts.agency.store import Unsent
from fuyuan_contracts.agency.waking import Waking
from fuyuan_contracts.channels import office_out_exchange
from fuyuan_contracts.envelope import CONTENT_TYPE

log = logging.getLogger("fuyuan.agency")
CONNECT_SECONDS = 15
CONFIRM_SECONDS = 30
CLOSE_SECONDS = 5
HEARTBEAT_SECONDS = 20
BACKOFF_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30)
STABLE_SECONDS = 10
"""A connection that lasts this long was a good one: the next loss is met at once again."""
BROKER_ERRORS = (AMQPError, OSError, RuntimeError, TimeoutError, StopAsyncIteration)
"""The last one comes of a peer that ends a connection before its first frame: a proxy, say."""

Lost = asyncio.Event


def make_broker(settings: Settings, purpose: str, lost: Lost, tries: int = 0) -> RabbitBroker:
    """Describe a connection; nothing connects yet. `lost` is set when it is gone.

    `tries` counts on from node to node, where the address names several.
    """
    return RabbitBroker(
        _address(settings, purpose, tries),
        security=BaseSecurity(ssl_context=settings.tls()) if settings.encrypted else None,
        timeout=CONNECT_SECONDS,
        reconnect_interval=1,
        on_close=[lambda *_: lost.set()],
        default_channel=Channel(on_return_raises=True),
        app_id=f"fuyuan-contracts/{version('fuyuan-contracts')}",
        graceful_timeout=CLOSE_SECONDS,
        apply_types=False,
        logger=None,
    )


def _address(settings: Settings, purpose: str, tries: int) -> str:
    """Name the connection for the operators, and have a dead peer noticed within a minute."""
    query = {"name": f"{settings.office} {purpose}", "heartbeat": str(HEARTBEAT_SECONDS)}
    parts = urlsplit(settings.urls[tries % len(settings.urls)])
    given = dict(parse_qsl(parts.query))
    return parts._replace(query=urlencode(query | given)).geturl()


async def keep_connected(
    settings: Settings,
    purpose: str,
    waking: Waking,
    while_up: Callable[[RabbitBroker, Lost], Awaitable[None]],
) -> None:
    """Connect, again and again with growing waits, until `while_up` returns with nothing lost."""
    failures = 0
    loop = asyncio.get_running_loop()
    for tries in itertools.count():
        if waking.stopping.is_set():
            return
        lost, since = Lost(), loop.time()
        broker = make_broker(settings, purpose, lost, tries)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await broker.connect()
            await while_up(broker, lost)
        except (*BROKER_ERRORS, asyncio.CancelledError) as error:
            raise_if_cancelled()
            lost.set()
            log.warning("broker (%s): %s: %s", purpose, type(error).__name__, _plain(error))
        finally:
            with suppress(*BROKER_ERRORS, ExceptionGroup):
                async with asyncio.timeout(CLOSE_SECONDS + 1):
                    await broker.stop()
        failures = 0 if loop.time() - since > STABLE_SECONDS else failures + 1
        wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1] if failures else 0
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await waking.stopping.wait()


def raise_if_cancelled() -> None:
    """Raise CancelledError when it is the running task that somebody wants to end.

    aiormq ends what waits for a closing connection with a CancelledError, too.
    """
    if (task := asyncio.current_task()) and task.cancelling():
        raise asyncio.CancelledError


def _plain(error: BaseException) -> str:
    """Say what happened on one line; a broker's refusal names no password."""
    return " ".join(str(error).split())[:300]


async def publish(broker: RabbitBroker, office: str, report: Unsent) -> None:
    """Publish a report; it returns when the broker has confirmed it. Raises BROKER_ERRORS."""
    exchange = RabbitExchange(office_out_exchange(office), type=ExchangeType.FANOUT, declare=False)
    async with asyncio.timeout(CONFIRM_SECONDS):
        await broker.publish(
            report.body,
            exchange=exchange,
            persist=True,
            mandatory=True,
            message_id=report.id,
            correlation_id=report.case_id,
            content_type=CONTENT_TYPE,
        )


class Inbox:
    """The office's queue being read on one connection."""

    def __init__(
        self,
        broker: RabbitBroker,
        name: str,
        prefetch: int,
        take: Callable[[bytes, str | None], Awaitable[None]],
    ) -> None:
        """Note what to do with a message; only when `take` returns is it acknowledged."""
        self._broker = broker
        self._queue = RabbitQueue(name, durable=True, declare=False)
        self._take = take
        self._tag = ""
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()
        subscriber = broker.subscriber(
            self._queue,
            channel=Channel(prefetch_count=prefetch, publisher_confirms=False),
            ack_policy=AckPolicy.MANUAL,
            decoder=_as_it_is,
            no_reply=True,
        )
        subscriber(self._handle)

    async def start(self) -> None:
        """Consume. Raises BROKER_ERRORS, such as when the queue isn't there or not the office's."""
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._broker.start()

    async def _handle(self, message: RabbitMessage) -> None:
        raw = message.raw_message
        self._tag = raw.consumer_tag or ""
        self._in_hand += 1
        self._idle.clear()
        try:
            await self._take(message.body, raw.message_id)
            with suppress(*BROKER_ERRORS):  # it comes again, and is known then
                await message.ack()
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._idle.set()

    async def finish(self) -> None:
        """Take nothing new, and finish what is in hand (FastStream would do it the other way)."""
        if self._tag:
            queue = await self._broker.declare_queue(self._queue)
            await queue.cancel(self._tag, timeout=CLOSE_SECONDS)
        async with asyncio.timeout(CLOSE_SECONDS):
            await self._idle.wait()

    async def is_read(self) -> bool:
        """Ask the broker whether anybody reads the queue: a consumer may be gone unnoticed."""
        connection = await self._broker.connect()
        async with asyncio.timeout(CONNECT_SECONDS), connection.channel() as channel:
            queue = await channel.declare_queue(self._queue.name, passive=True)
        return bool(queue.declaration_result.consumer_count)


async def _as_it_is(message: RabbitMessage) -> RabbitMessage:
    return message

"""The broker and the database of the services that take one message at a time.

What FastStream's own documentation and `notes` on it advise where speed is wanted: no logging per
message, a decoder of one's own, a prefetch, uvloop. Durable throughout: quorum queues, persistent
and mandatory messages that are awaited until confirmed, acknowledgement after the write.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop
from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.rabbit import (
    Channel,
    ExchangeType,
    QueueType,
    RabbitBroker,
    RabbitExchange,
    RabbitQueue,
)
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from fuyuan_contracts.envelope import CONTENT_TYPE, Envelope, decode
from tests.benchmarks.steps import key_of

PREFETCH = 20
"""Handlers at work at a time, in one process. 10, 50 and 100 are no faster."""
EVT = RabbitExchange("evt", type=ExchangeType.TOPIC, durable=True, declare=False)
INBOX = RabbitExchange("inbox", type=ExchangeType.TOPIC, durable=True, declare=False)
Json = dict[str, Any]
Database = AsyncDatabase[Json]


def broker() -> RabbitBroker:
    """Describe the connection."""
    return RabbitBroker(
        os.environ["AMQP_URL"],
        default_channel=Channel(prefetch_count=PREFETCH, on_return_raises=True),
        decoder=_decoded,
        apply_types=False,
        logger=None,
    )


@asynccontextmanager
async def database() -> AsyncIterator[Database]:
    """Open the service's own database: every write is on the disks of a majority."""
    async with AsyncMongoClient[Json](
        os.environ["MONGO_URL"], w="majority", journal=True, tz_aware=True
    ) as client:
        yield client[os.environ["DATABASE"]]


async def publish(rabbit: RabbitBroker, event: Envelope, office: str = "") -> None:
    """Publish an event, or send it to an office's inbox; returns when it is confirmed."""
    await rabbit.publish(
        event.encode(),
        exchange=INBOX if office else EVT,
        routing_key=office or key_of(event),
        persist=True,
        message_id=event.id,
        content_type=CONTENT_TYPE,
    )


async def seen(db: Database, event: Envelope) -> bool:
    """Tell whether an event was dealt with before."""
    return await db["processed"].find_one({"_id": event.id}) is not None


async def note(db: Database, event: Envelope) -> None:
    """Note that an event was dealt with; a copy of this service may have been quicker."""
    try:
        await db["processed"].insert_one({"_id": event.id})
    except DuplicateKeyError:
        return


async def _consume(
    handle: Callable[[RabbitBroker, Database, Envelope], Awaitable[None]], queue: str
) -> None:
    rabbit = broker()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with database() as db:

        @rabbit.subscriber(
            RabbitQueue(queue, queue_type=QueueType.QUORUM, durable=True, declare=False),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            no_reply=True,
        )
        async def on_message(event: Envelope) -> None:
            await handle(rabbit, db, event)

        async with rabbit:
            await rabbit.start()
            tell_ready()
            await stopping.wait()


def consume(
    handle: Callable[[RabbitBroker, Database, Envelope], Awaitable[None]], queue: str
) -> None:
    """Run a service until SIGTERM: `handle` is called for each message of its queue."""
    uvloop.run(_consume(handle, queue))


def tell_ready() -> None:
    """Let who started this process know."""
    Path(os.environ["READY_FILE"]).touch()


async def _decoded(message: StreamMessage[Any]) -> Envelope:
    return decode(message.body)

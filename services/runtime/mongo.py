"""One place that opens the database, with PyMongo's asyncio API or with Motor.

Stores use only calls that mean the same in both; what differs (`aggregate`, `close`, list of
indexes) goes through this module.
"""

import inspect
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, ReadPreference
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

Client: TypeAlias = Any
Database: TypeAlias = Any
Collection: TypeAlias = Any
Session: TypeAlias = Any
"""Any-typed: the two drivers share the calls used here, not their classes."""

DURABLE = WriteConcern(w="majority", j=True)
TIMEOUT_MS = 10_000


def open_client(url: str, driver: str = "pymongo") -> Client:
    """Open a client; connects on first use. `driver` is `pymongo` or `motor` (extra `[motor]`).

    Raises ValueError for another driver.
    """
    options: dict[str, Any] = {
        "tz_aware": True,
        "tzinfo": UTC,
        "serverSelectionTimeoutMS": 5_000,
        "timeoutMS": TIMEOUT_MS,
        "maxPoolSize": 20,
        "retryWrites": True,
    }
    if driver == "pymongo":
        return AsyncMongoClient(url, **options)
    if driver == "motor":
        from motor.motor_asyncio import AsyncIOMotorClient  # noqa: PLC0415 - an extra, only if chosen

        return AsyncIOMotorClient(url, **options)
    msg = f"MONGO_DRIVER must be pymongo or motor, not {driver!r}"
    raise ValueError(msg)


def database(client: Client, name: str) -> Database:
    """Give a database whose writes are majority and journalled, and whose reads see only such."""
    return client.get_database(
        name,
        codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
        read_preference=ReadPreference.PRIMARY,
        write_concern=DURABLE,
        read_concern=ReadConcern("majority"),
    )


async def aggregate(
    collection: Collection, pipeline: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Run a pipeline and read its whole result."""
    cursor = collection.aggregate(list(pipeline))
    if inspect.isawaitable(cursor):
        cursor = await cursor
    result: list[dict[str, Any]] = await cursor.to_list(None)
    return result


@asynccontextmanager
async def transaction(db: Database) -> AsyncIterator[Session]:
    """Do all that is given the session at one moment, or nothing of it.

    Raises PyMongoError labelled TransientTransactionError where somebody else came first.
    """
    session = db.client.start_session()
    if inspect.isawaitable(session):  # Motor's is; PyMongo's beginning of a transaction is
        session = await session
    async with session:
        begun = session.start_transaction(ReadConcern("snapshot"), DURABLE)
        if inspect.isawaitable(begun):
            begun = await begun
        async with begun:
            yield session


async def server_time(db: Database) -> datetime:
    """Ask the database what time it is."""
    reply = await db.command("hello")
    found: datetime = reply["localTime"]
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


async def close_client(client: Client) -> None:
    """Close a client of either driver."""
    closing = client.close()
    if inspect.isawaitable(closing):
        await closing

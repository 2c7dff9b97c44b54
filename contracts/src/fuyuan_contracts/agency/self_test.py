"""Looks whether a consumer could run: store, clock, network, TLS, password, inbox, way out.

Nothing is taken from the inbox and nothing is sent. Rights are asked for by calls that the broker
refuses *after* it has looked at the right: consuming with an argument of the wrong type, publishing
in somebody else's name. 406 means that the right is there, 403 that it isn't.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

import aiormq
from aiormq.abc import AbstractConnection
from aiormq.exceptions import ChannelAccessRefused, ChannelPreconditionFailed
from pamqp.commands import Basic
from pamqp.common import FieldValue

from fuyuan_contracts.agency.bus import BROKER_ERRORS
from fuyuan_contracts.agency.errors import SettingsError, StoreError
from fuyuan_contracts.agency.settings import Settings
from fuyuan_contracts.agency.store import Store
from fuyuan_contracts.channels import office_out_exchange
from fuyuan_contracts.envelope import decode

SECONDS = 10
SKEW_SECONDS = 60
LOCAL = ("localhost", "127.0.0.1", "::1")
Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    verdict: Verdict
    text: str


async def self_test(settings: Settings) -> list[Check]:
    """Look at all of it. What depends on something that failed is left out."""
    try:
        settings.check_broker()
    except SettingsError as error:
        return [Check("settings", "fail", str(error))]
    return [
        Check("settings", "ok", settings.office),
        *_local(settings),
        *await _remote(settings),
    ]


def _local(settings: Settings) -> Iterator[Check]:
    try:
        store = Store(settings.store, settings.office)
        with closing(store.db) as db:
            (sound,) = db.execute("PRAGMA quick_check").fetchone()
            db.execute("BEGIN IMMEDIATE")
            db.execute("CREATE TABLE self_test (n INTEGER)")
            db.execute("ROLLBACK")
            skew = _skew(db)
    except (StoreError, sqlite3.Error) as error:
        yield Check("store", "fail", str(error))
        return
    yield Check("store", "ok" if sound == "ok" else "fail", f"{settings.store}: {sound}")
    if skew is None:
        yield Check("clock", "warn", f"{datetime.now(UTC):%F %T}Z; no message to compare it with")
    elif skew < -SKEW_SECONDS:
        yield Check("clock", "fail", f"is {-skew:.0f} s behind the server's")
    else:
        yield Check("clock", "ok", f"not behind; messages came {skew:.0f} s after they were made")


def _skew(db: sqlite3.Connection) -> float | None:
    """Give the least age of the latest messages when they came: negative if this clock is slow."""
    ages = [
        (datetime.fromisoformat(came_at) - decode(body).time).total_seconds()
        for body, came_at in db.execute(
            "SELECT body, came_at FROM messages ORDER BY came_at DESC LIMIT 20"
        )
    ]
    return min(ages) if ages else None


async def _remote(settings: Settings) -> list[Check]:
    parts = urlsplit(settings.urls[0])
    if not settings.encrypted:
        local = parts.hostname in LOCAL
        first = Check("tls", "ok" if local else "warn", "not encrypted: amqp, not amqps")
    else:
        first = await _tls(settings)
    if first.verdict == "fail":
        return [first]
    try:
        context = settings.tls() if settings.encrypted else None
        async with asyncio.timeout(SECONDS):
            connection = await aiormq.connect(settings.urls[0], context=context)
    except BROKER_ERRORS as error:
        return [first, Check("login", "fail", _plain(error))]
    try:
        return [
            first,
            Check("login", "ok", f"as {parts.username}"),
            await _tried("inbox", _inbox(connection, settings)),
            await _tried("inbox may be read", _may_read(connection, settings)),
            await _tried("out", _out(connection, settings)),
            await _tried("out may be written", _may_write(connection, settings)),
        ]
    finally:
        await connection.close()


async def _tls(settings: Settings) -> Check:
    parts = urlsplit(settings.urls[0])
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 5671, ssl=settings.tls()
            )
    except (OSError, TimeoutError) as error:
        return Check("tls", "fail", _plain(error))
    certificate = writer.get_extra_info("peercert")
    protocol = writer.get_extra_info("ssl_object").version()
    writer.close()
    return Check("tls", "ok", f"{protocol}, certificate until {certificate['notAfter']}")


async def _tried(name: str, trying: Awaitable[Check]) -> Check:
    try:
        async with asyncio.timeout(SECONDS):
            return await trying
    except BROKER_ERRORS as error:
        return Check(name, "fail", _plain(error))


async def _inbox(connection: AbstractConnection, settings: Settings) -> Check:
    channel = await connection.channel()
    found = await channel.queue_declare(settings.inbox, passive=True)
    text = f"{found.message_count} messages waiting, {found.consumer_count} consumers"
    return Check("inbox", "warn" if (found.consumer_count or 0) > 1 else "ok", text)


async def _out(connection: AbstractConnection, settings: Settings) -> Check:
    name = office_out_exchange(settings.office)
    channel = await connection.channel()
    await channel.exchange_declare(name, exchange_type="fanout", passive=True)
    return Check("out", "ok", name)


async def _may_read(connection: AbstractConnection, settings: Settings) -> Check:
    channel = await connection.channel()
    wrong: dict[str, FieldValue] = {"x-priority": "of the wrong type"}
    consume = channel.basic_consume(settings.inbox, _nothing, arguments=wrong)
    return await _right("inbox may be read", lambda: consume)


async def _may_write(connection: AbstractConnection, settings: Settings) -> Check:
    channel = await connection.channel(publisher_confirms=True)
    properties = Basic.Properties(user_id="somebody-else")
    publish = channel.basic_publish(
        b"", exchange=office_out_exchange(settings.office), properties=properties
    )
    return await _right("out may be written", lambda: publish)


async def _right(name: str, asking: Callable[[], Awaitable[object]]) -> Check:
    try:
        await asking()
    except ChannelPreconditionFailed:
        return Check(name, "ok", "yes")
    except ChannelAccessRefused:
        return Check(name, "fail", "the broker user has no right to")
    return Check(name, "warn", "the broker did not answer as expected")


async def _nothing(_message: object) -> None:
    return


def _plain(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]

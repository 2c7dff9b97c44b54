"""Whether an office that has joined can work, and can do nothing else: tried with its own rights.

What must be there: its connection, its inbox (a message comes and goes, where nobody reads it and
nothing waits in it), its way out. What must be refused: everything else.
Rights to publish are asked for by calls that the broker refuses *after* it has looked at the right
(in somebody else's name): 406 means that the right is there, 403 that it isn't. So nothing is sent.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import aiormq
from aiormq.abc import AbstractConnection
from aiormq.exceptions import AMQPError, ChannelAccessRefused, ChannelPreconditionFailed
from pamqp.commands import Basic

from fuyuan_contracts.channels import EVT, INBOX, office_out_exchange, office_out_queue

SECONDS = 10
OTHER_OFFICE = "court.410500"
TEST_TYPE = "text/plain"
Verdict = Literal["ok", "warn", "fail"]


class Check(NamedTuple):
    """One thing that was tried."""

    name: str
    verdict: Verdict
    text: str


class Office(NamedTuple):
    """What is known of an office."""

    id: str
    url: str
    inbox: str


async def check(office: Office, admin_url: str) -> list[Check]:
    """Try all of it, as the office; `admin_url` puts the test message into its inbox."""
    try:
        async with asyncio.timeout(SECONDS):
            connection = await aiormq.connect(office.url)
    except (AMQPError, OSError, TimeoutError, ssl.SSLError) as error:
        return [Check("connection", "fail", f"{type(error).__name__}: {error}")]
    try:
        encrypted = urlsplit(office.url).scheme == "amqps"
        how: Verdict = "ok" if encrypted else "warn"
        found = [Check("connection", how, "TLS, the password is taken" if encrypted else "no TLS")]
        found.append(await _message(office, connection, admin_url))
        own = office_out_exchange(office.id)
        found.append(await _wanted("way out", lambda: _publish(connection, own), own))
        for name, tried in _forbidden(office, connection).items():
            found.append(await _refused(name, tried))
        return found
    finally:
        await connection.close()


def _forbidden(
    office: Office, connection: AbstractConnection
) -> dict[str, Callable[[], Awaitable[Any]]]:
    other = OTHER_OFFICE if office.id != OTHER_OFFICE else "procuratorate.410500"

    async def on_channel(act: Callable[[Any], Awaitable[Any]]) -> None:
        await act(await connection.channel())

    return {
        "declare a queue": lambda: on_channel(lambda c: c.queue_declare(f"x.{uuid4().hex}")),
        "declare an exchange": lambda: on_channel(lambda c: c.exchange_declare(exchange="x.check")),
        "read the services' queue": lambda: on_channel(lambda c: c.basic_get("q.routing")),
        "read another office's reports": lambda: on_channel(
            lambda c: c.basic_get(office_out_queue(other))
        ),
        "read its own reports": lambda: on_channel(
            lambda c: c.basic_get(office_out_queue(office.id))
        ),
        "write events of the services": lambda: _publish(connection, EVT),
        "write to inboxes": lambda: _publish(connection, INBOX),
        "write as another office": lambda: _publish(connection, office_out_exchange(other)),
        "write past the exchanges": lambda: _publish(connection, ""),
    }


async def _publish(connection: AbstractConnection, exchange: str) -> None:
    channel = await connection.channel(publisher_confirms=True)
    someone = Basic.Properties(user_id=f"nobody-{uuid4().hex}")
    await channel.basic_publish(b"", exchange=exchange, properties=someone, timeout=SECONDS)


async def _wanted(name: str, tried: Callable[[], Awaitable[Any]], text: str) -> Check:
    try:
        await tried()
    except ChannelPreconditionFailed:
        return Check(name, "ok", text)
    except (AMQPError, OSError, TimeoutError) as error:
        return Check(name, "fail", f"{type(error).__name__}: {error}")
    return Check(name, "fail", "the broker took a message in somebody else's name")


async def _refused(name: str, tried: Callable[[], Awaitable[Any]]) -> Check:
    try:
        await tried()
    except ChannelAccessRefused:
        return Check(f"{name}: refused", "ok", "403")
    except ChannelPreconditionFailed:
        return Check(f"{name}: refused", "fail", "it has the right")
    except (AMQPError, OSError, TimeoutError) as error:
        return Check(f"{name}: refused", "warn", f"{type(error).__name__}: {error}")
    return Check(f"{name}: refused", "fail", "it was allowed")


async def _message(office: Office, connection: AbstractConnection, admin_url: str) -> Check:
    """Put a message into the inbox and take it out as the office, where nothing else is in it.

    What waits there is not touched: each time it were given back would count as a delivery.
    """
    try:
        channel = await connection.channel()
        there = await channel.queue_declare(office.inbox, passive=True)
        if there.consumer_count or there.message_count:
            text = f"{there.consumer_count} consumers, {there.message_count} messages wait"
            wrong: dict[str, Any] = {"x-priority": "of the wrong type"}
            reading = channel.basic_consume(office.inbox, _nothing, arguments=wrong)
            return await _wanted("inbox", lambda: reading, f"{text}: no test message was sent")
        name = f"check-{uuid4().hex}"
        async with asyncio.timeout(SECONDS):
            await _put(office.id, name, admin_url)
            while True:
                message = await channel.basic_get(office.inbox)
                if isinstance(message.delivery, Basic.GetOk):
                    break
                await asyncio.sleep(0.05)
        if message.header.properties.message_id != name:
            await channel.basic_nack(message.delivery.delivery_tag or 0)
            return Check("inbox", "ok", "it reads: an assignment came just now, and is given back")
        await channel.basic_ack(message.delivery.delivery_tag or 0)
        return Check("inbox", "ok", "a test message came and went")
    except (AMQPError, OSError, TimeoutError) as error:
        return Check("inbox", "fail", f"{type(error).__name__}: {error}")


async def _put(office: str, name: str, admin_url: str) -> None:
    admin = await aiormq.connect(admin_url)
    try:
        channel = await admin.channel(publisher_confirms=True)
        properties = Basic.Properties(message_id=name, content_type=TEST_TYPE, expiration="60000")
        await channel.basic_publish(
            b"fuyuan agency check", exchange=INBOX, routing_key=office,
            properties=properties, mandatory=True,
        )  # fmt: skip
    finally:
        await admin.close()


async def _nothing(_message: object) -> None:
    return

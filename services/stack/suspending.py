"""An office's way to the broker: closed for a while, given a new password, or taken away.

Rights are looked at when a channel first uses them, and remembered: who is connected goes on
without them. So the connections are closed, too, until none is left.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar
from urllib.parse import quote

import httpx

from services.stack.daemons import StackError
from services.stack.joining import Broker
from services.stack.provision import (
    GENERATION,
    REMOVED,
    SUSPENDED,
    generation,
    listed,
    tags_of,
)

T = TypeVar("T")
QUIET_SECONDS = 1.0
"""A connection whose rights were looked at just before they were taken may open a little later."""
WAIT_SECONDS = 60.0


def suspend(broker: Broker, office: str) -> int:
    """Take an office's rights and close its connections; gives how many there were.

    Its inbox keeps what comes. Again is fine. Raises StackError for an office without a user.
    """

    async def shut(client: httpx.AsyncClient) -> int:
        tags = {*await _tags(client, office), SUSPENDED}
        await _say(client, broker, office, tags)
        await _delete(client, f"permissions/{quote(broker.vhost, safe='')}/{quote(office)}")
        return await _close_all(client, office)

    return _run(broker, shut)


def resume(broker: Broker, office: str) -> None:
    """Give an office its rights back, with the password it had. Raises StackError."""

    async def open_(client: httpx.AsyncClient) -> None:
        tags = {tag for tag in await _tags(client, office) if tag != SUSPENDED}
        await _say(client, broker, office, tags)

    _run(broker, open_)
    broker.admit(office)


def rotate(broker: Broker, office: str, number: int | None = None) -> int:
    """Give an office its next password (or that of a generation); gives which one it is.

    Its connections are closed; with the old password none opens any more. Raises StackError for an
    office without a user.
    """

    async def change(client: httpx.AsyncClient) -> int:
        tags = await _tags(client, office)
        before = generation(tags)
        following = before + 1 if number is None else number
        if following < before:
            raise StackError(f"{office} has had password {following}: expected {before} or more")
        kept = {tag for tag in tags if not tag.startswith(GENERATION)}
        await _say(client, broker, office, {*kept, f"{GENERATION}{following}"})
        await _close_all(client, office)
        return following

    return _run(broker, change)


def remove(broker: Broker, office: str) -> int:
    """Shut an office's user for good; gives how many connections it had. Its queues stay.

    What it reported last is still read from its way out. Its user has a password nobody was told,
    so neither the provisioner nor joining again makes one it had work. Raises StackError for an
    office without a user.
    """
    closed = suspend(broker, office)

    async def gone(client: httpx.AsyncClient) -> None:
        following = generation(await _tags(client, office)) + 1
        await _say(client, broker, office, {REMOVED, f"{GENERATION}{following}"})

    _run(broker, gone)
    return closed


def connections(broker: Broker, office: str) -> int:
    """Count an office's open connections. Raises StackError for an office without a user."""

    async def count(client: httpx.AsyncClient) -> int:
        await _tags(client, office)
        return await _open(client, office)

    return _run(broker, count)


def is_suspended(broker: Broker, office: str) -> bool:
    """Tell whether an office is suspended."""

    async def look(client: httpx.AsyncClient) -> bool:
        return SUSPENDED in (await tags_of(client)).get(office, ())

    return _run(broker, look)


def _run(broker: Broker, act: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    async def run() -> T:
        async with broker.management() as client:
            return await act(client)

    return asyncio.run(run())


async def _tags(client: httpx.AsyncClient, office: str) -> list[str]:
    """Give a user's tags of ours. Raises StackError for an office without a user."""
    found = await tags_of(client)
    if office not in found:
        raise StackError(f"{office} has no user on the broker: no office of that name has joined")
    return list(found[office])


async def _say(client: httpx.AsyncClient, broker: Broker, office: str, tags: Iterable[str]) -> None:
    """Write a user down anew: its tags, and the password that goes with them."""
    said = sorted(tags)
    password = broker.secrets.broker_password(office, generation(said))
    body = {"password": password, "tags": ",".join(said)}
    (await client.put(f"users/{quote(office)}", json=body)).raise_for_status()


async def _delete(client: httpx.AsyncClient, path: str, reason: str = "") -> None:
    answer = await client.delete(path, headers={"X-Reason": reason} if reason else {})
    if answer.status_code != httpx.codes.NOT_FOUND:
        answer.raise_for_status()


async def _open(client: httpx.AsyncClient, office: str) -> int:
    """Count a user's connections; this list, unlike the general one, lags behind nothing."""
    return len(await listed(client, f"connections/username/{quote(office)}"))


async def _close_all(client: httpx.AsyncClient, office: str) -> int:
    """Close connections until for a moment there has been none."""
    closed = 0
    began = quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < QUIET_SECONDS:
        if time.monotonic() - began > WAIT_SECONDS:
            raise StackError(f"{office} still has connections after {WAIT_SECONDS:g} s: try again")
        if number := await _open(client, office):
            quiet_since = time.monotonic()
            closed = max(closed, number)
            path = f"connections/username/{quote(office)}"
            await _delete(client, path, "the office's rights have changed")
        await asyncio.sleep(0.1)
    return closed

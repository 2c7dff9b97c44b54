"""An office's way to the broker, closed for a while: no rights, no connection that has any left.

Rights are looked at when a channel first uses them, and remembered: who is connected goes on
without them. So the connections are closed, too, until none is left.
"""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import quote

import httpx

from services.stack.daemons import StackError
from services.stack.joining import Broker
from services.stack.provision import SUSPENDED, listed, management, suspended

QUIET_SECONDS = 1.0
"""A connection whose rights were looked at just before they were taken may open a little later."""
WAIT_SECONDS = 60.0


def suspend(broker: Broker, office: str) -> int:
    """Take an office's rights and close its connections; gives how many there were.

    Its inbox keeps what comes. Again is fine. Raises StackError for an office without a user.
    """
    return asyncio.run(_with(broker, office, suspended_now=True))


def resume(broker: Broker, office: str) -> None:
    """Give an office its rights back: its password is the one it had. Raises StackError."""
    asyncio.run(_with(broker, office, suspended_now=False))
    broker.admit(office)


def connections(broker: Broker, office: str) -> int:
    """Count an office's open connections. Raises StackError for an office without a user."""

    async def count() -> int:
        async with _client(broker) as client:
            await _user(client, office)
            return await _open(client, office)

    return asyncio.run(count())


def is_suspended(broker: Broker, office: str) -> bool:
    """Tell whether an office is suspended."""

    async def look() -> bool:
        async with _client(broker) as client:
            return office in await suspended(client)

    return asyncio.run(look())


def _client(broker: Broker) -> httpx.AsyncClient:
    if not broker.servers.management_url:
        raise StackError("this broker has no management API: nobody's rights can be taken")
    return management(broker.servers.management_url, broker.servers.admin)


async def _with(broker: Broker, office: str, *, suspended_now: bool) -> int:
    async with _client(broker) as client:
        user = await _user(client, office)
        tags = SUSPENDED if suspended_now else ""
        body = {name: user[name] for name in ("password_hash", "hashing_algorithm")}
        answer = await client.put(f"users/{quote(office)}", json=body | {"tags": tags})
        answer.raise_for_status()
        if not suspended_now:
            return 0
        path = f"permissions/{quote(broker.vhost, safe='')}/{quote(office)}"
        gone = await client.delete(path)
        if gone.status_code != httpx.codes.NOT_FOUND:
            gone.raise_for_status()
        return await _close_all(client, office)


async def _user(client: httpx.AsyncClient, office: str) -> Mapping[str, object]:
    answer = await client.get(f"users/{quote(office)}")
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise StackError(f"{office} has no user on the broker: no office of that name has joined")
    answer.raise_for_status()
    found: Mapping[str, object] = answer.json()
    return found


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
            reason = {"X-Reason": "the office is suspended"}
            path = f"connections/username/{quote(office)}"
            (await client.delete(path, headers=reason)).raise_for_status()
        await asyncio.sleep(0.1)
    return closed

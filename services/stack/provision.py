"""Declares the topology through RabbitMQ's management API, and looks whether it is really there.

One POST of all definitions: 42 offices (111 queues, 264 bindings) take 1 s, again 0.2 s.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx

from fuyuan_contracts.channels import Topology
from services.stack.daemons import StackError

TIMEOUT_SECONDS = 120.0
TRIES = 4
CONFIGURE_NOTHING = "^$"
SUSPENDED = "suspended"
"""A tag of a broker user; it means nothing to the broker, which keeps it."""
REMOVED = "removed"
"""Another: the office has left. Its user stays, shut: one made anew has the first password."""
SHUT = frozenset({SUSPENDED, REMOVED})
GENERATION = "generation."
"""Begins a tag, too: which of its passwords a user has (`rotating`)."""
PasswordOf: TypeAlias = Callable[[str, int], str]
"""Gives a user's password of a generation."""


class IncompleteError(StackError):
    """The broker doesn't hold what was declared; `missing` names each thing."""

    def __init__(self, missing: list[str]) -> None:
        """Say what is missing, one a line."""
        super().__init__("the broker lacks:\n" + "\n".join(missing))
        self.missing = missing


async def provision(
    management_url: str,
    admin: tuple[str, str],
    vhost: str,
    topology: Topology,
    password_of: PasswordOf,
) -> None:
    """Make the virtual host, the topology and its users, and verify them.

    Who is suspended or has left stays so, and whose password was changed keeps it. `admin` gets
    all rights in `vhost`. Raises IncompleteError, or httpx.HTTPStatusError when the broker refuses
    (as when a queue is there with other arguments).
    """
    async with management(management_url, admin) as client:
        # the host first: definitions of queues are taken in parallel with that of their host
        (await client.put(f"vhosts/{quote(vhost, safe='')}")).raise_for_status()
        tags = await tags_of(client)
        passwords = {
            user.name: password_of(user.name, generation(tags.get(user.name, ())))
            for user in topology.users
        }
        await _import(client, _definitions(vhost, topology, passwords, admin[0], tags))
    await verify(management_url, admin, vhost, topology)


async def _import(client: httpx.AsyncClient, definitions: Mapping[str, Any]) -> None:
    """Post the definitions; doing it again changes nothing.

    A busy broker answers 500 when a quorum queue takes too long to elect its leader: seen once on
    a machine whose disk stalled. Asked again, it has them.
    """
    for attempt in range(1, TRIES + 1):
        answer = await client.post("definitions", json=definitions)
        if not answer.is_error:
            return
        if attempt == TRIES or answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
            msg = f"the broker refuses the topology: {answer.status_code} {answer.text}"
            raise StackError(msg)
        await asyncio.sleep(attempt)


async def verify(
    management_url: str, admin: tuple[str, str], vhost: str, topology: Topology
) -> None:
    """Compare every exchange, queue, binding and permission with `topology`.

    Raises IncompleteError naming each that is missing or different.
    """
    host = quote(vhost, safe="")
    async with management(management_url, admin) as client:
        exchanges = await listed(client, f"exchanges/{host}")
        queues = await listed(client, f"queues/{host}?disable_stats=true&enable_queue_totals=false")
        bindings = await listed(client, f"bindings/{host}")
        permissions = await listed(client, f"vhosts/{host}/permissions")
        limits = await listed(client, "user-limits")
        tags = await tags_of(client)
    nothing = {user.name: "" for user in topology.users}
    wanted = _definitions(vhost, topology, nothing, admin[0], tags)
    missing = [
        *_lacking("exchange", wanted["exchanges"], exchanges),
        *_lacking("queue", wanted["queues"], queues),
        *_lacking("binding", wanted["bindings"], bindings),
        *_lacking("permission", wanted["permissions"], permissions),
        *_lacking("limits of", _limits(wanted["users"]), limits),
    ]
    if missing:
        raise IncompleteError(missing)


async def delete_vhost(management_url: str, admin: tuple[str, str], vhost: str) -> None:
    """Delete a virtual host with all in it; one that isn't there is fine."""
    async with management(management_url, admin) as client:
        answer = await client.delete(f"vhosts/{quote(vhost, safe='')}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()


def management(management_url: str, admin: tuple[str, str]) -> httpx.AsyncClient:
    """Open the management API (without credentials in its address) as its administrator."""
    # trust_env: a proxy of the environment must not see the broker's administrator
    return httpx.AsyncClient(
        base_url=f"{management_url.rstrip('/')}/api/",
        auth=admin,
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    )


async def listed(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Read a list. Raises httpx.HTTPStatusError."""
    answer = await client.get(path)
    answer.raise_for_status()
    items: list[dict[str, Any]] = answer.json()
    return items


async def tags_of(client: httpx.AsyncClient) -> Mapping[str, Sequence[str]]:
    """Give each user's tags of ours: whether it is suspended, which of its passwords it has."""
    return {
        item["name"]: [tag for tag in item["tags"] if tag in SHUT or tag.startswith(GENERATION)]
        for item in await listed(client, "users")
    }


def generation(tags: Sequence[str]) -> int:
    """Tell which of its passwords a user with these tags has; 0: the first."""
    found = [tag.removeprefix(GENERATION) for tag in tags if tag.startswith(GENERATION)]
    return max((int(text) for text in found if text.isdigit()), default=0)


def _definitions(
    vhost: str,
    topology: Topology,
    passwords: Mapping[str, str],
    admin: str,
    tags: Mapping[str, Sequence[str]],
) -> dict[str, list[dict[str, Any]]]:
    """Write the topology as RabbitMQ's definitions."""
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "users": [
            {
                "name": user.name,
                "password": passwords[user.name],
                "tags": ",".join(tags.get(user.name, ())),
                "limits": dict(user.limits),
            }
            for user in topology.users
        ],
        "permissions": [
            {"user": admin, "vhost": vhost, **everything},
            *(
                {
                    "user": user.name,
                    "vhost": vhost,
                    "configure": CONFIGURE_NOTHING,
                    "write": user.write,
                    "read": user.read,
                }
                for user in topology.users
                if SHUT.isdisjoint(tags.get(user.name, ()))
            ),
        ],
        "exchanges": [
            {
                "name": exchange.name,
                "vhost": vhost,
                "type": exchange.type,
                "durable": True,
                "auto_delete": False,
                "internal": False,
                "arguments": exchange.arguments,
            }
            for exchange in topology.exchanges
        ],
        "queues": [
            {
                "name": queue.name,
                "vhost": vhost,
                "durable": True,
                "auto_delete": False,
                "arguments": queue.arguments,
            }
            for queue in topology.queues
        ],
        "bindings": [
            {
                "source": binding.exchange,
                "vhost": vhost,
                "destination": binding.queue,
                "destination_type": "queue",
                "routing_key": binding.key,
                "arguments": {},
            }
            for binding in topology.bindings
        ],
    }


def _limits(users: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name the users that have limits, as the broker lists them."""
    return [{"user": item["name"], "value": item["limits"]} for item in users if item["limits"]]


def _lacking(
    what: str, wanted: Iterable[dict[str, Any]], found: Iterable[dict[str, Any]]
) -> list[str]:
    """Name what of `wanted` is not in `found`, compared by the fields that are wanted."""
    wanted = list(wanted)
    fields = list(wanted[0]) if wanted else []
    there = {_key(item, fields) for item in found}
    return [f"{what} {_describe(item)}" for item in wanted if _key(item, fields) not in there]


def _key(item: dict[str, Any], fields: list[str]) -> str:
    return json.dumps([item.get(name) for name in fields], sort_keys=True)


def _describe(item: dict[str, Any]) -> str:
    if "source" in item:
        return f"{item['source']} --{item['routing_key']}--> {item['destination']}"
    if "value" in item:
        return f"{item['user']} {item['value']}"
    if "user" in item:
        return f"{item['user']} write={item['write']} read={item['read']}"
    return f"{item['name']} {item.get('type', '')} {item['arguments']}".strip()

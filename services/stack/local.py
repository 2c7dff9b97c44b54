"""The whole system on this machine: broker, database, one process per service."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pymongo

from services.client import Client
from services.stack.bus import Bus
from services.stack.joining import note
from services.stack.layout import Deployment, operator_key, specs
from services.stack.processes import ServiceSpec, Stack, claim
from services.stack.secrets import Secrets, write_private
from services.stack.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
"""Where `deploy/` and `.local/` are."""
ADDRESSES = "stack.json"
Beside: TypeAlias = Callable[[Bus], Iterable[ServiceSpec]]


@dataclass
class Local:
    """A running stack."""

    directory: Path
    bus: Bus
    stack: Stack
    _clients: dict[str, Client] = field(default_factory=dict)

    @property
    def servers(self) -> Servers:
        """Give the broker and the database it runs on."""
        return self.bus.servers

    @property
    def urls(self) -> dict[str, str]:
        """Give each service's address by name."""
        return {name: service.url for name, service in self.stack.services.items()}

    def operator(self) -> Client:
        """Give a client with the first operator's key."""
        return Client(self.urls, operator_key(self.bus))

    def client(self, role: str, **scope: str) -> Client:
        """Give a client of a role (`office=…` or `division=…`), with a key made for it once."""
        name = role + "".join(f":{value}" for value in scope.values())
        if name not in self._clients:
            made = self.operator().post("intake", "/v1/keys", {"role": role, "name": name, **scope})
            self._clients[name] = Client(self.urls, made["key"])
        return self._clients[name]


@contextmanager
def running(
    directory: Path,
    deployment: Deployment,
    environ: Mapping[str, str],
    told: Callable[[str], None] = lambda _text: None,
    beside: Beside = lambda _bus: (),
) -> Iterator[Local]:
    """Start everything under `directory`, and stop what was started.

    A deployment that is `thrown_away` leaves nothing behind on servers that were here before.
    `beside` describes processes that are run beside the services. Raises StackError when a part
    doesn't start; then nothing is left running.
    """
    with claim(directory):
        secrets = Secrets.load(directory / "secret")
        told("starting broker and database")
        servers = Servers.start(directory, secrets, environ)
        try:
            told(servers.chosen)
            bus = asyncio.run(
                Bus.declare(
                    servers,
                    secrets,
                    deployment.vhost,
                    deployment.receiving(),
                    deployment.queues(),
                )
            )
            if not bus.enforced:
                told("no management API: one broker user for all, rights are NOT enforced")
            with serving(directory, deployment, bus, told, beside) as local:
                yield local
        finally:
            servers.stop()


@contextmanager
def serving(
    directory: Path,
    deployment: Deployment,
    bus: Bus,
    told: Callable[[str], None] = lambda _text: None,
    beside: Beside = lambda _bus: (),
) -> Iterator[Local]:
    """Start the services on a bus that is declared, and stop them in the end."""
    stack = Stack([*specs(deployment, bus, directory), *beside(bus)], directory)
    told(f"starting {len(stack.services)} services")
    try:
        stack.start()
        local = Local(directory, bus, stack)
        noted = {"urls": local.urls, "key": operator_key(bus), **note(bus)}
        write_private(directory / ADDRESSES, json.dumps(noted, indent=1))
        try:
            yield local
        finally:
            told("stopping")
            stack.stop()
            (directory / ADDRESSES).unlink(missing_ok=True)
    finally:
        if deployment.thrown_away:
            _throw_away(bus, deployment)


def _throw_away(bus: Bus, deployment: Deployment) -> None:
    servers = bus.servers
    if servers.broker is None:
        asyncio.run(bus.remove())
    if servers.mongo is None:
        with pymongo.MongoClient[dict[str, Any]](servers.mongo_url) as client:
            for name in client.list_database_names():
                if name.startswith(deployment.database_prefix):
                    client.drop_database(name)

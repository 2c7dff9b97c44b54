"""An office's way to a running broker: its queues, its user, and what it is told."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from services.stack.broker import ADMIN
from services.stack.bus import Bus
from services.stack.daemons import StackError
from services.stack.keys import SECRET
from services.stack.provision import REMOVED, generation, management, tags_of
from services.stack.secrets import Secrets
from services.stack.servers import Servers


@dataclass(frozen=True)
class Broker:
    """The broker of a deployment, as its administrator sees it."""

    servers: Servers
    secrets: Secrets
    vhost: str

    @classmethod
    def noted(cls, stack: Mapping[str, Any]) -> "Broker":
        """Take it from what `fuyuan up` has noted."""
        said = stack["broker"]
        servers = Servers(said["amqp_url"], said["management_url"], "", "noted")
        if said["admin"]:
            servers.management_admin = (said["admin"][0], said["admin"][1])
        return cls(servers, Secrets.from_hex(stack["secret"], "stack.json"), said["vhost"])

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Broker":
        """Take it from FUYUAN_SECRET, AMQP_URL, MANAGEMENT_URL and BROKER_ADMIN_PASSWORD.

        Raises StackError naming what is missing.
        """
        wanted = (SECRET, "AMQP_URL", "MANAGEMENT_URL", "BROKER_ADMIN_PASSWORD")
        if missing := [name for name in wanted if not environ.get(name)]:
            msg = f"not set: {', '.join(missing)}"
            raise StackError(msg)
        admin = environ.get("BROKER_ADMIN", ADMIN), environ["BROKER_ADMIN_PASSWORD"]
        servers = Servers(
            environ["AMQP_URL"], environ["MANAGEMENT_URL"], "", "named", management_admin=admin
        )
        secrets = Secrets.from_hex(environ[SECRET], SECRET)
        return cls(servers, secrets, environ.get("VHOST", "fuyuan"))

    def admit(self, office: str) -> dict[str, str]:
        """Declare an office's queues and user, and give what its consumer is told.

        Doing it again changes nothing. Raises StackError when the broker refuses.
        """
        if self.servers.management_url:
            asyncio.run(self._let_in_again(office))
        bus = asyncio.run(Bus.declare(self.servers, self.secrets, self.vhost, [office]))
        return self.told(office, bus)

    async def _let_in_again(self, office: str) -> None:
        """Forget that an office has left; its old passwords stay void."""
        async with self.management() as client:
            tags = set((await tags_of(client)).get(office, ()))
            if REMOVED in tags:
                password = self.secrets.broker_password(office, generation(sorted(tags)))
                body = {"password": password, "tags": ",".join(sorted(tags - {REMOVED}))}
                (await client.put(f"users/{quote(office)}", json=body)).raise_for_status()

    def told(self, office: str, bus: Bus | None = None) -> dict[str, str]:
        """Give what an office's consumer is told. Raises StackError when the broker refuses."""
        bus = bus or Bus(self.servers, self.secrets, (office,), self.vhost)
        return {
            "FUYUAN_OFFICE": office,
            "FUYUAN_AMQP_URL": bus.url(office, self.generation(office)),
            "FUYUAN_INBOX": bus.inbox(office),
        }

    def generation(self, office: str) -> int:
        """Tell which of its passwords an office has."""

        async def look() -> int:
            async with self.management() as client:
                return generation((await tags_of(client)).get(office, ()))

        return asyncio.run(look()) if self.servers.management_url else 0

    def management(self) -> httpx.AsyncClient:
        """Open the broker's management API. Raises StackError when there is none."""
        if not self.servers.management_url:
            raise StackError("this broker has no management API: nobody's rights can be changed")
        return management(self.servers.management_url, self.servers.admin)


def note(bus: Bus) -> dict[str, Any]:
    """Write down what `Broker.noted` reads. For a file of its owner's eyes only."""
    servers = bus.servers
    return {
        "secret": bus.secrets.key.hex(),
        "mongo_url": servers.mongo_url,
        "broker": {
            "amqp_url": servers.amqp_url,
            "management_url": servers.management_url,
            "admin": list(servers.admin) if servers.management_url else None,
            "vhost": bus.vhost,
        },
    }


def broker_of(stack: Path) -> Broker:
    """Find the broker: the stack noted in a file, else by the environment. Raises StackError."""
    if stack.exists() and not os.environ.get(SECRET):
        return Broker.noted(json.loads(stack.read_text(encoding="utf-8")))
    return Broker.from_environ(os.environ)

"""The topology, provisioned: a virtual host with its users, and the addresses of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

from fuyuan_contracts.channels import SERVICES, Topology, office_inbox_queue, topology
from services.stack.provision import delete_vhost, provision, verify
from services.stack.provision_amqp import declare_over_amqp, remove_over_amqp
from services.stack.secrets import Secrets
from services.stack.servers import Servers


@dataclass(frozen=True)
class Bus:
    """One virtual host for `offices`. Without a management API it is the one of `AMQP_URL`."""

    servers: Servers
    secrets: Secrets
    offices: tuple[str, ...]
    vhost: str
    services: tuple[str, ...] = SERVICES
    """Those that have a queue."""

    @classmethod
    async def declare(
        cls,
        servers: Servers,
        secrets: Secrets,
        vhost: str,
        offices: Iterable[str],
        services: Iterable[str] = SERVICES,
    ) -> Self:
        """Provision and verify it (42 offices: 1 s). Doing it again changes nothing.

        Raises services.stack.daemons.StackError when the broker refuses or lacks a part of it.
        """
        if not servers.management_url:
            vhost = unquote(urlsplit(servers.amqp_url).path.removeprefix("/")) or "/"
        bus = cls(servers, secrets, tuple(offices), vhost, tuple(services))
        await bus.redeclare()
        return bus

    async def redeclare(self) -> None:
        """Provision it again, as after its broker's disk was lost; raises as `declare`."""
        servers, shape = self.servers, self.topology
        if servers.management_url:
            password_of = self.secrets.broker_password
            await provision(servers.management_url, servers.admin, self.vhost, shape, password_of)
        else:
            await declare_over_amqp(servers.amqp_url, shape)

    @property
    def topology(self) -> Topology:
        """Describe what is declared."""
        suffixes = {office: self.secrets.inbox_suffix(office) for office in self.offices}
        return topology(suffixes, self.services)

    @property
    def enforced(self) -> bool:
        """Tell whether each user has only its own rights (False: one user for all)."""
        return self.servers.management_url is not None

    @property
    def admin_url(self) -> str:
        """The AMQP URL of the administrator in this virtual host."""
        return self.servers.url(*self.servers.admin, self.vhost) if self.enforced else self.url("")

    def url(self, user: str, generation: int = 0) -> str:
        """Give the AMQP URL of a service or an office, with the password of a generation."""
        if not self.enforced:
            return self.servers.amqp_url
        return self.servers.url(user, self.secrets.broker_password(user, generation), self.vhost)

    def inbox(self, office: str) -> str:
        """Name an office's inbox."""
        return office_inbox_queue(office, self.secrets.inbox_suffix(office))

    async def verify(self) -> None:
        """Look whether all of it is there. Raises provision.IncompleteError."""
        if self.servers.management_url:
            await verify(self.servers.management_url, self.servers.admin, self.vhost, self.topology)

    async def remove(self) -> None:
        """Delete it with the messages in it."""
        if self.servers.management_url:
            await delete_vhost(self.servers.management_url, self.servers.admin, self.vhost)
        else:
            await remove_over_amqp(self.servers.amqp_url, self.topology)

"""Which broker and database a stack or a test run uses.

`AMQP_URL` and `MONGO_URL` when they are set (and `RABBITMQ_MANAGEMENT_URL`, without which rights
are not enforced), else the binaries on this machine, else containers.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from services.stack import broker, mongod
from services.stack.broker import ADMIN, PrivateBroker
from services.stack.containers import BROKER_IMAGE, DATABASE_IMAGE, Containers
from services.stack.mongod import PrivateMongo
from services.stack.secrets import Secrets

CACHE = "MONGO_CACHE_GB"
"""The private database's memory for data, in GB."""


@dataclass
class Servers:
    """A broker and a database that are running, and how to reach them."""

    amqp_url: str
    """The administrator's, or with no management API the one user's."""
    management_url: str | None
    """Without credentials; None when the broker has none that can be reached."""
    mongo_url: str
    chosen: str
    """Which they are, in one line for people."""
    broker: PrivateBroker | None = None
    mongo: PrivateMongo | None = None
    containers: Containers | None = None
    management_admin: tuple[str, str] | None = None
    """Named in RABBITMQ_MANAGEMENT_URL; else who `amqp_url` names."""

    @classmethod
    def start(cls, directory: Path, secrets: Secrets, environ: Mapping[str, str]) -> Self:
        """Choose by `environ` and start what is not running yet (7 s); data go to `directory`.

        Raises StackError when there is neither a URL, nor a binary, nor Docker.
        """
        containers = Containers()
        with ThreadPoolExecutor(2) as pool:
            starting_bus = pool.submit(_start_broker, directory, secrets, environ, containers)
            starting_database = pool.submit(_start_database, directory, environ, containers)
        try:
            bus, database = starting_bus.result(), starting_database.result()
        except BaseException:
            for started in (starting_bus, starting_database):
                if started.exception() is None and (server := started.result().server):
                    server.kill()
            containers.stop()
            raise
        return cls(
            amqp_url=bus.url,
            management_url=bus.management,
            mongo_url=database.url,
            chosen=f"broker: {bus.chosen}; database: {database.chosen}",
            broker=bus.server if isinstance(bus.server, PrivateBroker) else None,
            mongo=database.server if isinstance(database.server, PrivateMongo) else None,
            containers=containers,
            management_admin=bus.admin,
        )

    @property
    def admin(self) -> tuple[str, str]:
        """The broker administrator's name and password."""
        parts = urlsplit(self.amqp_url)
        named = unquote(parts.username or "guest"), unquote(parts.password or "guest")
        return self.management_admin or named

    def url(self, user: str, password: str, vhost: str) -> str:
        """Give the AMQP URL of a user in a virtual host (a plain name, not percent-encoded).

        What `amqp_url` says after a `?` stays, as `cafile`, the CA of a broker that speaks TLS.
        """
        parts = urlsplit(self.amqp_url)
        address = parts.netloc.rpartition("@")[2]
        account = f"{quote(user, safe='')}:{quote(password, safe='')}"
        own = parts._replace(netloc=f"{account}@{address}", path=f"/{quote(vhost, safe='')}")
        return own.geturl()

    def revive(self, told: Callable[[str], None] = lambda _text: None) -> None:
        """Start again, on its data, what `start` started and died; `told` hears of it.

        Raises StackError when it doesn't get ready.
        """
        for name, server in (("broker", self.broker), ("database", self.mongo)):
            if server and server.pid is None:
                told(f"the {name} died; starting it again")
                server.start()
                told(f"the {name} runs again")

    def stop(self) -> None:
        """Shut down, in order, what `start` started; the data stay."""
        with ThreadPoolExecutor(2) as pool:
            for server in (self.broker, self.mongo):
                if server:
                    pool.submit(server.stop)
        if self.containers:
            self.containers.stop()

    def kill(self) -> None:
        """End at once what `start` started: for a run whose data nobody needs."""
        for server in (self.broker, self.mongo):
            if server:
                server.kill()
        if self.containers:
            self.containers.stop()


@dataclass
class _Started:
    url: str
    chosen: str
    server: PrivateBroker | PrivateMongo | None = None
    management: str | None = None
    admin: tuple[str, str] | None = None


def _start_broker(
    directory: Path, secrets: Secrets, environ: Mapping[str, str], containers: Containers
) -> _Started:
    if url := environ.get("AMQP_URL"):
        return _named_broker(url, environ.get("RABBITMQ_MANAGEMENT_URL"))
    password = secrets.broker_password(ADMIN)
    if broker.installed():
        private = PrivateBroker(directory / "broker", password)
        private.start()
        version = f"private RabbitMQ {private.version()}"
        return _Started(private.url(), version, private, private.management_url)
    address, management = containers.broker((ADMIN, password))
    url = f"amqp://{ADMIN}:{password}@{address}/%2F"
    return _Started(url, f"container {BROKER_IMAGE}", management=management)


def _named_broker(url: str, management: str | None) -> _Started:
    if not management:
        chosen = "AMQP_URL (no RABBITMQ_MANAGEMENT_URL: one user, rights are not enforced)"
        return _Started(url, chosen)
    parts = urlsplit(management)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    admin = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return _Started(url, "AMQP_URL", management=bare, admin=admin)


def _start_database(
    directory: Path, environ: Mapping[str, str], containers: Containers
) -> _Started:
    if url := environ.get("MONGO_URL"):
        return _Started(url, "MONGO_URL")
    if mongod.binary():
        private = PrivateMongo(directory / "mongo", float(environ.get(CACHE, "0.5")))
        private.start()
        return _Started(private.url, "private mongod 6.0.5", private)
    return _Started(containers.database(), f"container {DATABASE_IMAGE}")

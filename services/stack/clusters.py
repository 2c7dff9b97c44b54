"""Three RabbitMQ nodes that form a cluster, and three mongod members of one replica set.

As a deployment has them, but on this machine: for showing what the loss of a node or two does.
Calls block: from a coroutine use `asyncio.to_thread`.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pymongo
from pymongo.errors import ConnectionFailure, OperationFailure

from services.stack.broker import PrivateBroker
from services.stack.daemons import Daemon, StackError
from services.stack.erlang import Membership, start_epmd
from services.stack.mongod import NOT_INITIATED, REPLICA_SET, PrivateMongo
from services.stack.ports import kept_ports

MEMBERS = 3
ELECT_SECONDS = 60.0
Admin: TypeAlias = pymongo.MongoClient[dict[str, Any]]


class BrokerCluster:
    """Nodes under `directory`, with an epmd they share. Quorum queues get a replica on each."""

    def __init__(self, directory: Path, password: str, members: int = MEMBERS) -> None:
        """Nothing is started yet."""
        self._directory = directory.resolve()
        names = tuple(f"fuyuan{number}" for number in range(1, members + 1))
        port = kept_ports(self._directory / "epmd.json", ("epmd",))["epmd"]
        membership = Membership(names, secrets.token_hex(16), port)
        self._epmd_port = port
        self._epmd: Daemon | None = None
        self.nodes = [
            PrivateBroker(self._directory / name, password, name, membership) for name in names
        ]

    @property
    def url(self) -> str:
        """Give the administrator's AMQP URL, which names every node."""
        head, at, first = self.nodes[0].url().rpartition("@")
        host, slash, vhost = first.partition("/")
        others = (node.url().rpartition("@")[2].partition("/")[0] for node in self.nodes[1:])
        return f"{head}{at}{','.join([host, *others])}{slash}{vhost}"

    @property
    def management_url(self) -> str:
        """Where the first node's management API is, with its administrator."""
        user, password = self.nodes[0].admin
        return self.nodes[0].management_url.replace("://", f"://{user}:{password}@", 1)

    def start(self) -> None:
        """Start every node and wait until all have joined (20 s): the first makes the cluster."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._epmd = start_epmd(self._epmd_port, self._directory)
        try:
            self.nodes[0].start()
            with ThreadPoolExecutor(len(self.nodes)) as pool:
                list(pool.map(PrivateBroker.start, self.nodes[1:]))
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End everything at once."""
        for node in self.nodes:
            node.kill()
        if self._epmd:
            self._epmd.kill()


class MongoMember(PrivateMongo):
    """One of several: it is ready when it answers, whoever is the primary."""

    def ready(self) -> bool:
        """Tell whether it answers."""
        try:
            with self.alone() as client:
                client.admin.command("ping")
        except ConnectionFailure:
            return False
        return True

    @contextmanager
    def alone(self) -> Iterator[Admin]:
        """Talk to this member, whatever it is."""
        url = f"mongodb://{self.address}/?directConnection=true"
        with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=2000) as client:
            yield client


class MongoSet:
    """The members of one replica set."""

    def __init__(self, directory: Path, members: int = MEMBERS) -> None:
        """Nothing is started yet."""
        places = (directory / f"member{number}" for number in range(1, members + 1))
        self.members = [MongoMember(place, cache_gb=0.25) for place in places]

    @property
    def url(self) -> str:
        """Give the connection string, which names every member."""
        addresses = ",".join(member.address for member in self.members)
        return f"mongodb://{addresses}/?replicaSet={REPLICA_SET}"

    def start(self) -> None:
        """Start every member and wait until one is the primary (15 s for a new set)."""
        try:
            for member in self.members:
                member.start()
            with self.members[0].alone() as client:
                _initiate(client, [member.address for member in self.members])
            _wait_until(lambda: self.primary() is not None)
        except BaseException:
            self.kill()
            raise

    def primary(self) -> MongoMember | None:
        """Tell which member takes writes; None while there is none."""
        for member in self.members:
            try:
                with member.alone() as client:
                    if member.pid and client.admin.command("hello")["isWritablePrimary"]:
                        return member
            except ConnectionFailure:
                continue
        return None

    def step_down(self, seconds: int = 20) -> None:
        """Make the primary an ordinary member for a while: another is elected.

        Raises StackError when there is no primary.
        """
        if (primary := self.primary()) is None:
            msg = "the replica set has no primary"
            raise StackError(msg)
        with primary.alone() as client:
            client.admin.command("replSetStepDown", seconds, secondaryCatchUpPeriodSecs=5)

    def kill(self) -> None:
        """End everything at once."""
        for member in self.members:
            member.kill()


def _initiate(client: Admin, addresses: list[str]) -> None:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code != NOT_INITIATED:
            raise
        members = [{"_id": number, "host": item} for number, item in enumerate(addresses)]
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ELECT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            msg = f"the replica set has no primary after {ELECT_SECONDS:g} s"
            raise StackError(msg)
        time.sleep(0.2)

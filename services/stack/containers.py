"""Broker and database in containers, for a machine with Docker and without the local binaries."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pymongo
from pymongo.errors import PyMongoError

from services.stack.daemons import StackError
from services.stack.ports import LOOPBACK

BROKER_IMAGE, DATABASE_IMAGE = "rabbitmq:4-management", "mongo:6.0"
AMQP, MANAGEMENT, MONGO = 5672, 15672, 27017
READY_SECONDS = 120.0


class Containers:
    """Started on demand; `stop` removes all of them."""

    def __init__(self) -> None:
        """Nothing is started, and Docker is not asked for, until it is needed."""
        self._running: list[Any] = []

    def broker(self, admin: tuple[str, str]) -> tuple[str, str]:
        """Start RabbitMQ; give its AMQP address (`host:port`) and management URL."""
        container = self._container(BROKER_IMAGE)
        container.with_exposed_ports(AMQP, MANAGEMENT)
        container.with_env("RABBITMQ_DEFAULT_USER", admin[0])
        container.with_env("RABBITMQ_DEFAULT_PASS", admin[1])
        host = self._start(container)
        management = f"http://{host}:{container.get_exposed_port(MANAGEMENT)}"

        def ready() -> bool:
            # listeners come up last: a health check that sees one sees a booted node
            url = f"{management}/api/health/checks/port-listener/{AMQP}"
            try:
                return httpx.get(url, auth=admin, timeout=5, trust_env=False).is_success
            except httpx.TransportError:
                return False

        _wait(BROKER_IMAGE, ready)
        return f"{host}:{container.get_exposed_port(AMQP)}", management

    def database(self) -> str:
        """Start MongoDB as a replica set of one; give its connection string."""
        container = self._container(DATABASE_IMAGE)
        container.with_exposed_ports(MONGO)
        container.with_command("mongod --replSet fuyuan --bind_ip_all")
        host = self._start(container)
        # direct: the set's member is known by an address inside the container
        url = f"mongodb://{host}:{container.get_exposed_port(MONGO)}/?directConnection=true"
        config = {"_id": "fuyuan", "members": [{"_id": 0, "host": f"{LOOPBACK}:{MONGO}"}]}

        def ready() -> bool:
            with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
                try:
                    if client.admin.command("hello")["isWritablePrimary"]:
                        return True
                    client.admin.command("replSetInitiate", config)
                except PyMongoError:
                    return False
            return False

        _wait(DATABASE_IMAGE, ready)
        return url

    def stop(self) -> None:
        """Remove what was started."""
        while self._running:
            self._running.pop().stop()

    def _container(self, image: str) -> Any:  # noqa: ANN401 - testcontainers is optional
        try:
            from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - optional
        except ImportError as error:
            msg = f"no local binaries and no testcontainers to run {image}: run `make deps`"
            raise StackError(msg) from error
        try:
            return DockerContainer(image)
        except Exception as error:  # docker's client raises its own kinds
            msg = f"no local binaries and no Docker to run {image}: run `make deps`"
            raise StackError(msg) from error

    def _start(self, container: Any) -> str:  # noqa: ANN401 - testcontainers is optional
        self._running.append(container)
        container.start()
        return str(container.get_container_host_ip())


def _wait(image: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            msg = f"{image} is not ready after {READY_SECONDS:g} s"
            raise StackError(msg)
        time.sleep(0.2)

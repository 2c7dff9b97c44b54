"""The services in containers: provisioned once, and each told no more than it needs.

The provisioner alone knows the deployment secret and the broker's administrator. It writes one
folder a service; each container mounts its own (`docker-compose.yml`), at the same path.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pymongo
from pymongo.errors import ConnectionFailure, OperationFailure
from pymongo.uri_parser import parse_uri

from services.stack.bus import Bus
from services.stack.daemons import StackError
from services.stack.layout import Deployment, Places, module_of, specs_at
from services.stack.mongod import NOT_INITIATED
from services.stack.secrets import Secrets, write_private
from services.stack.servers import Servers

SETTINGS = Path("/settings")
HTTP_PORT = 8080
"""The same in every container: each has an address of its own."""
EVERY_INTERFACE = "0.0.0.0"  # noqa: S104 - a container's own; compose publishes on loopback only
WAIT_SECONDS = 180.0
POLL_SECONDS = 0.5
ALREADY_INITIALIZED = 23


def wait_for_broker(servers: Servers, seconds: float = WAIT_SECONDS) -> None:
    """Wait until it takes connections. Raises StackError: too late, or not its administrator."""

    def listening() -> bool:
        try:
            answer = httpx.get(
                f"{servers.management_url}/api/health/checks/port-listener/5672",
                auth=servers.admin,
                timeout=5,
                trust_env=False,
            )
        except httpx.TransportError:
            return False
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            msg = "the broker refuses its administrator: its data are of another password"
            raise StackError(msg)
        return answer.is_success

    _wait("the broker", listening, seconds)


def make_replica_set(url: str, seconds: float = WAIT_SECONDS) -> None:
    """Make the set that `url` names of the hosts it names, once; wait until one takes writes.

    Raises StackError when that takes too long.
    """
    parsed = parse_uri(url)
    hosts, name = parsed["nodelist"], parsed["options"]["replicaSet"]
    members = [{"_id": at, "host": f"{host}:{port}"} for at, (host, port) in enumerate(hosts)]
    config = {"_id": name, "version": 1, "members": members}

    def writable() -> bool:
        with pymongo.MongoClient[dict[str, Any]](
            *hosts[0], directConnection=True, serverSelectionTimeoutMS=500
        ) as client:
            try:
                if client.admin.command("hello").get("setName"):
                    return _has_primary(url)
                client.admin.command("replSetInitiate", config)
            except ConnectionFailure:
                return False
            except OperationFailure as error:
                if error.code not in {NOT_INITIATED, ALREADY_INITIALIZED}:
                    raise
            return False

    _wait("the database", writable, seconds)


def _has_primary(url: str) -> bool:
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
        return bool(client.admin.command("hello")["isWritablePrimary"])


async def provision_all(
    deployment: Deployment, secrets: Secrets, servers: Servers, directory: Path = SETTINGS
) -> Bus:
    """Declare topology and users, verify them, and write what each service is told.

    Again is fine: the same secret gives the same users and files. Raises StackError when the broker
    refuses or lacks something, OSError when a service's folder isn't there or can't be written.
    """
    bus = await Bus.declare(servers, secrets, deployment.vhost, deployment.receiving())
    names = deployment.services()
    places = Places(
        directory,
        ports=dict.fromkeys(names, HTTP_PORT),
        urls={name: f"http://{name}:{HTTP_PORT}" for name in names},
        listen=EVERY_INTERFACE,
    )
    for spec in specs_at(places, deployment, bus):
        write_private(_settings(directory, spec.name), json.dumps(dict(spec.env), indent=1))
    return bus


def told(service: str, directory: Path = SETTINGS) -> dict[str, str]:
    """Read what the provisioner wrote for a service. Raises StackError when it wrote nothing."""
    file = _settings(directory, service)
    try:
        found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{service} is not provisioned: {file} can't be read ({error.strerror})"
        raise StackError(msg) from error
    return found


def become(service: str, directory: Path = SETTINGS) -> NoReturn:
    """Turn this process into the service; its container's own environment wins over the file."""
    env = told(service, directory) | os.environ
    os.execve(sys.executable, [sys.executable, "-m", module_of(service)], env)  # noqa: S606 - no shell


def _settings(directory: Path, service: str) -> Path:
    return directory / service / "settings.json"


def _wait(what: str, ready: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            msg = f"{what} was not ready within {seconds:.0f} s"
            raise StackError(msg)
        time.sleep(POLL_SECONDS)

"""The services in containers: provisioned once, and each told no more than it needs.

The provisioner alone knows the deployment secret and the broker's administrator. It writes one
folder a service; each container mounts its own (`docker-compose.yml`), at the same path.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import httpx

from services.stack.bus import Bus
from services.stack.daemons import StackError
from services.stack.database import WAIT_SECONDS, wait_until
from services.stack.layout import Deployment, Places, module_of, specs_at
from services.stack.secrets import Secrets, write_private
from services.stack.servers import Servers

SETTINGS = Path("/settings")
HTTP_PORT = 8080
"""The same in every container: each has an address of its own."""
EVERY_INTERFACE = "0.0.0.0"  # noqa: S104 - a container's own; compose publishes on loopback only
AMQP, AMQPS = 5672, 5671


def wait_for_broker(servers: Servers, seconds: float = WAIT_SECONDS) -> None:
    """Wait until it takes connections. Raises StackError: too late, or not its administrator."""
    parts = urlsplit(servers.amqp_url)
    port = parts.port or (AMQPS if parts.scheme == "amqps" else AMQP)

    def listening() -> bool:
        try:
            answer = httpx.get(
                f"{servers.management_url}/api/health/checks/port-listener/{port}",
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

    wait_until("the broker", listening, seconds)


async def provision_all(
    deployment: Deployment,
    secrets: Secrets,
    servers: Servers,
    directory: Path = SETTINGS,
    databases: Mapping[str, str] | None = None,
) -> Bus:
    """Declare topology and users, verify them, and write what each service is told.

    `databases`: each service's own way to the database; without it all use the servers'. Again is
    fine: the same secret gives the same users and files. Raises StackError when the broker
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
        env = dict(spec.env)
        if databases:
            env["MONGO_URL"] = databases[spec.name]
        write_private(_settings(directory, spec.name), json.dumps(env, indent=1))
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

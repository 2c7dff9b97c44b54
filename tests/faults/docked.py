"""A broker of another version, from an image, that can be hurt like the private one.

`FAULTS_BROKER_IMAGE` names the image (`make faults-4x`); Docker is found as its client finds it.
"""

import os
import subprocess
from pathlib import Path

import httpx

from services.stack.broker import ADMIN, BOOT_SECONDS
from services.stack.daemons import StackError
from services.stack.ports import LOOPBACK, free_port
from tests.faults.waiting import wait_for

IMAGE = os.environ.get("FAULTS_BROKER_IMAGE", "")
AMQP, MANAGEMENT = 5672, 15672


class DockedBroker:
    """One container on fixed ports of the loopback interface, and its data in a volume."""

    def __init__(self, image: str, directory: Path, password: str) -> None:
        """Nothing is started yet."""
        self._image = image
        self._name = f"fuyuan-faults-{os.getpid()}-{free_port()}"
        self._ports = {AMQP: free_port(), MANAGEMENT: free_port()}
        self._made = False
        self.password = password
        directory.mkdir(parents=True, exist_ok=True)
        self._config = directory / "rabbitmq.conf"
        self._config.write_text("max_message_size = 1048576\ndisk_free_limit.absolute = 64MB\n")

    @property
    def pid(self) -> int | None:
        """Tell the node's process on this machine; None when it doesn't run."""
        if not self._made:
            return None
        found = int(_docker("inspect", "--format", "{{.State.Pid}}", self._name) or 0)
        return found or None

    @property
    def management_url(self) -> str:
        """Where the management API is, without credentials."""
        return f"http://{LOOPBACK}:{self._ports[MANAGEMENT]}"

    @property
    def admin(self) -> tuple[str, str]:
        """The administrator's name and password."""
        return ADMIN, self.password

    def url(self) -> str:
        """Give the administrator's AMQP URL."""
        return f"amqp://{ADMIN}:{self.password}@{LOOPBACK}:{self._ports[AMQP]}/%2F"

    def version(self) -> str:
        """Ask the running node for its version."""
        answer = self._get("overview").raise_for_status()
        return str(answer.json()["rabbitmq_version"])

    def start(self) -> None:
        """Start it, on the same data and ports as before, and wait until it is ready."""
        if not self._made:
            ports = [f"--publish={LOOPBACK}:{here}:{there}" for there, here in self._ports.items()]
            user = f"--env=RABBITMQ_DEFAULT_USER={ADMIN}"
            secret = f"--env=RABBITMQ_DEFAULT_PASS={self.password}"
            config = f"--volume={self._config}:/etc/rabbitmq/conf.d/20-fuyuan.conf:ro"
            settings = (*ports, user, secret, config, "--hostname=fuyuan")
            _docker("create", f"--name={self._name}", *settings, self._image)
            self._made = True
        _docker("start", self._name)
        wait_for(self._ready, BOOT_SECONDS)

    def stop(self) -> None:
        """Shut down in order."""
        _docker("stop", "--time=60", self._name)

    def kill(self) -> None:
        """End it at once."""
        if self.pid is not None:
            _docker("kill", self._name)

    def lose_disk(self) -> None:
        """Forget all it had on its disk; it must not be running."""
        self.remove()

    def control(self, *command: str) -> str:
        """Run rabbitmqctl in it."""
        return _docker("exec", self._name, "rabbitmqctl", *command)

    def remove(self) -> None:
        """Leave nothing behind."""
        if self._made:
            _docker("rm", "--force", "--volumes", self._name)
            self._made = False

    def _ready(self) -> bool:
        try:
            return self._get(f"health/checks/port-listener/{AMQP}").is_success
        except httpx.TransportError:
            return False

    def _get(self, path: str) -> httpx.Response:
        url = f"{self.management_url}/api/{path}"
        return httpx.get(url, auth=self.admin, timeout=5, trust_env=False)


def _docker(*command: str) -> str:
    done = subprocess.run(["docker", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"docker {command[0]}: {done.stderr.strip()}"
        raise StackError(msg)
    return done.stdout.strip()

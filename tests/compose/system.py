"""One compose project that a test can look at and hurt."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from services.client import Client, ClientError
from services.stack.layout import Deployment
from services.stack.local import ROOT
from tests.compose.load import Load
from tests.compose.table import Row
from tests.support.oracle import Verdict

T = TypeVar("T")
SERVICES = tuple(Deployment.under(ROOT).services())
RUNNING = (*SERVICES, "rabbitmq", "mongo", "caddy", "prometheus")
PORTS = ("ENTRY_PORT", "AMQPS_PORT", "MANAGEMENT_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")
COMMAND_SECONDS = 240
UP_SECONDS = 600
NOT_FOUND = 404


@dataclass
class Compose:
    """One compose project: the command, with its settings."""

    name: str
    env: Mapping[str, str]

    def run(
        self, *arguments: str, seconds: float = COMMAND_SECONDS, check: bool = True, given: str = ""
    ) -> str:
        """Give what the command prints; it fails with what it complained about."""
        command = ("compose", "--project-name", self.name, *arguments)
        return self.docker(*command, seconds=seconds, check=check, given=given.encode())

    def inside(self, service: str, *command: str, check: bool = True) -> str:
        """Run something in a service's container."""
        return self.run("exec", "-T", service, *command, check=check)

    def docker(
        self,
        *arguments: str,
        seconds: float = COMMAND_SECONDS,
        check: bool = True,
        given: bytes = b"",
    ) -> str:
        """Do the same with plain `docker`."""
        done = subprocess.run(
            ["docker", *arguments],
            cwd=ROOT,
            env=self.env,
            input=given,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        told, complained = done.stdout.decode(), done.stderr.decode()
        if check and done.returncode:
            pytest.fail(f"docker {' '.join(arguments)}: {complained[-4000:]}")
        return told if check else told + complained

    def containers(self) -> dict[str, list[dict[str, Any]]]:
        """Give what the daemon knows of every container, by service."""
        mine = f"label=com.docker.compose.project={self.name}"
        ids = self.docker("ps", "--all", "--quiet", "--filter", mine).split()
        found: dict[str, list[dict[str, Any]]] = {}
        for one in json.loads(self.docker("inspect", *ids)) if ids else ():
            labels = one["Config"]["Labels"]
            # what else runs from an image that compose built has its labels, but not this one
            if labels.get("com.docker.compose.oneoff") == "False":
                found.setdefault(labels["com.docker.compose.service"], []).append(one)
        return found

    def inspect(self, service: str) -> dict[str, Any]:
        """Give what the daemon knows of a service's (first) container."""
        return self.containers()[service][0]


@dataclass
class System:
    """The running containers, and a way to talk to them."""

    compose: Compose
    made: Path
    """Has `.env` and `.secrets`, as `make init` made them."""
    ports: Mapping[str, int]
    """By variable of docker-compose.yml."""
    operator: Client
    upgraded_from: dict[str, str] = field(default_factory=dict)
    """Service → the id of the image its container had before the upgrade (`conftest`)."""
    _killer: str = ""
    _seed: int = field(default_factory=lambda: int(time.time()))

    @property
    def entry(self) -> str:
        """Give the one address people know."""
        return f"https://localhost:{self.ports['ENTRY_PORT']}"

    def secret(self, name: str) -> str:
        """Read a secret from `.env`, as an operator would."""
        lines = (self.made / ".env").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))

    def client(self, role: str, **scope: str) -> Client:
        """Give a client of a role, with a key of its own."""
        made = self.operator.post("intake", "/v1/keys", {"role": role, "name": role, **scope})
        return self.operator.having(made["key"])

    def closed(self, case: str, seconds: float = 180) -> dict[str, Any]:
        """Wait until a case is closed."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.operator.get("routing", f"/v1/cases/{case}")
            return found if found["state"]["code"] == "closed" else None

        return until(look, seconds)

    def manage(self, path: str) -> Any:
        """Ask the broker's management API, as its administrator."""
        answer = httpx.get(
            f"http://127.0.0.1:{self.ports['MANAGEMENT_PORT']}/api/{path}",
            auth=("admin", self.secret("BROKER_ADMIN_PASSWORD")),
            timeout=20,
            trust_env=False,
        )
        return answer.raise_for_status().json()

    def in_flight(self) -> int:
        """Count the messages that wait in tax offices' inboxes (counted anew every 5 s)."""
        inboxes = [queue for queue in self.manage("queues/fuyuan") if _of_tax(queue["name"])]
        return sum(queue.get("messages", 0) for queue in inboxes)

    def load(self, pause: float = 0.4) -> Load:
        """Begin to file cases, others than before."""
        self._seed += 1
        load = Load(self.client("filer", office="court.410500"), self._seed, pause)
        load.start()
        return load

    def verdict(self, cases: list[str]) -> Verdict:
        """Wait until every service has done its part, and let the oracle judge."""
        said = self.compose.run(
            *("run", "--rm", "--no-deps", "-T", "--volume", f"{ROOT / 'tests'}:/app/tests:ro"),
            *("--entrypoint", "python", "provision", "-m", "tests.compose.judge"),
            seconds=UP_SECONDS,
            given=json.dumps(cases),
        )
        found = json.loads(said)
        return Verdict(**found | {"why": tuple(found["why"])})

    def judge(self, load: Load, row: Row) -> Verdict:
        """End a load; fails unless each accepted case had each of its effects once."""
        cases = load.finish()
        verdict = self.verdict(cases)
        assert verdict.clean, verdict
        assert verdict.closed == len(cases) == len(set(cases)), verdict
        row.held = (
            f"{len(cases)} cases filed ({load.refused} answers to try again), all closed, "
            f"{verdict.effects} assignments ended once each; lost 0, twice 0, parked 0"
        )
        return verdict

    def kill(self, service: str, copy: int = 0) -> int:
        """`kill -9` of a container's own process; gives how often it was restarted before.

        From a container that sees the machine's processes: `docker kill` counts as a wish to
        stop, after which nothing is restarted.
        """
        found = self.compose.containers()[service][copy]
        if not self._killer:
            self._killer = self.compose.docker(
                *("run", "--detach", "--rm", "--pid=host", "--network=none", "--user=0:0"),
                *("--cap-drop=ALL", "--cap-add=KILL", "--entrypoint=sleep"),
                *(self.compose.env["FUYUAN_IMAGE"], "3600"),
            ).strip()
        pid = found["State"]["Pid"]
        self.compose.docker("exec", self._killer, "sh", "-c", f"kill -9 {pid}")
        return int(found["RestartCount"])

    def restarted(self, service: str, before: int, copy: int = 0) -> bool:
        """Tell whether a container has come back since."""
        found = self.compose.containers()[service][copy]
        return bool(found["RestartCount"] > before and found["State"]["Running"])

    def answers(self, service: str) -> bool:
        """Tell whether a service (not the entry in its place) answers through the entry."""
        try:
            self.operator.get(service, "/v1/nothing-here")
        except ClientError as error:
            return error.status == NOT_FOUND
        return True

    def all_healthy(self) -> bool:
        """Tell whether every container says that it is well."""
        found = self.compose.containers()
        return all(healthy(found[name][0]["State"]) for name in RUNNING)

    def end(self) -> None:
        """Remove what is not of the project."""
        if self._killer:
            self.compose.docker("rm", "--force", self._killer)


def until(look: Callable[[], T | None], seconds: float) -> T:
    """Look again and again until there is something to see; a service may be away meanwhile."""
    deadline = time.monotonic() + seconds
    refused = ""
    while True:
        try:
            if found := look():
                return found
        except (ClientError, httpx.HTTPError) as error:
            refused = str(error)
        if time.monotonic() > deadline:
            pytest.fail(f"not seen within {seconds} s: {look} {refused}")
        time.sleep(0.3)


def healthy(state: Mapping[str, Any]) -> bool:
    """Tell whether a container runs and its health check says so."""
    return bool(state and state["Running"] and state["Health"]["Status"] == "healthy")


def _of_tax(queue: str) -> bool:
    return queue.startswith("q.office.tax.") and ".in." in queue

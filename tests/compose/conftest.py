"""The containers of docker-compose.yml as a project of its own, removed afterwards."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from services.client import Client, ClientError
from services.stack.keys import trusting
from services.stack.layout import Deployment
from services.stack.local import ROOT
from services.stack.ports import free_port

T = TypeVar("T")
SHOWN = pytest.StashKey[str]()
UP_SECONDS = 420
SERVICES = tuple(Deployment.under(ROOT).services())
RUNNING = (*SERVICES, "rabbitmq", "mongo", "caddy", "prometheus")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave them out unless they are asked for: they need Docker and minutes."""
    if "compose" in config.option.markexpr:
        return
    left = [item for item in items if item.get_closest_marker("compose")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if SHOWN in config.stash:
        terminalreporter.write_line(config.stash[SHOWN])


PORTS = ("ENTRY_PORT", "AMQPS_PORT", "MANAGEMENT_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")


@dataclass
class Compose:
    """One compose project: the command, with its settings."""

    name: str
    env: Mapping[str, str]

    def run(self, *arguments: str, seconds: float = 60, check: bool = True) -> str:
        """Give what the command prints; it fails with what it complained about."""
        done = subprocess.run(
            ["docker", "compose", "--project-name", self.name, *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(f"{' '.join(arguments)}: {done.stderr[-4000:]}")
        return done.stdout if check else done.stdout + done.stderr

    def inside(self, service: str, *command: str, check: bool = True) -> str:
        """Run something in a service's container."""
        return self.run("exec", "-T", service, *command, check=check)

    def inspect(self, service: str) -> dict[str, Any]:
        """Give what the daemon knows of a service's container."""
        container = self.run("ps", "--all", "--quiet", service).strip()
        told = subprocess.run(
            ["docker", "inspect", container], env=self.env, capture_output=True, check=True
        )
        found: dict[str, Any] = json.loads(told.stdout)[0]
        return found


@dataclass
class System:
    """The running containers, and a way to talk to them."""

    compose: Compose
    made: Path
    """Has `.env` and `.secrets`, as `make init` made them."""
    ports: Mapping[str, int]
    """By variable of docker-compose.yml."""
    operator: Client

    @property
    def entry(self) -> str:
        """Give the one address people know."""
        return f"https://localhost:{self.ports['ENTRY_PORT']}"

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


def until(look: Callable[[], T | None], seconds: float) -> T:
    """Look again and again until there is something to see; a service may be away meanwhile."""
    deadline = time.monotonic() + seconds
    refused = ""
    while True:
        try:
            if found := look():
                return found
        except ClientError as error:
            refused = str(error)
        if time.monotonic() > deadline:
            pytest.fail(f"not seen within {seconds} s: {look} {refused}")
        time.sleep(0.3)


@pytest.fixture(scope="session")
def docker() -> None:
    """Skips where there is no Docker to talk to."""
    if shutil.which("docker") is None:
        pytest.skip("no docker here")
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        if done.returncode:
            pytest.skip(f"`{' '.join(command)}` says: {done.stderr.strip()[-300:]}")


@pytest.fixture(scope="session")
def system(
    docker: None,  # noqa: ARG001 - skips first
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[System]:
    """Everything built and up, on free ports, with secrets of its own; gone afterwards."""
    made = tmp_path_factory.mktemp("made")
    initialised(made)
    ports: dict[str, int] = {}
    for variable in PORTS:
        ports[variable] = free_port(ports.values())
    settings = {
        "SECRETS_DIR": str(made / ".secrets"),
        "POLICY_FILE": "deploy/samples/policy-auto.yaml",
        **{name: str(port) for name, port in ports.items()},
    }
    with (made / ".env").open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in settings.items())
    env = {**os.environ, "COMPOSE_ENV_FILES": str(made / ".env")}
    compose = Compose(f"fuyuan-test-{os.getpid()}", env)
    try:
        began = time.monotonic()
        compose.run("build", seconds=UP_SECONDS)
        built, began = time.monotonic() - began, time.monotonic()
        said = compose.run("up", "--wait", seconds=UP_SECONDS, check=False)
        up = time.monotonic() - began
        pytestconfig.stash[SHOWN] = (
            f"built in {built:.0f} s, up in {up:.0f} s\n{compose.run('ps', '--all')}"
            f"\n{compose.run('logs', 'hand-out', 'provision')}"
        )
        if any(compose.inspect(name)["State"]["Status"] != "running" for name in RUNNING):
            pytest.fail(f"{said[-2000:]}\n{compose.run('logs', '--tail', '20')[-8000:]}")
        key = compose.run("run", "--rm", "--no-deps", "provision", "operator-key").strip()
        urls = {name: f"https://localhost:{ports['ENTRY_PORT']}/{name}" for name in SERVICES}
        trust = trusting(made / ".secrets" / "ca.pem")
        yield System(compose, made, ports, Client(urls, key, trust))
    finally:
        compose.run("down", "--volumes", "--remove-orphans", seconds=120, check=False)


def initialised(folder: Path) -> None:
    """Do what `make init` does."""
    done = subprocess.run(
        ["bash", str(ROOT / "deploy" / "init.sh")],
        env={**os.environ, "OUT": str(folder), "HOST": "localhost"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

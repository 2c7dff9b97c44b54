"""The containers of docker-compose.yml as a project of its own, removed afterwards.

It begins with the image of the commit before the last change and is upgraded, with messages in
flight; what the tests look at is the image of this tree.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.client import Client
from services.stack.keys import SECRET, trusting
from services.stack.layout import bootstrap_key
from services.stack.local import ROOT
from services.stack.ports import free_port
from services.stack.secrets import Secrets
from tests.compose.system import (
    PORTS,
    RUNNING,
    SERVICES,
    UP_SECONDS,
    Compose,
    System,
    until,
)
from tests.compose.table import Table

SHOWN = pytest.StashKey[list[str]]()
TABLE = Table(ROOT / ".local" / "compose.json")
IMAGE_PARTS = ("services", "contracts/src", "deploy/Dockerfile", "deploy/requirements.lock")
IN_FLIGHT = 12
TEST_SECONDS = 1800
HEALTHY_SECONDS = 300


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave them out unless they are asked for: they need Docker and minutes."""
    if "compose" in config.option.markexpr:
        for item in items:
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))
        return
    left = [item for item in items if item.get_closest_marker("compose")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, and what the daemon and the provisioner say."""
    for text in config.stash.get(SHOWN, ()):
        terminalreporter.write_line(text)
    if TABLE.rows:
        terminalreporter.section("what was done, how long it took, what held")
        for line in TABLE.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def table() -> Table:
    """The table of this run: printed at its end, and in `.local/compose.json`."""
    return TABLE


@pytest.fixture(scope="session")
def docker() -> None:
    """Skips where there is no Docker to talk to."""
    if shutil.which("docker") is None:
        pytest.skip("no docker here")
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            pytest.skip(f"`{' '.join(command)}` says: {done.stderr.strip()[-300:]}")


@pytest.fixture(scope="session")
def system(
    docker: None,  # noqa: ARG001 - skips first
    table: Table,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[System]:
    """Everything up, on free ports, with secrets of its own, and upgraded; gone afterwards.

    COMPOSE_TEST_KEEP names a folder: the containers stay, and the next run takes them as they are.
    """
    kept = os.environ.get("COMPOSE_TEST_KEEP")
    made = Path(kept) if kept else tmp_path_factory.mktemp("made")
    shown: list[str] = []
    pytestconfig.stash[SHOWN] = shown
    there = (made / "ports.json").exists()
    if not there:
        made.mkdir(parents=True, exist_ok=True)
        with table.doing("make init") as row:
            initialised(made)
            row.held = "secrets, a private CA and three certificates"
        numbers: list[int] = []
        for _ in PORTS:
            numbers.append(free_port(numbers))
        (made / "ports.json").write_text(json.dumps(dict(zip(PORTS, numbers, strict=True))))
    system = _system(made, "fuyuan-test-kept" if kept else f"fuyuan-test-{os.getpid()}")
    compose = system.compose
    try:
        if not there:
            before = _build_previous(compose, table)
            _up(system, table, f"up --wait, image of {before}")
            system.operator.key = _operator_key(compose)
            _upgrade(system, table, before)
        else:
            system.operator.key = bootstrap_key(Secrets.from_hex(system.secret(SECRET), SECRET))
        yield system
        shown += [compose.run("ps", "--all"), compose.run("logs", "hand-out", "provision")]
    finally:
        system.end()
        if not kept:
            compose.run("down", "--volumes", "--remove-orphans", check=False)
            compose.docker("image", "rm", "--force", compose.env["FUYUAN_IMAGE"], check=False)


def _system(made: Path, name: str) -> System:
    """Describe the project: its settings come from `made` and from here, never from `.env`."""
    ports: dict[str, int] = json.loads((made / "ports.json").read_text())
    settings = {
        "COMPOSE_ENV_FILES": str(made / ".env"),
        "FUYUAN_IMAGE": f"{name}:local",
        "SECRETS_DIR": str(made / ".secrets"),
        "POLICY_FILE": "deploy/samples/policy-auto.yaml",
        **{variable: str(port) for variable, port in ports.items()},
    }
    compose = Compose(name, {**os.environ, **settings})
    urls = {service: f"https://localhost:{ports['ENTRY_PORT']}/{service}" for service in SERVICES}
    return System(compose, made, ports, Client(urls, "", trusting(made / ".secrets" / "ca.pem")))


def _build_previous(compose: Compose, table: Table) -> str:
    """Build the image that comes before this tree's, under the same tag; name its commit."""
    commit = os.environ.get("UPGRADE_FROM") or _previous_commit()
    name = subprocess.run(
        ["git", "log", "-1", "--format=%h", commit],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    with table.doing(f"docker build, commit {name}") as row:
        archive = subprocess.run(
            ["git", "archive", commit], cwd=ROOT, capture_output=True, check=True
        ).stdout
        tag = f"--tag={compose.env['FUYUAN_IMAGE']}"
        command = ("build", tag, "--file=deploy/Dockerfile", "-")
        compose.docker(*command, seconds=UP_SECONDS, given=archive)
        row.held = "the image before this tree's, to upgrade from"
    return f"commit {name}"


def _previous_commit() -> str:
    """Find the commit before the last change of what the image is made of, committed or not."""
    told = subprocess.run(
        ["git", "status", "--porcelain", "--", *IMAGE_PARTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    commits = subprocess.run(
        ["git", "log", "-2", "--format=%H", "--", *IMAGE_PARTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return commits[0] if told.strip() else commits[-1]


def _up(system: System, table: Table, what: str, *options: str) -> None:
    compose = system.compose
    with table.doing(what) as row:
        said = compose.run("up", "--wait", *options, seconds=UP_SECONDS, check=False)
        if any(name not in compose.containers() for name in RUNNING):
            pytest.fail(f"not all were started\n{said[-3000:]}")
        until(system.all_healthy, HEALTHY_SECONDS)
        row.held = f"{len(RUNNING)} containers healthy"


def _upgrade(system: System, table: Table, before: str) -> None:
    """As an operator does: the new tree, `up --build --wait`; while cases are on their way."""
    with table.doing(f"upgraded from {before} under load") as row:
        compose = system.compose
        load = system.load()
        try:
            compose.run("stop", "agency-tax")  # what is sent to it waits in its inbox
            until(lambda: len(load.accepted) >= IN_FLIGHT and system.in_flight(), 120)
            waiting = system.in_flight()
            found = compose.containers()
            system.upgraded_from = {name: found[name][0]["Image"] for name in SERVICES}
            _up(system, table, "up --build --wait, this tree's image", "--build")
            verdict = system.judge(load, row)
        finally:
            load.stop()
        assert verdict.effects
        row.held += f"; {waiting} messages waited for a stopped agency"


def _operator_key(compose: Compose) -> str:
    return compose.run("run", "--rm", "--no-deps", "-T", "provision", "operator-key").strip()


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

"""The test suite's own fixtures, on a broker and a database that testcontainers starts."""

import os
import subprocess
import sys

import pytest

from services.stack.containers import Containers
from services.stack.local import ROOT
from tests.compose.table import Table

pytestmark = pytest.mark.compose
FILES = ("tests/stack/test_provision.py",)


@pytest.mark.usefixtures("docker")
def test_the_fixtures_run_on_containers(table: Table) -> None:
    with table.doing("testcontainers: broker, database, tests on them") as row:
        containers = Containers()
        try:
            admin = ("admin", "fixtures-password")
            address, management = containers.broker(admin)
            database = containers.database()
            env = {
                "AMQP_URL": f"amqp://{':'.join(admin)}@{address}/%2F",
                "RABBITMQ_MANAGEMENT_URL": management,
                "MONGO_URL": database,
            }
            done = _suite(env)
        finally:
            containers.stop()
        assert done.returncode == 0, done.stdout[-4000:]
        row.held = f"{' '.join(FILES)}: {_last(done.stdout)}"


def _suite(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":

    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *FILES],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _last(output: str) -> str:
    return next(line for line in reversed(output.splitlines()) if " passed" in line).strip("= ")

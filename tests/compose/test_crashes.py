"""`kill -9` of each container's process, one after the other, while cases are filed."""

from collections.abc import Iterator

import pytest

from services.client import ClientError
from tests.compose.load import Load
from tests.compose.system import SERVICES, System, until
from tests.compose.table import Table

pytestmark = pytest.mark.compose
BACK_SECONDS = 150
AMQPS = "health/checks/port-listener/5671"


@pytest.fixture(scope="module")
def load(system: System) -> Iterator[Load]:
    """Cases filed all the while."""
    load = system.load(pause=1)
    yield load
    load.stop()


@pytest.mark.parametrize("service", [*SERVICES, "caddy", "rabbitmq", "mongo"])
def test_a_killed_container_is_started_again(
    system: System, load: Load, table: Table, service: str
) -> None:
    accepted = len(load.accepted)
    with table.doing(f"kill -9 {service} under load") as row:
        before = system.kill(service)
        assert until(lambda: system.restarted(service, before), BACK_SECONDS)
        assert until(lambda: _works(system, service), BACK_SECONDS)
        row.held = "started again by itself, and works"
    until(lambda: len(load.accepted) > accepted, BACK_SECONDS)


def test_nothing_was_lost_and_nothing_counted_twice(
    system: System, load: Load, table: Table
) -> None:
    with table.doing("after every container was killed") as row:
        system.judge(load, row)
        until(system.all_healthy, BACK_SECONDS)


def _works(system: System, service: str) -> bool:
    if service == "rabbitmq":
        return bool(system.manage(AMQPS)["status"] == "ok")
    if service in SERVICES:
        return system.answers(service)
    try:  # the database, by way of the entry
        system.operator.get("routing", "/v1/cases/none")
    except ClientError as error:
        return error.status in (400, 404, 422)
    return True

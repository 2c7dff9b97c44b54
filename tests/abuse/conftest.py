"""A stack of this folder's own, as it would be deployed: nothing here is opened for a lab."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.stack.local import Local
from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.abuse.planting import Planted, plant
from tests.support.routes import Route, routes_of
from tests.support.running import stack_named
from tests.support.world import World

NAME = f"abuse-{os.getpid()}"
PREFIX = f"{NAME}_"
RELAY = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1"}
"""Mail is offered, and gets nowhere: nobody listens there."""


@pytest.fixture(scope="package")
def local(
    servers: Servers, secrets: Secrets, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Local]:
    directory: Path = tmp_path_factory.mktemp("stack")
    with stack_named(NAME, servers, secrets, directory, more={"notices": RELAY}) as running:
        yield running


@pytest.fixture(scope="package")
def world(local: Local) -> World:
    return World(local, PREFIX)


@pytest.fixture(scope="package")
def routes(world: World) -> list[Route]:
    """Every route of every service, as it describes itself."""
    return routes_of(world)


@pytest.fixture(scope="package")
def planted(world: World) -> Planted:
    """A case, and everything about it."""
    return plant(world)

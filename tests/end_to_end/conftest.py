"""The whole system, each service a process of its own, on the run's broker and database."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.stack.local import Local
from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.support.oracle import Oracle
from tests.support.running import stack_named
from tests.support.world import World

NAME = f"e2e-{os.getpid()}"
PREFIX = f"{NAME}_"
LAB = {
    "NOTICES_ALLOW_HTTP": "true",
    "NOTICES_ALLOW_NETWORKS": "127.0.0.1/32",
    "NOTICES_PORTS": "[]",
}
"""Webhooks may lead to this machine here; otherwise only to public addresses."""
ANCHORED = {"ANCHOR_SECONDS": "0.5", "ANCHOR_AFTER_SECONDS": "0.5"}
"""Histories are in the lists of ends at once, not after a minute or two."""


@pytest.fixture(scope="package")
def local(
    servers: Servers, secrets: Secrets, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Local]:
    directory: Path = tmp_path_factory.mktemp("stack")
    with stack_named(
        NAME, servers, secrets, directory, more={"notices": LAB}, everywhere=ANCHORED
    ) as running:
        yield running


@pytest.fixture(scope="package")
def world(local: Local) -> World:
    return World(local, PREFIX)


@pytest.fixture(scope="package")
def oracle(local: Local) -> Oracle:
    return Oracle(local.servers.mongo_url, PREFIX, local.operator())

"""The real broker and database, one of each for the whole run, started when first asked for."""

import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pymongo
import pytest
from xdist.scheduler import LoadScopeScheduling

from fuyuan_contracts.channels import SERVICES
from services.stack.bus import Bus
from services.stack.secrets import Secrets
from services.stack.servers import Servers

OFFICES = ("tax.410500", "tax.410526", "housing.410500")
TOGETHER = ("abuse", "end_to_end", "kit", "compose")
"""Folders whose files share a stack or an installation, and one of which looks at the end."""
MEMORY_BYTES = 8 * 2**30
CHOSEN = pytest.StashKey[str]()
numbers = itertools.count(1)

hypothesis.settings.register_profile("fuyuan", max_examples=50, deadline=None)
hypothesis.settings.load_profile("fuyuan")


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps a file's tests together in one worker, in their order; a whole folder's of TOGETHER.

    Each worker has a broker and a database of its own. (Groups by mark, xdist's own way, have no
    effect with pytest 9.2: it no longer takes a test's id from where xdist 3.8 writes the group.)
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.split("/")[-2]
        return folder if folder in TOGETHER else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


@pytest.fixture(scope="session")
def secrets() -> Secrets:
    """The deployment secret of this run."""
    return Secrets.random()


@pytest.fixture(scope="session")
def servers(secrets: Secrets, pytestconfig: pytest.Config) -> Iterator[Servers]:
    """Broker and database: AMQP_URL/MONGO_URL, else private ones (6 s), else containers."""
    with tempfile.TemporaryDirectory(
        prefix="fuyuan-", dir=_fast_folder(), ignore_cleanup_errors=True
    ) as directory:
        running = Servers.start(Path(directory), secrets, os.environ)
        pytestconfig.stash[CHOSEN] = running.chosen
        yield running
        running.kill()  # the data are thrown away: no need to shut down in order


def _fast_folder() -> Path | None:
    """Choose memory for data that are thrown away, where there is enough: no disk can stall it."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of the run's own is made in it
    enough = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if enough and shutil.disk_usage(memory).free > MEMORY_BYTES else None


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    workers = config.getoption("numprocesses", None)
    none = "a broker and a database a worker" if workers else "no broker or database was needed"
    terminalreporter.write_line(config.stash.get(CHOSEN, none))


@pytest.fixture(scope="session")
def mongo_url(servers: Servers) -> str:
    """A replica set that takes majority writes."""
    return servers.mongo_url


@pytest.fixture
def database_prefix(servers: Servers) -> Iterator[str]:
    """Starts the name of every database of one test; all of them are dropped afterwards."""
    prefix = f"test{os.getpid()}_{next(numbers)}_"
    yield prefix
    with pymongo.MongoClient[dict[str, Any]](servers.mongo_url) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)


@pytest.fixture
def db_name(database_prefix: str) -> str:
    """One database of one test."""
    return f"{database_prefix}db"


@pytest.fixture(scope="session")
def management(servers: Servers) -> tuple[str, tuple[str, str]]:
    """The management API's address and administrator; skips where it can't be reached."""
    if not servers.management_url:
        pytest.skip("this broker's management API can't be reached")
    return servers.management_url, servers.admin


@pytest.fixture
async def bus(servers: Servers, secrets: Secrets) -> AsyncIterator[Bus]:
    """A fresh virtual host with the whole topology for three offices (0.5 s)."""
    async for made in fresh_bus(servers, secrets):
        yield made


@pytest.fixture(scope="module")
async def module_bus(servers: Servers, secrets: Secrets) -> AsyncIterator[Bus]:
    """The same for all tests of a file, which then leave nothing behind for each other."""
    async for made in fresh_bus(servers, secrets):
        yield made


async def fresh_bus(
    servers: Servers,
    secrets: Secrets,
    offices: tuple[str, ...] = OFFICES,
    services: tuple[str, ...] = SERVICES,
) -> AsyncIterator[Bus]:
    """Give a virtual host that is removed afterwards; the users of its offices stay."""
    vhost = f"test-{os.getpid()}-{next(numbers)}"
    made = await Bus.declare(servers, secrets, vhost, offices, services)
    yield made
    await made.remove()

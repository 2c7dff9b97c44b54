"""One stack for the faults it survives, a new one where a test needs its own; one table."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.stack.local import ROOT
from tests.faults.harness import Faults, stack
from tests.faults.table import Table

TABLE = pytest.StashKey[Table]()
SEED = 10_000 * int(os.environ.get("FAULTS_SEED", "1"))
"""Each seed files other cases; `make faults-long` counts it up."""


@pytest.fixture(scope="session")
def table(pytestconfig: pytest.Config) -> Table:
    """The table of this run: printed at its end, and in `.local/faults.json`."""
    made = pytestconfig.stash[TABLE] = Table(ROOT / ".local" / "faults.json")
    return made


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory, table: Table) -> Iterator[Faults]:
    """A stack with a private broker and database, one process a service."""
    # it can be told to choke on marked messages (test_poison); till then its code is as it is
    folder, mutants = tmp_path_factory.mktemp("faults"), {"metrics": "poisoned"}
    with stack(folder, table, mutants=mutants, seed=SEED) as made:
        yield made


@pytest.fixture(scope="session")
def doubled(tmp_path_factory: pytest.TempPathFactory, table: Table) -> Iterator[Faults]:
    """The same with two copies of every service."""
    with stack(tmp_path_factory.mktemp("doubled"), table, copies=2, seed=SEED + 5000) as made:
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for a stack of a test's own."""
    return tmp_path


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if table := config.stash.get(TABLE, None):
        terminalreporter.section("faults")
        for line in table.lines():
            terminalreporter.write_line(line)

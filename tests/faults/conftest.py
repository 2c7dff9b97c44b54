"""One stack for the faults it survives, a new one where a test needs its own; one table."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.stack.local import ROOT
from tests.faults.docked import IMAGE
from tests.faults.harness import Faults, stack
from tests.faults.table import Table

SEED = 10_000 * int(os.environ.get("FAULTS_SEED", "1"))
"""Each seed files other cases; `make faults-long` counts it up."""
TABLE = Table(ROOT / ".local" / ("faults-4x.json" if IMAGE else "faults.json"))
"""Of this run, and of all seeds of `make faults-long`: printed in the end."""


def pytest_configure(config: pytest.Config) -> None:
    """Begin a new table, once for all processes, with the first seed."""
    if not hasattr(config, "workerinput") and SEED == 10_000 and "faults" in config.option.markexpr:
        TABLE.begin()


@pytest.fixture(scope="session")
def table() -> Table:
    """The table of this run: printed at its end, and in `.local/faults.json`."""
    return TABLE


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table where any of these tests has run."""
    ran = [item for items in terminalreporter.stats.values() for item in items]
    if any("tests/faults/" in getattr(item, "nodeid", "") for item in ran) and TABLE.rows():
        terminalreporter.section("faults")
        for line in TABLE.lines():
            terminalreporter.write_line(line)

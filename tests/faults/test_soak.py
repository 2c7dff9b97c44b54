"""A long time under load, with something hurt every half minute (`make faults-long`)."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness import BATCH, Faults, Load, stack
from tests.faults.table import Table
from tests.faults.test_broker import close_all
from tests.faults.test_database import database_of

pytestmark = [pytest.mark.faults_long, pytest.mark.timeout(3 * 3600)]
SECONDS = int(os.environ.get("SOAK_SECONDS", "1200"))
PAUSE_SECONDS = 3.0
BETWEEN_SECONDS = (15, 45)
MOST_MIB = 250
"""What a service may hold at its end, in spite of all that came and went."""


def test_a_soak_loses_nothing_and_no_service_grows(place: Path, table: Table) -> None:
    cases = int(SECONDS / PAUSE_SECONDS) * BATCH
    chosen = random.Random(SECONDS)
    with stack(place, table, seed=7000) as faults:
        with faults.load(f"a soak of {SECONDS} s", cases, pause=PAUSE_SECONDS) as load:
            hurts = 0
            while len(set(load.accepted)) < cases:
                time.sleep(chosen.uniform(*BETWEEN_SECONDS))
                hurt = chosen.choice(HURTS)
                print(f"{len(load.accepted)} of {cases} accepted; {hurt.__name__}")
                load.broken()
                hurt(faults, chosen)
                faults.wait_ready()
                load.mended()  # how long the last one took
                hurts += 1
            caught_up(faults, load)
        print(f"hurt {hurts} times")
        held = {name: resident_mib(item.pid) for name, item in faults.services.items()}
    print({name: round(mib) for name, mib in held.items()})
    assert max(held.values()) < MOST_MIB, held


def a_service(faults: Faults, chosen: random.Random) -> None:
    name = chosen.choice(sorted(faults.services))
    service = faults.services[name]
    before = service.restarts
    service.daemon.kill()
    faults.wait_until(lambda: service.restarts > before)


def the_broker(faults: Faults, _chosen: random.Random) -> None:
    faults.broker.kill()
    faults.broker.start()


def the_database(faults: Faults, _chosen: random.Random) -> None:
    database_of(faults).kill()
    database_of(faults).start()


def the_connections(faults: Faults, _chosen: random.Random) -> None:
    close_all(faults.broker)


HURTS: tuple[Callable[[Faults, random.Random], None], ...] = (
    a_service, a_service, a_service, the_broker, the_database, the_connections,
)  # fmt: skip


def caught_up(faults: Faults, load: Load) -> None:
    """Wait until all are closed: with so many cases that takes longer than after one fault."""
    faults.wait_until(lambda: faults.oracle.closed(load.accepted) == len(set(load.accepted)), 900)


def resident_mib(pid: int | None) -> float:
    if pid is None:
        return 0
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

"""What the stack costs with nothing to do: memory and CPU of each of its processes."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.stack.servers import Servers
from tests.benchmarks.ours import Ours
from tests.benchmarks.watching import BROKER, DATABASE, PAGE_MIB, cpu_of, family

SETTLE_SECONDS, WATCH_SECONDS = 8, 20
GOAL_MIB = 90
"""What a service may hold when it idles."""


@dataclass(frozen=True)
class Idle:
    """One service, or a server with all its processes."""

    name: str
    mib: float
    """Resident memory."""
    cpu_percent: float
    """Of one core."""


def measure(ours: Ours, servers: Servers) -> list[Idle]:
    """Let everything be for a while, and look what is used."""
    roots = {name: item.pid for name, item in ours.local.stack.services.items()}
    roots |= {BROKER: servers.broker.pid if servers.broker else None}
    roots |= {DATABASE: servers.mongo.pid if servers.mongo else None}
    time.sleep(SETTLE_SECONDS)
    before = {name: _cpu(pid) for name, pid in roots.items() if pid}
    time.sleep(WATCH_SECONDS)
    return [
        Idle(name, _mib(roots[name]), (_cpu(roots[name]) - used) / WATCH_SECONDS * 100)
        for name, used in before.items()
    ]


def _cpu(pid: int | None) -> float:
    return sum(cpu_of(one) for one in family(pid)) if pid else 0


def _mib(pid: int | None) -> float:
    found = 0.0
    for one in family(pid) if pid else ():
        with suppress(OSError):
            found += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE_MIB
    return found

"""Whether memory stays as it is while cases come in, minute after minute."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

from services.stack.servers import Servers
from tests.benchmarks.contest import BATCH, Told, wait_closed
from tests.benchmarks.growth.grown import Grown, Workload
from tests.benchmarks.watching import DATABASE, PAGE_MIB
from tests.benchmarks.workload import lines

UNDER_WAY = 2 * BATCH
"""Filed and not yet closed, at most: there is always work, and never more and more of it."""
EVERY_SECONDS = 2
JUDGED = 2000
"""Of the last so many each effect is looked at; of the others that they closed."""


@dataclass
class Soak:
    """Resident MiB by service, over time."""

    seconds: float = 0
    cases: int = 0
    lost: int = 0
    duplicates: int = 0
    samples: dict[str, list[float]] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Cases per second."""
        return self.cases / self.seconds if self.seconds else 0

    def quarters(self) -> Mapping[str, tuple[float, float]]:
        """Give the mean of the second and the last quarter, by service.

        In the first, caches of states fill (10,000 subjects a service, `runtime/states.py`).
        """
        found = {}
        for name, samples in self.samples.items():
            quarter = max(len(samples) // 4, 1)
            second = samples[quarter : 2 * quarter] or samples
            found[name] = (mean(second), mean(samples[-quarter:]))
        return found

    @property
    def growth(self) -> float:
        """Tell how much more the services hold in the end, together."""
        quarters = [both for name, both in self.quarters().items() if name != DATABASE]
        before = sum(first for first, _ in quarters)
        return sum(last for _, last in quarters) / before if before else 0


def measure(
    contestant: Grown, servers: Servers, workload: Workload, minutes: float, told: Told
) -> Soak:
    """File for so many minutes, as fast as cases close."""
    soak, accepted = Soak(), list[str]()
    already, began = contestant.closed(), time.monotonic()
    looked, said, last = 0.0, 0, datetime.now(UTC)
    while (now := time.monotonic() - began) < minutes * 60:
        closed = contestant.closed() - already
        if len(accepted) - closed < UNDER_WAY:
            if len(accepted) % JUDGED == 0:
                last, kept = datetime.now(UTC), len(accepted)
            accepted += contestant.file(lines(workload.take(BATCH)))
        else:
            time.sleep(0.2)
        if now - looked > EVERY_SECONDS:
            looked = now
            _weigh(soak, contestant, servers)
        if now // 60 > said:
            said = int(now // 60)
            told(f"{said} of {minutes:g} minutes, {closed} cases closed")
    ended = wait_closed(contestant, already + len(accepted))
    soak.seconds, soak.cases = ended - began, len(accepted)
    soak.lost = len(accepted) - (contestant.closed() - already)
    contestant.oracle.since(last)
    contestant.judged(accepted[kept:])
    if contestant.verdict:
        soak.duplicates = contestant.verdict.duplicates
        soak.lost = max(soak.lost, contestant.verdict.lost)
    return soak


def _weigh(soak: Soak, contestant: Grown, servers: Servers) -> None:
    pids = {name: item.pid for name, item in contestant.local.stack.services.items()}
    pids[DATABASE] = servers.mongo.pid if servers.mongo else None
    for name, pid in pids.items():
        with suppress(OSError):
            resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            soak.samples.setdefault(name, []).append(resident * PAGE_MIB)

"""What processes cost: CPU seconds and memory, by name, read from /proc."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
EVERY_SECONDS = 0.3
PYTHON, BROKER, DATABASE = "python", "rabbitmq", "mongod"
Pids = Mapping[str, list[int]]
"""Processes of each of the three; their descendants count with them."""


@dataclass
class Cost:
    """What was used by each of the three."""

    cpu: dict[str, float] = field(default_factory=dict)
    """CPU seconds."""
    peak_mib: dict[str, float] = field(default_factory=dict)
    """The most resident memory at a time, of all its processes together."""


@contextmanager
def watched(pids: Callable[[], Pids]) -> Iterator[Cost]:
    """Measure for as long as the block lasts; the cost is there at its end."""
    cost, stopping = Cost(), threading.Event()
    before = _cpu(pids())

    def look() -> None:
        while not stopping.wait(EVERY_SECONDS):
            _weigh(cost, pids())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield cost
    finally:
        stopping.set()
        thread.join()
        _weigh(cost, pids())
        after = _cpu(pids())
        cost.cpu = {name: used - before.get(name, 0) for name, used in after.items()}


def family(pid: int) -> list[int]:
    """Give a process and all its descendants."""
    found = [pid]
    for parent in found:
        for file in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, file.read_text().split())
    return found


def _cpu(pids: Pids) -> dict[str, float]:
    return {
        name: sum(cpu_of(pid) for root in roots for pid in family(root))
        for name, roots in pids.items()
    }


def cpu_of(pid: int) -> float:
    """Give the CPU seconds a process has used; 0 for one that is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0


def _weigh(cost: Cost, pids: Pids) -> None:
    now: Counter[str] = Counter()
    for name, roots in pids.items():
        for pid in (pid for root in roots for pid in family(root)):
            with suppress(OSError):
                resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                now[name] += resident * PAGE_MIB  # type: ignore[assignment]  # MiB in fractions
    cost.peak_mib = {name: max(cost.peak_mib.get(name, 0), mib) for name, mib in now.items()}

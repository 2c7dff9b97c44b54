"""What was measured, as a table for people and as `.local/bench.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.benchmarks.batch_filing import BatchFiling
from tests.benchmarks.contest import Round
from tests.benchmarks.figures import rate, short, spread, verdicts
from tests.benchmarks.idle import GOAL_MIB, Idle
from tests.benchmarks.latency import Latency
from tests.benchmarks.watching import BROKER, DATABASE, PYTHON

NAMES = ("ours", "one_at_a_time", "celery", "limit")
GOALS = {
    "one_at_a_time": ("cases/s, times one at a time", ">=", 6.0),
    "celery": ("cases/s, times Celery", ">=", 6.0),
    "limit": ("cases/s, of the limit", ">=", 0.5),
    "p50_ratio": ("filing to inbox at half load, median, times bare", "<=", 3.0),
    "p99_ratio": ("the same, 99th percentile", "<=", 5.0),
    "batch": ("batch filing, of a bare insert_many", ">=", 0.6),
}
HEAD = (
    f"{'':<15}{'cases/s':>9}{'(least - most)':>18}{'CPU s/1000':>12}{'Python':>9}{'broker':>8}"
    f"{'mongod':>8}{'peak MiB':>10}{'broker':>8}{'mongod':>8}{'lost':>6}"
)


@dataclass
class Results:
    """All rounds."""

    cases: int
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    latencies: list[Latency] = field(default_factory=list)
    batch: BatchFiling | None = None
    idle: list[Idle] = field(default_factory=list)
    also_lost: int = 0
    """Of the cases latency was measured with."""
    per_case: Mapping[str, float] = field(default_factory=dict)
    """Messages and writes of the product (and the limit)."""

    @property
    def lost(self) -> int:
        """Count every case that did not come to its end, in any round."""
        rounds = (item for items in self.rounds.values() for item in items)
        return self.also_lost + sum(item.lost for item in rounds)

    def rate(self, name: str) -> float | None:
        """Give a contestant's cases per second: the median of its rounds."""
        found = self.rounds.get(name)
        return rate(found) if found else None

    def ratio(self, name: str) -> float | None:
        """Give ours as a multiple of another's."""
        mine, other = self.rate("ours"), self.rate(name)
        return mine / other if mine and other else None

    def figures(self) -> dict[str, float | None]:
        """Give what the goals are about."""
        found = {name: self.ratio(name) for name in NAMES[1:]}
        ratios: Sequence[tuple[float, float]] = [item.ratios for item in self.latencies]
        for place, name in enumerate(("p50_ratio", "p99_ratio")):
            found[name] = median(item[place] for item in ratios) if ratios else None
        return found | {"batch": self.batch.ratio if self.batch else None}


def as_json(results: Results) -> dict[str, Any]:
    """Give `.local/bench.json`."""
    figures = {name: short(value) for name, value in results.figures().items()}
    return {
        "contestants": {name: _contestant(found) for name, found in results.rounds.items()},
        "ratios": {name: figures[name] for name in NAMES[1:]},
        "latency": {name: figures[name] for name in ("p50_ratio", "p99_ratio")},
        "batch_filing_ratio": figures["batch"],
        "idle": {
            item.name: {"mib": short(item.mib), "cpu_percent": short(item.cpu_percent)}
            for item in results.idle
        },
        "lost": results.lost,
    }


def table(results: Results) -> str:
    """Give the table, with the goals beside the figures."""
    lines = [HEAD, *(_row(name, found) for name, found in results.rounds.items()), ""]
    if results.per_case:
        said = ", ".join(f"{name} {value:g}" for name, value in results.per_case.items())
        lines += [f"ours, a case: {said}", ""]
    lines += [
        f"filing to inbox at {item.rate:.0f}/s: p50 {item.filed[0]:.1f} ms, p99 "
        f"{item.filed[1]:.1f} ms; bare: {item.bare[0]:.2f} ms, {item.bare[1]:.2f} ms"
        for item in results.latencies
    ]
    if batch := results.batch:
        lines += [f"batch filing: {batch.filed:.0f}/s; bare insert_many: {batch.bare:.0f}/s"]
    lines += _idle(results.idle)
    lines += ["", *verdicts(results.figures(), GOALS, results.lost, 50)]
    wrong = [f"{name}: {line}" for name, found in results.rounds.items()
             for item in found for line in item.wrong[:5]]  # fmt: skip
    return "\n".join([*lines, *wrong])


def _idle(found: list[Idle]) -> list[str]:
    """Say what each process costs with nothing to do."""
    if not found:
        return []
    rows = (
        f"  {item.name:<28}{item.mib:>8.0f} MiB{item.cpu_percent:>8.1f} % of a core"
        for item in (*found, _all(found))
    )
    return ["", f"with nothing to do (goal: under {GOAL_MIB} MiB a service)", *rows]


def _all(found: list[Idle]) -> Idle:
    return Idle("all", sum(item.mib for item in found), sum(item.cpu_percent for item in found))


def _row(name: str, found: list[Round]) -> str:
    cpu = [median(item.cpu(part) for item in found) for part in (None, PYTHON, BROKER, DATABASE)]
    mib = [_mib(found, part) for part in (PYTHON, BROKER, DATABASE)]
    lost = sum(item.lost for item in found)
    return (
        f"{name:<15}{rate(found):>9.1f}{spread(found):>18}{cpu[0]:>12.1f}{cpu[1]:>9.1f}{cpu[2]:>8.1f}"
        f"{cpu[3]:>8.1f}{mib[0]:>10.0f}{mib[1]:>8.0f}{mib[2]:>8.0f}{lost:>6}"
    )


def _contestant(found: list[Round]) -> dict[str, float | None]:
    return {
        "cases_per_second": short(rate(found)),
        "cpu_seconds_per_1000": short(median(item.cpu() for item in found)),
        "peak_mib": short(_mib(found, PYTHON)),
    }


def _mib(found: list[Round], part: str) -> float:
    return max(item.cost.peak_mib.get(part, 0) for item in found)

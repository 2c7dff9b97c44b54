"""What was measured, as a table for people and as `.local/growth.json`."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.benchmarks.contest import Round
from tests.benchmarks.figures import Goals, rate, short, spread, verdicts
from tests.benchmarks.growth.sizes import Size
from tests.benchmarks.growth.soaking import Soak

GOALS: Goals = {
    "throughput": ("cases/s with all cases stored, of those with few", ">=", 0.9),
    "bulletin": ("a half-year's bulletin, times that with a tenth", "<=", 2.0),
    "page": ("the slowest page of a search, times the same with a tenth", "<=", 2.0),
    "worst_page": ("the page that slows down most, times", "<=", 2.0),
    "memory": ("memory of the services, last quarter of the load to the second", "<=", 1.05),
    "duplicates": ("effects had twice", "<=", 0),
}


@dataclass
class Asked:
    """How long answers take, in seconds, with so many cases stored."""

    cases: int
    filed: int
    """Cases filed in the bulletin's half-year."""
    bulletin: float
    pages: dict[str, float]


@dataclass
class Results:
    """All that was measured."""

    cases: int
    rounds: dict[int, list[Round]] = field(default_factory=dict)
    """By how many cases were stored."""
    asked: list[Asked] = field(default_factory=list)
    soak: Soak | None = None
    sizes: list[Size] = field(default_factory=list)
    copies: dict[int, list[Round]] = field(default_factory=dict)
    duplicates: int = 0

    @property
    def lost(self) -> int:
        """Count the cases that did not come to their end."""
        rounds = [*self.rounds.values(), *self.copies.values()]
        return sum(item.lost for some in rounds for item in some) + (
            self.soak.lost if self.soak else 0
        )

    def figures(self) -> dict[str, float | None]:
        """Give what the goals are about."""
        found: dict[str, float | None] = dict.fromkeys(GOALS)
        if len(self.rounds) > 1:
            rates = [rate(self.rounds[stored]) for stored in sorted(self.rounds)]
            found["throughput"] = rates[-1] / rates[0]
        if len(self.asked) > 1:
            few, many = self.asked[0], self.asked[-1]
            found["bulletin"] = many.bulletin / few.bulletin
            found["page"] = max(many.pages.values()) / max(few.pages.values())
            found["worst_page"] = max(many.pages[name] / few.pages[name] for name in few.pages)
        if self.soak:
            found["memory"] = self.soak.growth
        found["duplicates"] = self.duplicates
        return found


def as_json(results: Results) -> dict[str, Any]:
    """Give `.local/growth.json`."""
    soak = results.soak
    return {
        "cases": results.cases,
        "figures": {name: short(value) for name, value in results.figures().items()},
        "cases_per_second": {
            str(stored): short(rate(rounds)) for stored, rounds in results.rounds.items()
        },
        "asked": [
            {"cases": item.cases, "filed_in_half_year": item.filed,
             "bulletin_ms": _ms(item.bulletin),
             "pages_ms": {name: _ms(value) for name, value in item.pages.items()}}
            for item in results.asked
        ],
        "memory_mib": {
            name: [short(first), short(last)] for name, (first, last) in soak.quarters().items()
        } if soak else {},
        "soak": {"seconds": short(soak.seconds), "cases": soak.cases} if soak else {},
        "bytes_per_case": {
            item.store: {"data": round(item.data), "disk": round(item.disk),
                         "indexes": round(item.indexes)}
            for item in results.sizes
        },
        "copies": {
            str(number): short(rate(rounds)) for number, rounds in results.copies.items()
        },
        "duplicates": results.duplicates,
        "lost": results.lost,
    }  # fmt: skip


def table(results: Results) -> str:
    """Give the table, with the goals beside the figures."""
    lines = ["cases stored          cases/s     CPU s per 1,000"]
    lines += [_round(f"{stored:,}", rounds) for stored, rounds in sorted(results.rounds.items())]
    lines += ["", "copies of the consuming services"]
    lines += [_round(str(number), rounds) for number, rounds in results.copies.items()]
    lines += ["", _asked("ms, with cases stored:", [f"{item.cases:,}" for item in results.asked])]
    bulletins = [f"{item.bulletin * 1000:.0f}" for item in results.asked]
    lines.append(_asked("a half-year's bulletin", bulletins))
    for name in results.asked[0].pages if results.asked else ():
        lines.append(_asked(name, [f"{item.pages[name] * 1000:.1f}" for item in results.asked]))
    if soak := results.soak:
        said = f"{soak.cases} cases in {soak.seconds:.0f} s, {soak.rate:.1f}/s"
        lines += ["", f"MiB in the second and the last quarter of the load ({said})"]
        lines += [
            f"  {name:<28}{first:>8.0f}{last:>8.0f}"
            for name, (first, last) in soak.quarters().items()
        ]
    lines += ["", f"{'bytes a case':<30}{'documents':>10}{'on disk':>10}{'indexes':>10}"]
    lines += [
        f"  {item.store:<28}{item.data:>10.0f}{item.disk:>10.0f}{item.indexes:>10.0f}"
        for item in results.sizes
    ]
    lines += ["", *verdicts(results.figures(), GOALS, results.lost, 62)]
    return "\n".join([*lines, *_wrong(results)])


def _wrong(results: Results) -> list[str]:
    rounds = [*results.rounds.values(), *results.copies.values()]
    return [line for some in rounds for item in some for line in item.wrong[:3]]


def _round(name: str, rounds: list[Round]) -> str:
    cpu = median(item.cpu() for item in rounds)
    return f"{name:<18}{rate(rounds):>11.1f}{spread(rounds):>16}{cpu:>10.1f}"


def _asked(name: str, values: list[str]) -> str:
    return f"{name:<30}" + "".join(f"{value:>14}" for value in values)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)

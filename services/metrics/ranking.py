"""Offices by how they work, guarded against small numbers. Pure.

They are ranked by the lower bound of Wilson's interval (95 %) of their on-time resolution rate: one
assignment in time of one says little (bound 20.7 %), ninety of a hundred much (82.6 %).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from services.metrics.cubes import Row

Z = 1.959963984540054
"""Of 95 %, two-sided."""
LEAST = 5
"""Assignments judged below which an office is shown and not ranked."""
NAMES = (
    "n", "delivered", "received_on_time", "receipt_judged", "resolved_on_time",
    "resolution_judged", "returned",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranked:
    """An office with its sums, its bound and its rank (None: too few to tell)."""

    office: str
    sums: Mapping[str, int]
    bound: float | None
    rank: int | None


def wilson(part: int, whole: int) -> float | None:
    """Give the lower bound of Wilson's interval; None of nothing."""
    if whole == 0:
        return None
    share, square = part / whole, Z * Z / whole
    middle = share + square / 2
    spread = Z * sqrt(share * (1 - share) / whole + square / (4 * whole))
    return max((middle - spread) / (1 + square), 0.0)


def ranked(rows: Iterable[Row]) -> list[Ranked]:
    """Rank offices; those with the same bound share a rank, those with too few come last."""
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        own = sums.setdefault(row.keys.get("office") or "", dict.fromkeys(NAMES, 0))
        for name in NAMES:
            own[name] += row.sums.get(name, 0)
    bounds = {
        office: wilson(own["resolved_on_time"], own["resolution_judged"])
        for office, own in sums.items()
    }

    def order(office: str) -> tuple[bool, float, int, str]:
        few, bound = sums[office]["resolution_judged"] < LEAST, bounds[office]
        return few, -(bound or 0), -sums[office]["n"], office

    found: list[Ranked] = []
    for place, office in enumerate(sorted(sums, key=order), 1):
        bound, enough = bounds[office], sums[office]["resolution_judged"] >= LEAST
        same = enough and found and found[-1].bound == bound
        rank = (found[-1].rank if same else place) if enough else None
        found.append(Ranked(office, sums[office], bound, rank))
    return found

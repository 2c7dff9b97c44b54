"""From sums to the summary that people read. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from services.metrics.figures import ASSIGNMENT_FIGURES, CASE_FIGURES, WAITS
from services.metrics.sums import Group, Waited

Json = dict[str, Any]
T = TypeVar("T", Group, Waited)

RATES = {
    "closed": ("cases", "closed", "filed"),
    "delivered": ("assignments", "delivered", "issued"),
    "received_on_time": ("assignments", "received_on_time", "receipt_judged"),
    "resolved_on_time": ("assignments", "resolved_on_time", "resolution_judged"),
    "returned": ("assignments", "returned", "issued"),
}
"""Name → of what, numerator, denominator."""
UNKNOWN = "unknown"
"""The row of what is not known yet (a report overtook its routing)."""


def rows(cases: Sequence[Group], given: Sequence[Group], waited: Sequence[Waited]) -> list[Json]:
    """Put together a row for each key, in order of the keys."""
    own_cases, own_given, own_waited = _by_key(cases), _by_key(given), _by_key(waited)
    return [
        {"key": key, **figures(own_cases[key], own_given[key], own_waited[key])}
        for key in sorted(own_cases.keys() | own_given.keys())
    ]


def figures(cases: Iterable[Group], given: Iterable[Group], waited: Sequence[Waited]) -> Json:
    """Add up some groups and give their figures, rates and times."""
    found: Json = {
        "cases": added(cases, CASE_FIGURES),
        "assignments": added(given, ASSIGNMENT_FIGURES),
    }
    found["rates"] = {
        name: rate(found[of][part], found[of][whole]) for name, (of, part, whole) in RATES.items()
    }
    found["seconds"] = {
        what: seconds([item for item in waited if item.what == what]) for what in WAITS
    }
    return found


def rate(part: int, whole: int) -> Json:
    """Give a share with what it is made of; None of nothing."""
    return {"share": part / whole if whole else None, "numerator": part, "denominator": whole}


def seconds(waited: Sequence[Waited]) -> Json:
    """Give how many there were, their mean, median and ninth decile, in seconds."""
    n = sum(item.n for item in waited)
    if n == 0:
        return {"n": 0, "mean": None, "median": None, "p90": None}
    lengths: Counter[int] = Counter()
    for item in waited:
        lengths[item.coarse] += item.n
    return {
        "n": n,
        "mean": sum(item.ms for item in waited) / n / 1000,
        "median": _quantile(lengths, n, 50) / 1000,
        "p90": _quantile(lengths, n, 90) / 1000,
    }


def _quantile(lengths: Counter[int], n: int, percent: int) -> int:
    """Give the least length that so many percent of all do not exceed (nearest rank)."""
    rank = -(-n * percent // 100)
    for length, count in sorted(lengths.items()):
        rank -= count
        if rank <= 0:
            return length
    raise ValueError(n)


def added(groups: Iterable[Group], names: Iterable[str]) -> dict[str, int]:
    """Add up the counts of some groups."""
    total = dict.fromkeys(names, 0)
    for group in groups:
        for name, number in group.counts.items():
            total[name] += number
    return total


def _by_key(items: Iterable[T]) -> defaultdict[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for item in items:
        found[item.row[0] or UNKNOWN].append(item)
    return found

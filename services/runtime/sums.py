"""Sums that are kept: what they are told apart by, and what a document adds to them. Pure.

How they are stored and read: `rollups`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

ONES = "ones"
"""How many things add to a sum: one that nothing adds to any more isn't there."""


Key: TypeAlias = tuple[str, str, str, tuple[tuple[str, str | int | None], ...]]
"""Of what, when, where; and by what else it is told apart, in order."""
Adds: TypeAlias = Mapping[Key, tuple[Mapping[str, int], datetime | None]]
"""Numbers by name, one of them `ONES`; and a moment, of which the earliest is kept."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which sums: of some things, from one time to another, in places from one to another."""

    of: frozenset[str]
    when: tuple[str, str] = ("", "~")
    where: tuple[str, str] = ("", "~")

    def __contains__(self, key: Key) -> bool:
        """Tell whether a sum is one of them."""
        of, when, where, _ = key
        return (
            of in self.of
            and self.when[0] <= when <= self.when[1]
            and self.where[0] <= where <= self.where[1]
        )

    def query(self, generation: int) -> dict[str, Any]:
        """Say it in MongoDB's words."""
        between = {
            name: {"$gte": first, "$lte": last}
            for name, (first, last) in (("when", self.when), ("where", self.where))
        }
        return {"in": generation, "of": {"$in": sorted(self.of)}, **between}


def beyond(
    document: Mapping[str, Any], adds: Callable[[Mapping[str, Any]], Adds], generation: int
) -> Adds:
    """Tell what a document adds beyond what it has been rolled up with."""
    if document.get("rolled_in") == generation:
        return {}
    now, before = adds(document), document.get("rolled") or {}
    if before.get("rolled_in") != generation:
        return now
    then = {
        key: ({name: -number for name, number in sums.items()}, None)
        for key, (sums, _) in adds(before).items()
    }
    return added_up([now, then])


def added_up(several: Iterable[Adds]) -> Adds:
    """Add up; what comes to nothing is left out."""
    total: defaultdict[Key, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    firsts: dict[Key, datetime] = {}
    for adds in several:
        for key, (sums, first) in adds.items():
            of_key = total[key]
            for name, number in sums.items():
                of_key[name] += number
            if first is not None:
                firsts[key] = min(firsts.get(key, first), first)
    kept = {
        key: {name: number for name, number in sums.items() if number}
        for key, sums in total.items()
    }
    return {key: (sums, firsts.get(key)) for key, sums in kept.items() if sums}

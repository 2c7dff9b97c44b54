"""What a document adds to the sums that are kept, and what is read out of them again. Pure.

By stream, month, division and the stream's keys: what a bulletin adds up. And for `/metrics` over
all there is: cases by kind and lane, assignments by agency, how long those took, and what each
office has before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from services.metrics.catalogue.counting import STREAMS
from services.metrics.cubes import Row
from services.metrics.figures import (
    ASSIGNMENT_FIGURES,
    BEFORE_OFFICES,
    CASE_FIGURES,
    before_office,
)
from services.metrics.sums import Group, Waited
from services.runtime.sums import ONES, Adds, Key

Json = Mapping[str, Any]
CASES, GIVEN, WAITED, BEFORE = "all cases", "all assignments", "all waits", "all before offices"
ALL = frozenset({CASES, GIVEN, WAITED, BEFORE})
ADDS_VERSION = 2
"""Raised when a document adds otherwise than before (`rollups`)."""
COUNT = "c_"
"""Before the name of a number: how many entries add to it."""


class Totals(NamedTuple):
    """Sums over all there is."""

    cases: Sequence[Group]
    """By kind and lane."""
    given: Sequence[Group]
    """Assignments by agency."""
    waited: Sequence[Waited]
    """By agency."""
    before: Sequence[Group]
    """What is open, by agency and office: `BEFORE_OFFICES`."""


def adds(document: Json) -> Adds:
    """Tell what a document adds."""
    sums: defaultdict[Key, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    firsts: dict[Key, datetime] = {}

    def add(key: Key, numbers: Mapping[str, int], first: datetime | None = None) -> None:
        for name, number in ({ONES: 1} | dict(numbers)).items():
            sums[key][name] += number
        if first is not None:
            firsts[key] = min(firsts.get(key, first), first)

    for entry in document.get("entries", ()):
        add(*_entry(entry))
    if document.get("what") == "case":
        by = (("kind", document.get("kind")), ("lane", document.get("lane")))
        add((CASES, "", "", by), document["counts"], document.get("filed_at"))
        for given in document["assignments"]:
            agency = ("agency", given.get("agency"))
            add((GIVEN, "", "", (agency,)), given["counts"], given.get("issued_at"))
            if lies := before_office(given["counts"]):
                by = (agency, ("office", given.get("office")))
                add((BEFORE, "", "", by), lies, given.get("issued_at"))
            for wait in given["waits"]:
                length = (agency, ("what", wait["what"]), ("coarse", wait["coarse"]))
                add((WAITED, "", "", length), {"ms": wait["ms"]})
    return {key: (dict(numbers), firsts.get(key)) for key, numbers in sums.items()}


def row(key: Key, sums: Mapping[str, int]) -> Row:
    """Give a stream's row, as if it were added up anew."""
    of, month, division, more = key
    stream, known = STREAMS[of], dict(more)
    named = {name: _text(known.get(name)) for name in stream.keys}
    return Row(
        named | {"d": division, "month": month},
        {name: sums.get(name, 0) for name in stream.sums},
        {name: sums.get(f"{COUNT}{name}", 0) for name in stream.sums},
    )


def totals(found: Adds) -> Totals:
    """Give the sums over all there is."""
    return Totals(
        list(_groups(found, CASES, CASE_FIGURES)),
        list(_groups(found, GIVEN, ASSIGNMENT_FIGURES)),
        [
            Waited((_text(agency),), str(what), int(coarse or 0), sums[ONES], sums.get("ms", 0))
            for (of, _, _, ((_, agency), (_, what), (_, coarse))), (sums, _) in _of(found, WAITED)
        ],
        list(_groups(found, BEFORE, BEFORE_OFFICES)),
    )


def _entry(entry: Json) -> tuple[Key, dict[str, int]]:
    stream = STREAMS[entry["f"]]
    more = tuple((name, entry[name]) for name in stream.keys if name in entry)
    numbers = {name: entry[name] for name in stream.sums if name in entry}
    counts = {f"{COUNT}{name}": 1 for name in numbers}
    return (stream.id, entry["on"][:7], entry["d"], more), numbers | counts


def _of(found: Adds, of: str) -> Iterable[tuple[Any, Any]]:
    return ((key, value) for key, value in found.items() if key[0] == of)


def _groups(found: Adds, of: str, names: Sequence[str]) -> Iterable[Group]:
    for (_, _, _, by), (sums, first) in _of(found, of):
        counts = {name: sums.get(name, 0) for name in names}
        yield Group(tuple(_text(value) for _, value in by), counts, first)


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)

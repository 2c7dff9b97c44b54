"""From what the database added up to figures: which streams are needed, and their values. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.metrics.catalogue.counting import STREAMS
from services.metrics.catalogue.figure import Figure, Part
from services.metrics.catalogue.sections import SECTIONS
from services.metrics.cubes import Row, Sum, total
from services.metrics.page import Counted
from services.metrics.periods import Period
from services.metrics.stalls import Stalled, longest
from services.metrics.values import Value, valued

LONGEST = "projects.longest_stall"
Wanted = tuple[str, bool]
"""A stream, and whether of all up to the end."""


@dataclass(slots=True)
class Sums:
    """What the database added up for a division and a period."""

    cubes: dict[Wanted, list[Row]] = field(default_factory=dict)
    projects: list[Stalled] = field(default_factory=list)


def digest(ids: Sequence[str]) -> str:
    """Give the SHA-256 of the sorted ids, one a line."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def needed(*, city: bool) -> set[Wanted]:
    """Tell which streams a whole bulletin needs."""
    found: set[Wanted] = set()
    for section in SECTIONS:
        for figure in section.figures(city=city):
            parts = (figure.top, figure.bottom)
            found |= {(part.stream, figure.cumulative) for part in parts if part}
        for table in section.tables:
            found |= {(stream, table.cumulative) for stream in table.streams}
    return found


def cubes(sums: Sums, *, cumulative: bool) -> dict[str, list[Row]]:
    """Give the streams of one window by name."""
    return {stream: rows for (stream, all_), rows in sums.cubes.items() if all_ is cumulative}


def count(figure: Figure, sums: Sums, period: Period) -> Counted:
    """Give a figure's value of the sums, and what stands behind it where entries tell."""
    if figure.id == LONGEST:
        years = longest(sums.projects)
        return Counted(Value(years or 0, 0 if years is None else 1), len(sums.projects))
    top = _total(figure.top, figure, sums)
    bottom = _total(figure.bottom, figure, sums) if figure.bottom else None
    value = valued(figure, top.value, bottom.value if bottom else None, period.months)
    behind = bottom if figure.whole and bottom else top
    single = STREAMS[figure.shown_by.stream].single
    return Counted(value, behind.entries if single else None)


def _total(part: Part, figure: Figure, sums: Sums) -> Sum:
    return total(sums.cubes[part.stream, figure.cumulative], part)


def adds(entries: Iterable[Mapping[str, Any]], part: Part) -> bool:
    """Tell whether a document's entries add anything to a part."""
    added = (
        int(entry.get(part.sum, 0))
        for entry in entries
        if all(entry.get(name) == value for name, value in part.where.items())
    )
    return sum(added) != 0

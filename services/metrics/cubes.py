"""Sums of a stream by its keys, and what figures and tables take of them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.metrics.catalogue.figure import Part
from services.metrics.catalogue.tables import By, Column, Table

Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What entries with the same keys add up to, and how many of them add to each sum."""

    keys: Mapping[str, str | None]
    sums: Mapping[str, int]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sum:
    """A part's value, and how many entries add to it."""

    value: int = 0
    entries: int = 0


def total(rows: Iterable[Row], part: Part) -> Sum:
    """Add up one part."""
    found = [row for row in rows if _is(row, part)]
    return Sum(
        sum(row.sums.get(part.sum, 0) for row in found),
        sum(row.counts.get(part.sum, 0) for row in found),
    )


def tabulated(table: Table, cubes: Mapping[str, Sequence[Row]]) -> dict[Key, list[int | None]]:
    """Add up a table's rows: for each column its top, then its bottom (None where it has none)."""
    found: dict[Key, list[int | None]] = defaultdict(lambda: [0, 0] * len(table.columns))
    for stream in table.streams:
        for row in cubes.get(stream, ()):
            key = tuple(_key(row, name) for name in table.by)
            for place, part in _parts(table.columns):
                if part.stream == stream and _is(row, part):
                    found[key][place] = (found[key][place] or 0) + row.sums.get(part.sum, 0)
    return {key: values for key, values in found.items() if any(values)}


def added(rows: Iterable[Sequence[int | None]]) -> list[int | None]:
    """Add up the rows of a table."""
    return [sum(value or 0 for value in column) for column in zip(*rows, strict=True)]


def of_row(found: Mapping[str, Any], keys: Sequence[str], sums: Sequence[str]) -> Row:
    """Read a row as the database gives it."""
    named = {name: found["_id"].get(name) for name in (*keys, "d", "month")}
    return Row(
        named,
        {name: int(found[name]) for name in sums},
        {name: int(found[f"c_{name}"]) for name in sums},
    )


def _is(row: Row, part: Part) -> bool:
    return all(row.keys.get(name) == value for name, value in part.where.items())


def _key(row: Row, name: By) -> str | None:
    if name == "division":
        return row.keys["d"]
    if name == "quarter":
        year, month = str(row.keys["month"]).split("-")
        return f"{year}Q{(int(month) + 2) // 3}"
    return row.keys.get(name)


def _parts(columns: Sequence[Column]) -> list[tuple[int, Part]]:
    both = [(column.top, column.bottom) for column in columns]
    return [(place, part) for place, part in enumerate(sum(both, ())) if part]

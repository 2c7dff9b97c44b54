"""Stalled projects as they stand at the end of a period: stage, standstill, funding. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stalled:
    """One project on a day. `years` are full ones; None where no beginning is known."""

    id: str
    name: str
    division: str | None
    stage: str
    since: str | None
    years: int | None
    funded: Mapping[str, int]
    """Fen by source, up to that day."""


def stalled(documents: Iterable[Document], end: date) -> list[Stalled]:
    """Give the projects that are registered and not delivered on a day, the longest first."""
    found = [_stalled(item, end) for item in documents]
    kept = [item for item in found if item.stage != "delivered"]
    return sorted(kept, key=lambda item: (-(item.years if item.years is not None else -1), item.id))


def longest(projects: Iterable[Stalled]) -> int | None:
    """Give the years of the longest standstill; None where none is known."""
    return max((item.years for item in projects if item.years is not None), default=None)


def _stalled(document: Document, end: date) -> Stalled:
    day = end.isoformat()
    moves = [move for move in document.get("moves", ()) if move["on"] <= day]
    since, until = document.get("stalled_since"), None
    for move in moves:
        if move["after"] in {"resumed", "delivered"}:
            until = until or move["on"]
        elif move["before"] == "resumed":
            since, until = move["on"], None
    funded: dict[str, int] = {}
    for entry in document.get("ledger", ()):
        if entry["on"] <= day:
            funded[entry["source"]] = funded.get(entry["source"], 0) + entry["fen"]
    return Stalled(
        document["_id"],
        document.get("name") or document["_id"],
        document.get("division"),
        moves[-1]["after"] if moves else "registered",
        since,
        _years(date.fromisoformat(since), min(until or day, day)) if since else None,
        funded,
    )


def _years(since: date, until: str) -> int:
    last = date.fromisoformat(until)
    whole = last.year - since.year - ((last.month, last.day) < (since.month, since.day))
    return max(whole, 0)

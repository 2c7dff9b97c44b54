"""What a subject counts for: dated entries, which a period's figure is the sum of. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from services.metrics.model import Assignment, Case, Resolution, Scalar

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Entry:
    """So much on a day in a division. `sums` are added up, `keys` tell apart."""

    on: date
    division: str
    sums: Mapping[str, int] = field(default_factory=lambda: {"n": 1})
    keys: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream(Generic[S]):
    """One kind of entry; figures are sums over the entries of a stream."""

    id: str
    entries: Callable[[S], Iterable[Entry]]
    kinds: frozenset[str] = frozenset()
    """The kinds of case it is of; empty for every kind."""
    sums: tuple[str, ...] = ("n",)
    keys: tuple[str, ...] = ()
    single: bool = True
    """A subject has one entry of it at most, so that counting entries is counting subjects."""


def listed(streams: Iterable[Stream[S]], subject: S) -> list[dict[str, Any]]:
    """Give a subject's entries as they lie in the database, in order."""
    found = [
        {"f": stream.id, "on": entry.on.isoformat(), "d": entry.division}
        | {name: value for name, value in entry.sums.items() if value}
        | {name: value for name, value in entry.keys.items() if value is not None}
        for stream in streams
        for entry in stream.entries(subject)
    ]
    return sorted(found, key=repr)


def resolutions(
    case: Case, *tasks: str
) -> Iterator[tuple[Assignment, Resolution, Mapping[str, Scalar]]]:
    """Give the assignments of some tasks that were done, with how; not those that could not be."""
    for given in case.assignments.values():
        resolved = given.resolved
        if given.task in tasks and resolved and resolved.result != "not_possible":
            yield given, resolved, dict(resolved.outcome)


def last(case: Case, task: str) -> tuple[Assignment, Resolution, Mapping[str, Scalar]] | None:
    """Give the last of a case's assignments of a task that was done; None without."""
    found = {(item[1].at, item[0].office or ""): item for item in resolutions(case, task)}
    return found[max(found)] if found else None


def concluded(case: Case) -> tuple[date, Mapping[str, Scalar]] | None:
    """Give the day and the counted part of a case's conclusion by its filer; None without."""
    closed = case.closed
    if closed is None or closed.ending != "concluded":
        return None
    return closed.concluded_on, dict(closed.conclusion)


def of(case: Case) -> str:
    """Give a case's division; entries are only asked of cases whose division is known."""
    return case.division or ""


def number(value: Scalar | None) -> int:
    """Read a number; 0 for what is none."""
    return value if isinstance(value, int) else 0


def text(value: Scalar | None) -> str | None:
    """Read a text; None for what is none."""
    return value if isinstance(value, str) else None


def day(value: Scalar | None) -> date | None:
    """Read a day written `YYYY-MM-DD`; None for what is none."""
    return date.fromisoformat(value) if isinstance(value, str) else None


def agency(office: str | None) -> str | None:
    """Give the agency of an office, `tax` of `tax.410526`."""
    return office.partition(".")[0] if office else None


def seat(office: str | None) -> str:
    """Give the division of an office, `410526` of `tax.410526`."""
    return office.partition(".")[2] if office else ""


def is_city(division: str) -> bool:
    """Tell whether a code is a city's: it ends in 00."""
    return division.endswith("00")

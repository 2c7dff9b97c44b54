"""What the database adds up: figures and lengths of time, by what a group has in common."""

from dataclasses import dataclass
from datetime import datetime

Row = tuple[str | None, ...]
"""The values a group has in common; None where nothing is known (yet)."""


@dataclass(frozen=True, slots=True)
class Group:
    """The sums over the cases or the assignments of a row, and when its first one was."""

    row: Row
    counts: dict[str, int]
    first: datetime | None


@dataclass(frozen=True, slots=True)
class Waited:
    """`n` assignments of a row took `coarse` milliseconds (as rounded) to `what`, `ms` in all."""

    row: Row
    what: str
    coarse: int
    n: int
    ms: int

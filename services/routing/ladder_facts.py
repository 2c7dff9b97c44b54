"""The ladder 催办与提级 in an assignment: its rungs, and that its office was urged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

What = Literal["receipt", "resolution"]
Level = Literal["county", "city", "conference"]
"""How far an overdue task has risen: the county's liaison office, the city's, the agenda of the
joint conference."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: so many working days after the resolution was due, to this level."""

    level: Level
    days: int


@dataclass(frozen=True, slots=True)
class Urged:
    """催办: an office is urged, by the clock or by a liaison officer (`reason`). Said to all."""

    assignment_id: str
    what: What
    due: datetime
    number: int
    """Counts the urges of the assignment."""
    at: datetime
    reason: str | None = None
    by: str | None = None
    desk: str | None = None
    """The liaison office whose officer it was."""
    type: Literal["urged"] = "urged"


@dataclass(frozen=True, slots=True)
class UrgeSent:
    """The urge of this number leaves for the office's inbox."""

    assignment_id: str
    number: int
    at: datetime
    type: Literal["urge_sent"] = "urge_sent"

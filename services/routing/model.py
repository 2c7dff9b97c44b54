"""A case as routing knows it: its state, and what is decided on (inputs)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.routing.facts import Act, Closed, Escalated, Fact, Issue, Reported, Unrouted, What
from services.routing.rulebook import Filing, Rulebook, Timing


@dataclass(frozen=True, slots=True)
class File:
    """A filing has come in."""

    filing: Filing
    rulebook: Rulebook


@dataclass(frozen=True, slots=True)
class Report:
    """An office says something about its assignment; `office` is who really sent it."""

    act: Act
    assignment_id: str
    office: str
    rulebook: Rulebook
    by: str | None = None
    text: str | None = None
    """The reason of a return, the note of a progress, the error of a failure."""
    better_office: str | None = None
    outcome: Mapping[str, Any] | None = None
    """JSON of a resolution's outcome: `task`, `concluded_on` and what the task asks for."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: do what is due."""

    timing: Timing


Input = File | Report | Tick


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where one assignment stands. An act implies the earlier ones, whose time is then its own."""

    issue: Issue
    issued_at: datetime
    retry_at: datetime | None = None
    """When it is issued again unless it is delivered first; None once that was given up."""
    tries: int = 0
    delivered_at: datetime | None = None
    received_at: datetime | None = None
    accepted_at: datetime | None = None
    failed_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Reported | None = None
    """The report that ended it: resolved or returned."""
    progress: int = 0
    overdue: tuple[What, ...] = ()

    @property
    def state(self) -> str:
        """Say how far it is: the last act that counts, whatever order the reports came in."""
        if self.ending is not None:
            return self.ending.act
        for name, at in (
            ("failed", self.failed_at),
            ("accepted", self.accepted_at),
            ("received", self.received_at),
            ("delivered", self.delivered_at),
        ):
            if at is not None:
                return name
        return "issued"

    @property
    def since(self) -> datetime:
        """Say since when it has been in that state."""
        times = (self.ended_at, self.failed_at, self.accepted_at, self.received_at)
        return next((at for at in (*times, self.delivered_at) if at), self.issued_at)


@dataclass(frozen=True, slots=True)
class Case:
    """A case, folded from its facts."""

    case_id: str
    filing: Filing | None = None
    filed_at: datetime | None = None
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    desk: Mapping[str, tuple[Unrouted, datetime]] = field(default_factory=dict)
    """Tasks at the liaison desk, with since when."""
    alarms: Mapping[str, Escalated] = field(default_factory=dict)
    """Tasks that were escalated and not yet settled."""
    closed: Closed | None = None
    history: tuple[Fact, ...] = ()

    @property
    def state(self) -> str:
        """`routing`, `open`, `desk`, `escalated` or `closed`."""
        if self.closed:
            return "closed"
        if self.alarms:
            return "escalated"
        if self.desk:
            return "desk"
        return "open" if self.assignments else "routing"

    def open(self) -> list[Assignment]:
        """List the assignments that have not ended, in the order they were issued."""
        return [given for given in self.assignments.values() if given.ended_at is None]

"""A case as routing knows it: its state. What is decided on is in `inputs.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.routing.facts import Closed, Escalated, Fact, Issue, Recalled, Reported, Unrouted
from services.routing.filer_facts import Concluded, Withdrawn
from services.routing.inputs import (
    Attach,
    Conclude,
    File,
    Input,
    Instruct,
    Recall,
    Report,
    Route,
    Supply,
    Tick,
    Transfer,
    Urge,
    Withdraw,
)
from services.routing.ladder_facts import Urged, What
from services.routing.liaison_facts import Instructed
from services.routing.link_facts import Cluster, Linked
from services.routing.rulebook import Filing

__all__ = [
    "Assignment",
    "Attach",
    "Case",
    "Conclude",
    "File",
    "Input",
    "Instruct",
    "Recall",
    "Report",
    "Request",
    "Route",
    "Supply",
    "Tick",
    "Transfer",
    "Urge",
    "Withdraw",
]


@dataclass(frozen=True, slots=True)
class Request:
    """要求补充材料: what an office has asked the filer, and what it was told."""

    number: int
    question: str
    asked_at: datetime
    answer: str | None = None
    answered_at: datetime | None = None


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
    recalled: Recalled | None = None
    """It was taken back before it ended."""
    progress: int = 0
    stepped: Reported | None = None
    """The last counted step that was reported."""
    requests: tuple[Request, ...] = ()
    warned: tuple[What, ...] = ()
    """Deadlines that were said to be near."""
    overdue: tuple[What, ...] = ()
    urges: tuple[Urged, ...] = ()
    receipt_urges: int = 0
    """How often the clock has urged the office to sign."""
    resolution_urged: bool = False
    """The clock has urged it before the present deadline."""
    rises: tuple[Escalated, ...] = ()
    """The levels to which it has risen, since it is overdue."""
    stood: int = 0
    """Working days on which the clock stood after the deadline was missed."""

    @property
    def asked(self) -> Request | None:
        """Give the request the filer has not answered yet: while there is one the clock stands."""
        last = self.requests[-1] if self.requests else None
        return last if last and last.answered_at is None and self.ended_at is None else None

    @property
    def state(self) -> str:
        """Say how far it is: the last act that counts, whatever order the reports came in."""
        if self.ending is not None:
            return self.ending.act
        if self.recalled is not None:
            return "recalled"
        if self.asked is not None:
            return "waiting_information"
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
        if self.asked is not None:
            return self.asked.asked_at
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
    attachments: tuple[Mapping[str, Any], ...] = ()
    """Files of the case, as JSON."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """How often each office was refused."""
    links: tuple[Linked, ...] = ()
    instructions: Mapping[str, Instructed] = field(default_factory=dict)
    """Instructions about the case by id, as each stands."""
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    """What it was found alike in, as it was last told, by what they have in common."""
    withdrawn: Withdrawn | None = None
    concluded: Concluded | None = None
    closed: Closed | None = None
    history: tuple[Fact, ...] = ()

    @property
    def state(self) -> str:
        """Give what holds first: closed, escalated, desk, waiting_information, concluding, open.

        Until it is routed a case is `routing`.
        """
        if self.closed:
            return "closed"
        if self.alarms:
            return "escalated"
        if self.desk:
            return "desk"
        if any(given.asked for given in self.open()):
            return "waiting_information"
        if self.awaits_conclusion:
            return "concluding"
        return "open" if self.assignments else "routing"

    @property
    def awaits_conclusion(self) -> bool:
        """Whether all offices have done their part and only the filer's conclusion is missing."""
        if self.closed or self.desk or self.alarms or self.open():
            return False
        return self.filing is not None and self.filing.concluded_by_filer

    def open(self) -> list[Assignment]:
        """List the assignments that have not ended, in the order they were issued."""
        return [given for given in self.assignments.values() if given.ended_at is None]

    def open_of(self, task: str) -> Assignment | None:
        """Find the open assignment of a task; there is at most one."""
        return next((given for given in self.open() if given.issue.task == task), None)

    def rounds(self, task: str) -> int:
        """Count how often a task was given to an office."""
        return sum(given.issue.task == task for given in self.assignments.values())

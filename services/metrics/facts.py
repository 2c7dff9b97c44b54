"""What metrics notes: one fact an event, with its business date and the server's time of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.metrics.other_facts import (
    Funded,
    MessageFact,
    Met,
    Parked,
    ProjectFact,
    Registered,
    Replayed,
    RiskRaised,
    StageReached,
)

__all__ = [
    "About",
    "Answered",
    "Asked",
    "AssignmentFact",
    "CaseFact",
    "Closed",
    "Ending",
    "Escalated",
    "Fact",
    "Filed",
    "Funded",
    "Issued",
    "MessageFact",
    "Met",
    "Need",
    "Overdue",
    "Parked",
    "ProjectFact",
    "Recalled",
    "Registered",
    "Replayed",
    "Reported",
    "Resolved",
    "Returned",
    "RiskRaised",
    "Routed",
    "StageReached",
    "Step",
    "Unroutable",
    "What",
]

Step = Literal["delivered", "received", "accepted", "progressed", "failed"]
What = Literal["receipt", "resolution"]
Ending = Literal["done", "concluded", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Issued:
    """One assignment of a routing decision."""

    assignment_id: str
    task: str
    agency: str
    office: str
    receipt_due: datetime
    resolution_due: datetime


@dataclass(frozen=True, slots=True)
class Need:
    """A task that found no office, and why."""

    task: str
    why: str


@dataclass(frozen=True, slots=True)
class About:
    """Where an assignment belongs, as routing says with each report."""

    kind: str
    division: str
    task: str
    agency: str
    office: str
    resolution_due: datetime | None = None
    """As it stood then: it moves while information is awaited."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A case was filed."""

    kind: str
    division: str
    lane: str
    filed_on: date
    at: datetime
    type: Literal["filed"] = "filed"


@dataclass(frozen=True, slots=True)
class Routed:
    """Tasks of a case found their offices, and were issued to them."""

    kind: str
    division: str
    assignments: tuple[Issued, ...]
    at: datetime
    type: Literal["routed"] = "routed"


@dataclass(frozen=True, slots=True)
class Unroutable:
    """Tasks of a case went to the liaison office's desk."""

    kind: str
    division: str
    needs: tuple[Need, ...]
    at: datetime
    type: Literal["unroutable"] = "unroutable"


@dataclass(frozen=True, slots=True)
class Escalated:
    """A task needs the liaison office."""

    kind: str
    division: str
    task: str
    why: str
    office: str | None
    at: datetime
    type: Literal["escalated"] = "escalated"


@dataclass(frozen=True, slots=True)
class Closed:
    """A case ended: all parts done, or concluded or withdrawn by its filer."""

    kind: str
    division: str
    concluded_on: date
    at: datetime
    ending: Ending = "done"
    type: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True)
class Reported:
    """An assignment came a step further; routing passed it on at this time."""

    step: Step
    assignment_id: str
    at: datetime
    about: About | None = None
    type: Literal["reported"] = "reported"


@dataclass(frozen=True, slots=True)
class Returned:
    """An office gave an assignment back."""

    assignment_id: str
    reason: str
    at: datetime
    about: About | None = None
    type: Literal["returned"] = "returned"


@dataclass(frozen=True, slots=True)
class Resolved:
    """An office resolved an assignment."""

    assignment_id: str
    concluded_on: date
    result: str
    at: datetime
    about: About | None = None
    type: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True)
class Recalled:
    """An assignment was taken back from its office."""

    assignment_id: str
    why: str
    at: datetime
    about: About | None = None
    type: Literal["recalled"] = "recalled"


@dataclass(frozen=True, slots=True)
class Asked:
    """An office asked the filer: the clock stands still."""

    assignment_id: str
    request: int
    at: datetime
    about: About | None = None
    type: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class Answered:
    """The filer answered."""

    assignment_id: str
    request: int
    at: datetime
    about: About | None = None
    resolution_due: datetime | None = None
    type: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Overdue:
    """A deadline passed."""

    assignment_id: str
    what: What
    due: datetime
    at: datetime
    about: About | None = None
    type: Literal["overdue"] = "overdue"


AssignmentFact = Reported | Returned | Resolved | Recalled | Asked | Answered | Overdue
CaseFact = Filed | Routed | Unroutable | Escalated | Closed
Fact = CaseFact | AssignmentFact | ProjectFact | MessageFact

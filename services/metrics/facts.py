"""What metrics notes: one fact an event, with its business date and the server's time of it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from services.metrics.assignment_facts import (
    About,
    Answered,
    Asked,
    AssignmentFact,
    Counted,
    Overdue,
    Recalled,
    Reported,
    Resolved,
    Returned,
    Scalar,
    Step,
    Urged,
    What,
)
from services.metrics.liaison_facts import (
    Instructed,
    InstructionDone,
    InstructionFact,
    InstructionLate,
    MeetingFact,
    Recorded,
    Review,
)
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
from services.metrics.published import Published

__all__ = [
    "About",
    "Answered",
    "Asked",
    "AssignmentFact",
    "CaseFact",
    "Closed",
    "Counted",
    "Ending",
    "Escalated",
    "Fact",
    "Filed",
    "Funded",
    "Heard",
    "Instructed",
    "InstructionDone",
    "InstructionFact",
    "InstructionLate",
    "Issued",
    "MeetingFact",
    "MessageFact",
    "Met",
    "Need",
    "Overdue",
    "Parked",
    "ProjectFact",
    "Published",
    "Recalled",
    "Recorded",
    "Registered",
    "Replayed",
    "Reported",
    "Resolved",
    "Returned",
    "Review",
    "RiskRaised",
    "Routed",
    "Scalar",
    "StageReached",
    "Step",
    "Unroutable",
    "Urged",
    "What",
]

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
class Filed:
    """A case was filed."""

    kind: str
    division: str
    lane: str
    filed_on: date
    at: datetime
    filer: str = ""
    details: Counted = field(default_factory=dict)
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
    level: str = ""
    """How far an overdue task has risen: county, city, conference; empty for other reasons."""
    type: Literal["escalated"] = "escalated"


@dataclass(frozen=True, slots=True)
class Closed:
    """A case ended: all parts done, or concluded or withdrawn by its filer."""

    kind: str
    division: str
    concluded_on: date
    at: datetime
    ending: Ending = "done"
    conclusion: Counted = field(default_factory=dict)
    type: Literal["closed"] = "closed"


CaseFact = Filed | Routed | Unroutable | Escalated | Closed
Heard = CaseFact | AssignmentFact | ProjectFact | MeetingFact | InstructionFact | MessageFact
"""What events say."""
Fact = Heard | Published

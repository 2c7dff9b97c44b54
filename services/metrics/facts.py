"""What metrics notes: one fact an event, with its business date and the server's time of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class Registered:
    """A stalled project has a file."""

    division: str
    name: str
    at: datetime
    type: Literal["registered"] = "registered"


@dataclass(frozen=True, slots=True)
class StageReached:
    """A project moved on to a stage (or back to it)."""

    division: str
    stage: str
    on: date
    at: datetime
    type: Literal["stage_reached"] = "stage_reached"


@dataclass(frozen=True, slots=True)
class Funded:
    """An entry of a project's ledger; negative where it takes another back."""

    division: str
    reference: str
    source: str
    amount_fen: int
    on: date
    at: datetime
    type: Literal["funded"] = "funded"


@dataclass(frozen=True, slots=True)
class RiskRaised:
    """A project's disputes passed the threshold."""

    division: str
    on: date
    at: datetime
    type: Literal["risk_raised"] = "risk_raised"


@dataclass(frozen=True, slots=True)
class Met:
    """A meeting dealt with a project."""

    division: str
    meeting: str
    on: date
    at: datetime
    type: Literal["met"] = "met"


@dataclass(frozen=True, slots=True)
class Parked:
    """A message could not be handled and was set aside."""

    queue: str
    reason: str
    at: datetime
    type: Literal["parked"] = "parked"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A message that had been set aside was sent again."""

    queue: str
    at: datetime
    type: Literal["replayed"] = "replayed"


AssignmentFact = Reported | Returned | Resolved | Recalled | Asked | Answered | Overdue
CaseFact = Filed | Routed | Unroutable | Escalated | Closed
ProjectFact = Registered | StageReached | Funded | RiskRaised | Met
MessageFact = Parked | Replayed
Fact = CaseFact | AssignmentFact | ProjectFact | MessageFact

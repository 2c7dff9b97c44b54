"""What metrics notes of assignments: where each belongs, its steps, its clock and its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Scalar = str | int | bool
"""What is counted of a part of an event: an enum, an office, a day (`YYYY-MM-DD`), a number."""
Counted = Mapping[str, Scalar]
"""The counted part of details, an outcome, a conclusion or a step; no name and no free text."""
Step = Literal["delivered", "received", "accepted", "progressed", "failed"]
What = Literal["receipt", "resolution"]


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
class Reported:
    """An assignment came a step further; routing passed it on at this time."""

    step: Step
    assignment_id: str
    at: datetime
    about: About | None = None
    mark: str = ""
    """Of progress: the step that was reached, such as `penalty_stage.filed`; empty for none."""
    counted: Counted = field(default_factory=dict)
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
    outcome: Counted = field(default_factory=dict)
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
class Urged:
    """An office was urged, by the clock or by the liaison office; the number counts its urges."""

    assignment_id: str
    what: What
    number: int
    by: Literal["clock", "liaison"]
    at: datetime
    about: About | None = None
    type: Literal["urged"] = "urged"


AssignmentFact = Reported | Returned | Resolved | Recalled | Asked | Answered | Overdue | Urged

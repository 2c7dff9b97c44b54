"""What a decision about a case gives: the facts its stream is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from services.routing.rulebook import Filing

Act = Literal["delivered", "received", "accepted", "progressed", "returned", "resolved", "failed"]
Why = Literal["no_rule", "no_office", "ambiguous", "returned"]
Alarm = Literal["third_return", "undelivered", "failed"]
What = Literal["receipt", "resolution"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One decision: this task goes to this office, because of this rule."""

    assignment_id: str
    task: str
    round: int
    agency: str
    office: str
    rule: str
    rules_version: int
    reason: str
    receipt_days: int
    resolution_days: int
    receipt_due: datetime
    resolution_due: datetime
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Unrouted:
    """A task that found no office, and why."""

    task: str
    why: Why
    agencies: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Filed:
    """The case is known here."""

    filing: Filing
    at: datetime
    type: Literal["filed"] = "filed"


@dataclass(frozen=True, slots=True)
class Routed:
    """Tasks have found their offices."""

    assignments: tuple[Issue, ...]
    at: datetime
    type: Literal["routed"] = "routed"


@dataclass(frozen=True, slots=True)
class Issued:
    """An assignment leaves for its office's inbox."""

    assignment_id: str
    retry_at: datetime
    at: datetime
    type: Literal["issued"] = "issued"


@dataclass(frozen=True, slots=True)
class Reissued:
    """It leaves once more, since nobody has said that it arrived."""

    assignment_id: str
    tries: int
    retry_at: datetime
    at: datetime
    type: Literal["reissued"] = "reissued"


@dataclass(frozen=True, slots=True)
class Unroutable:
    """Tasks wait at the liaison office's desk."""

    needs: tuple[Unrouted, ...]
    at: datetime
    type: Literal["unroutable"] = "unroutable"


@dataclass(frozen=True, slots=True)
class Reported:
    """An office has said something new."""

    act: Act
    assignment_id: str
    at: datetime
    by: str | None = None
    text: str | None = None
    better_office: str | None = None
    outcome: Mapping[str, Any] | None = None
    type: Literal["reported"] = "reported"


@dataclass(frozen=True, slots=True)
class Overdue:
    """A deadline has passed."""

    assignment_id: str
    what: What
    due: datetime
    at: datetime
    type: Literal["overdue"] = "overdue"


@dataclass(frozen=True, slots=True)
class Escalated:
    """A task needs the liaison office."""

    task: str
    why: Alarm
    office: str
    assignment_id: str
    at: datetime
    type: Literal["escalated"] = "escalated"


@dataclass(frozen=True, slots=True)
class Closed:
    """All parts of the case are done."""

    concluded_on: date
    at: datetime
    type: Literal["closed"] = "closed"


Fact = (
    Filed | Routed | Issued | Reissued | Unroutable | Reported | Overdue | Escalated | Closed
)  # fmt: skip

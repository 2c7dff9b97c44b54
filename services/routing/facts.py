"""What a decision about a case gives: the facts its stream is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from services.routing.filer_facts import (
    Attached,
    AttachedSent,
    CameLate,
    Concluded,
    Supplied,
    Withdrawn,
)
from services.routing.ladder_facts import Level, Rung, Urged, UrgeSent, What
from services.routing.liaison_facts import Instructed
from services.routing.link_facts import Clustered, ClusteredSent, Linked, LinkedSent
from services.routing.rulebook import Filing

Act = Literal[
    "delivered", "received", "accepted", "progressed", "requested", "returned", "resolved", "failed"
]
Why = Literal["no_rule", "no_office", "ambiguous", "returned", "recalled"]
Alarm = Literal["third_return", "undelivered", "failed", "overdue"]
RecallWhy = Literal["withdrawn", "concluded", "recalled", "transferred"]
Ending = Literal["done", "concluded", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One decision: this task goes to this office, because of this rule (or a person's word)."""

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
    receipt_soon: datetime | None = None
    """When it is said that the deadline is near."""
    resolution_soon: datetime | None = None
    urge_every: int = 1
    """The ladder (`rulebook.Ladder`) as it was when the task was given; without, there is none."""
    urge_most: int = 0
    rungs: tuple[Rung, ...] = ()


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
    """Tasks have found their offices, by rule or by the word of somebody (`by`, `words`)."""

    assignments: tuple[Issue, ...]
    at: datetime
    by: str | None = None
    words: str | None = None
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
    step: Mapping[str, Any] | None = None
    """JSON of the step that was taken, where the office counts them."""
    request: int | None = None
    """Which request for information this is, from 1."""
    sequence: int | None = None
    """Its number among what the office said of the assignment: which of two was said later."""
    type: Literal["reported"] = "reported"


@dataclass(frozen=True, slots=True)
class Refused:
    """What an office said was not taken; it leaves for that office's inbox."""

    assignment_id: str
    office: str
    """Who said it, which need not be whose assignment it is."""
    said: str
    message_id: str
    error: str
    field: str | None
    at: datetime
    by: str | None = None
    type: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class Recalled:
    """An assignment was taken back: its office has nothing to do any more. Said to all."""

    assignment_id: str
    why: RecallWhy
    reason: str
    at: datetime
    by: str | None = None
    type: Literal["recalled"] = "recalled"


@dataclass(frozen=True, slots=True)
class RecallSent:
    """The recall leaves for the office's inbox."""

    assignment_id: str
    at: datetime
    type: Literal["recall_sent"] = "recall_sent"


@dataclass(frozen=True, slots=True)
class DueSoon:
    """A deadline is near."""

    assignment_id: str
    what: What
    due: datetime
    at: datetime
    type: Literal["due_soon"] = "due_soon"


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
    """A task needs the liaison office; one that is overdue, that of its level."""

    task: str
    why: Alarm
    office: str
    assignment_id: str
    at: datetime
    level: Level | None = None
    type: Literal["escalated"] = "escalated"


@dataclass(frozen=True, slots=True)
class Closed:
    """All parts of the case are done, or its filer has withdrawn or concluded it."""

    concluded_on: date
    at: datetime
    ending: Ending = "done"
    type: Literal["closed"] = "closed"


Fact = (
    Filed | Routed | Issued | Reissued | Unroutable | Reported | Refused | Supplied | Recalled
    | RecallSent | DueSoon | Overdue | Urged | UrgeSent | Escalated | Attached | AttachedSent
    | Withdrawn | Concluded | Linked | LinkedSent | Clustered | ClusteredSent | Instructed
    | CameLate | Closed
)  # fmt: skip

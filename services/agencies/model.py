"""An assignment as the office that got it sees it: what was given, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

MAX_NOTES = 500
"""Most notes on progress of one assignment; a note is up to 4,000 characters."""


class Stage(StrEnum):
    """How far an assignment is. A note on progress doesn't change it."""

    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    RETURNED = "returned"
    FAILED = "failed"


OPEN = (Stage.DELIVERED, Stage.RECEIVED, Stage.ACCEPTED)
"""Stages that wait for the office."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a machine noticed on arrival that an officer has to look at."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Given:
    """What routing gave the office."""

    assignment_id: str
    case_id: str
    office: str
    task: str
    reason: str
    receipt_due: datetime
    resolution_due: datetime
    filed_on: date
    case: Mapping[str, Any]
    """The filing as passed on, as JSON: title, filer, division, lane, details, …"""

    @property
    def agency(self) -> str:
        """The agency the office belongs to: `tax` of `tax.410526`."""
        return self.office.split(".", maxsplit=1)[0]

    @property
    def details(self) -> Mapping[str, Any]:
        """The typed details of the case's kind, as JSON."""
        found: Mapping[str, Any] = self.case["details"]
        return found


@dataclass(frozen=True, slots=True)
class Policy:
    """What an office declared that its service may do by itself, for one task."""

    receive: bool = False
    accept: bool = False
    outcome: Mapping[str, Any] | None = None
    """Template of the outcome (see `services.agencies.policy`); None: an officer resolves."""


# What is decided on.


@dataclass(frozen=True, slots=True)
class Issue:
    """交办 arrived in the inbox of office `inbox`."""

    given: Given
    inbox: str
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True)
class Act:
    """What an officer of `office` does; `by` is their name."""

    office: str
    by: str


@dataclass(frozen=True, slots=True)
class Receive(Act):
    """签收."""


@dataclass(frozen=True, slots=True)
class Accept(Act):
    """受理."""


@dataclass(frozen=True, slots=True)
class Progress(Act):
    """进展."""

    note: str


@dataclass(frozen=True, slots=True)
class Return(Act):
    """退回: not this office's matter."""

    reason: str
    better_office: str | None = None


@dataclass(frozen=True, slots=True)
class Resolve(Act):
    """办结. `outcome` is JSON of the contracts' outcome of the task."""

    outcome: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fail:
    """The service could not process the assignment that arrived for `office`."""

    office: str
    case_id: str
    error: str


Input = Issue | Act | Fail

# What a decision gives.


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact. `at` is the server's clock: aware, UTC."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Delivered(Happened):
    """送达: stored here."""

    given: Given
    findings: tuple[Finding, ...] = ()
    type: Literal["delivered"] = "delivered"


@dataclass(frozen=True, slots=True)
class Redelivered(Happened):
    """Issued again although stored here: routing has not heard of it, so it is told again."""

    receipt_due: datetime
    resolution_due: datetime
    type: Literal["redelivered"] = "redelivered"


@dataclass(frozen=True, slots=True)
class Received(Happened):
    """签收."""

    by: str
    type: Literal["received"] = "received"


@dataclass(frozen=True, slots=True)
class Accepted(Happened):
    """受理."""

    by: str
    type: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True)
class Progressed(Happened):
    """进展."""

    by: str
    note: str
    type: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True)
class Returned(Happened):
    """退回."""

    by: str
    reason: str
    better_office: str | None = None
    type: Literal["returned"] = "returned"


@dataclass(frozen=True, slots=True)
class Resolved(Happened):
    """办结."""

    by: str
    outcome: Mapping[str, Any]
    type: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True)
class Failed(Happened):
    """The service could not process it; nobody in the office has it in hand."""

    office: str
    case_id: str
    error: str
    type: Literal["failed"] = "failed"


Fact = Delivered | Redelivered | Received | Accepted | Progressed | Returned | Resolved | Failed


@dataclass(frozen=True, slots=True)
class Assignment:
    """The state of one assignment."""

    id: str
    stage: Stage = Stage.UNKNOWN
    office: str = ""
    case_id: str = ""
    given: Given | None = None
    """None before it arrived, and when it failed before it could be stored."""
    findings: tuple[Finding, ...] = ()
    delivered_at: datetime | None = None
    since: datetime | None = None
    """When the present stage began."""
    deliveries: int = 0
    """How often routing was told that it is here."""
    acts: tuple[Received | Accepted | Progressed | Returned | Resolved | Failed, ...] = ()
    """What was done with it, in order."""

    @property
    def is_open(self) -> bool:
        """Whether it waits for the office."""
        return self.stage in OPEN

    @property
    def notes(self) -> tuple[Progressed, ...]:
        """The notes on its progress, in order."""
        return tuple(act for act in self.acts if isinstance(act, Progressed))

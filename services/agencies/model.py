"""An assignment as the office that got it sees it: what was given, what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.agencies.facts import (
    Accepted,
    Attached,
    Clustered,
    Delivered,
    Fact,
    Failed,
    Happened,
    Instructed,
    Linked,
    Progressed,
    Recalled,
    Received,
    Redelivered,
    Refused,
    Requested,
    Resolved,
    Returned,
    Said,
    Supplied,
    Urged,
)
from services.agencies.inputs import (
    Accept,
    Act,
    Ask,
    Attach,
    Cluster,
    Fail,
    Input,
    Instruct,
    Issue,
    Link,
    Progress,
    Recall,
    Receive,
    Refuse,
    Resolve,
    Return,
    Supply,
    Told,
    Urge,
)
from services.agencies.parts import Finding, Given, Json, Policy

__all__ = [
    "MAX_NOTES",
    "MAX_REQUESTS",
    "OPEN",
    "WAITING",
    "Accept",
    "Accepted",
    "Act",
    "Ask",
    "Assignment",
    "Attach",
    "Attached",
    "Cluster",
    "Clustered",
    "Delivered",
    "Fact",
    "Fail",
    "Failed",
    "Finding",
    "Given",
    "Happened",
    "Input",
    "Instruct",
    "Instructed",
    "Issue",
    "Json",
    "Link",
    "Linked",
    "Policy",
    "Progress",
    "Progressed",
    "Recall",
    "Recalled",
    "Receive",
    "Received",
    "Redelivered",
    "Refuse",
    "Refused",
    "Request",
    "Requested",
    "Resolve",
    "Resolved",
    "Return",
    "Returned",
    "Said",
    "Stage",
    "Supplied",
    "Supply",
    "Told",
    "Urge",
    "Urged",
]

MAX_NOTES = 200
"""Most notes on progress of one assignment, as in routing; a note is up to 4,000 characters."""
MAX_REQUESTS = 99


class Stage(StrEnum):
    """How far an assignment is. A note on progress doesn't change it."""

    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    RETURNED = "returned"
    FAILED = "failed"
    RECALLED = "recalled"


OPEN = (Stage.DELIVERED, Stage.RECEIVED, Stage.ACCEPTED)
"""Stages in which the office has something to do."""
WAITING = "waiting_information"
"""The state of an open assignment whose filer has been asked; its clock stands still."""


@dataclass(frozen=True, slots=True)
class Request:
    """A question to the filer, and the answer."""

    number: int
    question: str
    asked_at: datetime | None = None
    by: str | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    attachments: tuple[Json, ...] = ()


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
    acts: tuple[Said | Supplied | Recalled, ...] = ()
    """What was done with it, in order."""
    numbers: tuple[int, ...] = ()
    """Each act's number among the facts."""
    begun: int = 0
    """The number of the delivery from which the stage counts."""
    count: int = 0
    """Facts so far."""
    refused: tuple[Refused, ...] = ()
    recalled: Recalled | None = None
    requests: tuple[Request, ...] = ()
    attachments: tuple[Json, ...] = ()
    clusters: tuple[Json, ...] = ()
    urges: tuple[Urged, ...] = ()
    instructions: tuple[Json, ...] = ()
    links: tuple[Json, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it waits for the office, or for what the office asked for."""
        return self.stage in OPEN

    @property
    def asked(self) -> Request | None:
        """The question the filer has not answered yet."""
        last = self.requests[-1] if self.requests else None
        return last if last and last.answered_at is None and self.is_open else None

    @property
    def state(self) -> str:
        """The stage, or that information is awaited."""
        return WAITING if self.asked else self.stage.value

    @property
    def taken(self) -> tuple[Said | Supplied | Recalled, ...]:
        """What was done with it and not refused, in order."""
        no = {item.number for item in self.refused}
        return tuple(
            act for act, number in zip(self.acts, self.numbers, strict=True) if number not in no
        )

    @property
    def notes(self) -> tuple[Progressed, ...]:
        """The notes on its progress that were taken, in order."""
        return tuple(act for act in self.taken if isinstance(act, Progressed))

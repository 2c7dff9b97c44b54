"""What a decision of an office's service gives: the facts an assignment's stream is made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.agencies.parts import Finding, Given, Json, RecallWhy, What


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
    step: Json | None = None
    type: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True)
class Requested(Happened):
    """要求补充材料."""

    by: str
    request: int
    question: str
    type: Literal["requested"] = "requested"


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
    outcome: Json
    type: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True)
class Failed(Happened):
    """The service could not process it; nobody in the office has it in hand."""

    office: str
    case_id: str
    error: str
    type: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True)
class Supplied(Happened):
    """补充材料: the filer has answered."""

    request: int
    answer: str
    attachments: tuple[Json, ...] = ()
    resolution_due: datetime | None = None
    type: Literal["supplied"] = "supplied"


@dataclass(frozen=True, slots=True)
class Recalled(Happened):
    """撤回交办: whatever was said here since was not taken."""

    why: RecallWhy
    reason: str
    by: str | None = None
    type: Literal["recalled"] = "recalled"


@dataclass(frozen=True, slots=True)
class Refused(Happened):
    """Routing did not take what was said in the fact of this `number`."""

    said: str
    message_id: str
    error: str
    field: str | None = None
    number: int | None = None
    type: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class Attached(Happened):
    """附件."""

    attachment: Json
    type: Literal["attached"] = "attached"


@dataclass(frozen=True, slots=True)
class Clustered(Happened):
    """类案."""

    clusters: tuple[Json, ...]
    type: Literal["clustered"] = "clustered"


@dataclass(frozen=True, slots=True)
class Urged(Happened):
    """催办."""

    number: int
    what: What
    due: datetime
    reason: str | None = None
    by: str | None = None
    type: Literal["urged"] = "urged"


@dataclass(frozen=True, slots=True)
class Instructed(Happened):
    """批示."""

    instruction: Json
    type: Literal["instructed"] = "instructed"


@dataclass(frozen=True, slots=True)
class Linked(Happened):
    """关联: a person has linked the case to another: `other`, `relation`, `reason`, `side`."""

    link: Json
    type: Literal["linked"] = "linked"


Said = Received | Accepted | Progressed | Requested | Returned | Resolved | Failed
"""What the office said about an assignment it has."""
Fact = (
    Delivered | Redelivered | Said | Supplied | Recalled | Refused | Attached | Clustered | Urged
    | Instructed | Linked
)  # fmt: skip

"""What is stored of a case: values, and the facts that decisions give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from services.intake.access import KeyIssued, KeyRevoked

Personal = Literal["phone", "resident_id"]
"""Fields of a contact that are personal data: encrypted here, never on the bus."""
RequestKey = tuple[str, int]
"""Assignment id and the request's number there."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A personal value as it may be stored: ciphertext (base64), and a keyed digest to compare."""

    cipher: str
    digest: str


@dataclass(frozen=True, slots=True)
class Contact:
    """The person an office may turn to."""

    name: str
    phone: Sealed | None = None
    resident_id: Sealed | None = None

    @property
    def digest(self) -> str | None:
        """The person's digest: the resident id's, or else the phone number's."""
        best = self.resident_id or self.phone
        return best.digest if best else None

    def comparable(self) -> dict[str, str | None]:
        """Give the fields for comparison; ciphertexts differ each time, digests don't."""
        return {
            "name": self.name,
            "phone": self.phone.digest if self.phone else None,
            "resident_id": self.resident_id.digest if self.resident_id else None,
        }


@dataclass(frozen=True, slots=True)
class Filing:
    """What a filer says. `details` is the JSON of the kind's typed details."""

    filer: str
    reference: str
    title: str
    summary: str | None
    division: str
    lane: str
    filed_on: date
    details: Mapping[str, Any]
    contact: Contact | None = None
    synthetic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """An office has a task of the case, from routing's decision of this round (from 1)."""

    task: str
    round: int
    office: str


@dataclass(frozen=True, slots=True)
class Request:
    """What an office asks the filer of a case, for one assignment (要求补充材料)."""

    assignment_id: str
    task: str
    round: int
    request: int
    """Counts the requests of one assignment, from 1."""
    question: str
    asked_at: datetime
    office: str | None = None
    by: str | None = None
    context: Mapping[str, Any] | None = None
    """Where the assignment belongs, as routing says it: goes back with the answer."""

    @property
    def key(self) -> RequestKey:
        """What it is known by."""
        return self.assignment_id, self.request


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a case: `size` in bytes, `sha256` in hex."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str


# Facts: what a decision gives


@dataclass(frozen=True, slots=True)
class Filed:
    """The filing is stored; its receipt (回执) has this number."""

    filing: Filing
    receipt: str
    at: datetime
    type: Literal["filed"] = "filed"


@dataclass(frozen=True, slots=True)
class PlacedFact:
    """These offices have tasks of the case now."""

    placed: tuple[Placed, ...]
    type: Literal["placed"] = "placed"


@dataclass(frozen=True, slots=True)
class Closed:
    """The case is closed: nobody needs its personal data any more."""

    concluded_on: date
    type: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A personal value was given out: who read which field, when and what for."""

    office: str
    name: str
    key_id: str
    field: Personal
    purpose: str
    at: datetime
    type: Literal["disclosed"] = "disclosed"


@dataclass(frozen=True, slots=True)
class Released:
    """An office no longer has its task of this round: returned or recalled."""

    task: str
    round: int
    type: Literal["released"] = "released"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """撤回: the filer has taken the case back."""

    reason: str
    withdrawn_on: date
    by: str | None
    at: datetime
    type: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True)
class Concluded:
    """结案: how the case ended, in its filer's words (JSON of the kind's typed conclusion)."""

    conclusion: Mapping[str, Any]
    by: str | None
    at: datetime
    type: Literal["concluded"] = "concluded"


@dataclass(frozen=True, slots=True)
class Asked:
    """An office waits for the filer's answer."""

    request: Request
    type: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class Answered:
    """补充材料: the filer has answered; `attachments` are ids of files of the case."""

    assignment_id: str
    request: int
    answer: str
    attachments: tuple[str, ...]
    by: str | None
    at: datetime
    type: Literal["answered"] = "answered"

    @property
    def key(self) -> RequestKey:
        """Which request it answers."""
        return self.assignment_id, self.request


@dataclass(frozen=True, slots=True)
class Attached:
    """附件: a file was added by an office (None: the liaison office). `stored` finds its bytes."""

    attachment: Attachment
    stored: str
    office: str | None
    by: str | None
    at: datetime
    type: Literal["attached"] = "attached"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file was given out: which one, to whom, and when."""

    attachment_id: str
    office: str | None
    name: str
    key_id: str
    at: datetime
    type: Literal["opened"] = "opened"


Fact = (
    Filed
    | PlacedFact
    | Released
    | Closed
    | Withdrawn
    | Concluded
    | Asked
    | Answered
    | Attached
    | Opened
    | Disclosed
    | KeyIssued
    | KeyRevoked
)

"""What intake decides on, what it keeps of a case and of an access key, and its refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.intake.access import Grant, KeyIssued
from services.intake.facts import (
    Answered,
    Attached,
    Attachment,
    Concluded,
    Disclosed,
    Filed,
    Filing,
    Opened,
    Personal,
    Placed,
    Request,
    RequestKey,
    Sealed,
    Withdrawn,
)
from services.runtime.domain import RefusedError

KEY_PREFIX = "key."
"""Subjects of access keys begin so; all others are cases."""

# Inputs: what is decided on


@dataclass(frozen=True, slots=True)
class File:
    """A filing has come in."""

    filing: Filing


@dataclass(frozen=True, slots=True)
class Place:
    """Routing has given tasks to offices."""

    placed: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """Routing has closed the case."""

    concluded_on: date


@dataclass(frozen=True, slots=True)
class Disclose:
    """An officer asks for a personal value."""

    office: str
    name: str
    key_id: str
    field: Personal
    purpose: str


@dataclass(frozen=True, slots=True)
class Release:
    """An assignment has come back: returned by its office or recalled."""

    task: str
    round: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The filer takes the case back."""

    reason: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Conclude:
    """The filer says how the case ended: JSON of the kind's typed conclusion."""

    conclusion: Mapping[str, Any]
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """An office asks the filer for information."""

    request: Request


@dataclass(frozen=True, slots=True)
class Answer:
    """The filer answers a request; `attachments` are ids of files of the case."""

    assignment_id: str
    request: int
    answer: str
    attachments: tuple[str, ...] = ()
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Attach:
    """A file's bytes lie in `stored`; at most `most` files are kept of a case."""

    attachment: Attachment
    stored: str
    most: int
    office: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Somebody else than the filer reads a file; `office` is None for the liaison office."""

    attachment_id: str
    office: str | None
    name: str
    key_id: str


@dataclass(frozen=True, slots=True)
class IssueKey:
    """An operator makes an access key."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """An operator makes a key void. `known` is True for a key that a setting gives."""

    known: bool = False


Input = (
    File
    | Place
    | Release
    | Close
    | Withdraw
    | Conclude
    | Ask
    | Answer
    | Attach
    | Open
    | Disclose
    | IssueKey
    | RevokeKey
)

# States


@dataclass(frozen=True, slots=True)
class Case:
    """A filing and what became of it here."""

    id: str
    filed: Filed | None = None
    places: Mapping[str, Placed] = field(default_factory=dict)
    """Task → the office that has it."""
    released: Mapping[str, int] = field(default_factory=dict)
    """Task → the last round that was returned or recalled."""
    closed_on: date | None = None
    withdrawn: Withdrawn | None = None
    concluded: Concluded | None = None
    requests: Mapping[RequestKey, Request] = field(default_factory=dict)
    answers: Mapping[RequestKey, Answered] = field(default_factory=dict)
    attachments: Mapping[str, Attached] = field(default_factory=dict)
    """Attachment id → file, in the order they came."""
    opened: tuple[Opened, ...] = ()
    disclosures: tuple[Disclosed, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the case is over: its filer has said so, or routing."""
        return bool(self.closed_on or self.withdrawn or self.concluded)

    def holds(self, task: str, round_: int) -> bool:
        """Tell whether a round of a task is neither returned nor recalled."""
        return round_ > self.released.get(task, 0)

    def sealed(self, field: Personal) -> Sealed | None:
        """Give a personal value as it is stored; None when the filing names none."""
        contact = self.filed.filing.contact if self.filed else None
        if contact is None:
            return None
        return contact.phone if field == "phone" else contact.resident_id

    def has(self, office: str) -> bool:
        """Tell whether an office has a task of this case, which is still open."""
        held = {
            place.office for place in self.places.values() if self.holds(place.task, place.round)
        }
        return not self.ended and office in held


@dataclass(frozen=True, slots=True)
class Key:
    """An access key."""

    id: str
    issued: KeyIssued | None = None
    revoked_at: datetime | None = None

    def works(self, now: datetime) -> bool:
        """Tell whether the key is good at a moment."""
        issued = self.issued if self.revoked_at is None else None
        return issued is not None and now < issued.grant.expires


State = Case | Key


class ReferenceTakenError(RefusedError):
    """The filer has used this reference for another filing; `fields` are those that differ."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        """Keep the paths of the fields, with dots."""
        super().__init__("this reference was filed before, with another content")
        self.fields = fields


class SaidBeforeError(RefusedError):
    """Something else was said before, or the case is over; `said` is what was: field → words."""

    def __init__(self, message: str, said: Mapping[str, str]) -> None:
        """Keep what was said, by field with dots."""
        super().__init__(message)
        self.said = said


class NotEntitledError(RefusedError):
    """The office has no open task of this case, so it may not have what is asked for."""

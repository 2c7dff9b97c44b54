"""What intake keeps: a filing with its receipt, who read personal data of it, and access keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from services.runtime.domain import RefusedError

Personal = Literal["phone", "resident_id"]
"""Fields of a contact that are personal data: encrypted here, never on the bus."""
KEY_PREFIX = "key."
"""Subjects of access keys begin so; all others are cases."""


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
class Grant:
    """Whom an access key stands for. `hash` is the key's SHA-256 in hex."""

    hash: str
    role: str
    office: str | None
    division: str | None
    name: str
    expires: datetime


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
class IssueKey:
    """An operator makes an access key."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """An operator makes a key void. `known` is True for a key that a setting gives."""

    known: bool = False


Input = File | Place | Close | Disclose | IssueKey | RevokeKey

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
class KeyIssued:
    """An access key exists from now on."""

    grant: Grant
    at: datetime
    type: Literal["key_issued"] = "key_issued"


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """The key is void from now on, with every token got with it."""

    at: datetime
    type: Literal["key_revoked"] = "key_revoked"


Fact = Filed | PlacedFact | Closed | Disclosed | KeyIssued | KeyRevoked

# States


@dataclass(frozen=True, slots=True)
class Case:
    """A filing and what became of it here."""

    id: str
    filed: Filed | None = None
    places: Mapping[str, Placed] = field(default_factory=dict)
    """Task → the office that has it."""
    closed_on: date | None = None
    disclosures: tuple[Disclosed, ...] = ()

    def sealed(self, field: Personal) -> Sealed | None:
        """Give a personal value as it is stored; None when the filing names none."""
        contact = self.filed.filing.contact if self.filed else None
        if contact is None:
            return None
        return contact.phone if field == "phone" else contact.resident_id

    def has(self, office: str) -> bool:
        """Tell whether an office has a task of this case, which is still open."""
        offices = {place.office for place in self.places.values()}
        return self.closed_on is None and office in offices


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


class NotEntitledError(RefusedError):
    """The office has no open task of this case, so it may not read personal data of it."""

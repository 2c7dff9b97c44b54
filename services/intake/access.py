"""What is stored of an access key: whom it stands for, that it was issued, that it is void."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom an access key stands for. `hash` is the key's SHA-256 in hex."""

    hash: str
    role: str
    office: str | None
    division: str | None
    name: str
    expires: datetime


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

"""What a case's people are told, and who wants to be told: states, inputs, facts.

Two kinds of subject share the stream: a case (`c…`, in `happenings.py`) collects notices until
they are spread over the subscriptions; a subscription (`s…`, here) is who is told what and where.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.notices.happenings import Case, Happening, Heard, Spread, Told
from services.notices.vocabulary import Channel, Digest, Event

Standing = Literal["unknown", "pending", "active", "failing", "paused", "suspended", "removed"]
COLLECTING = ("active", "failing", "paused", "suspended")
"""In these, notices are laid by for it; a suspended one may come back, and has lost nothing."""
SENDING = ("pending", "active", "failing")
"""In these, what lies ready is sent; while pending that is the endpoint check alone."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a subscriber asks for."""

    scope: str
    channel: Channel
    target: str
    """A URL or a mail address."""
    events: tuple[Event, ...]
    digest: Digest = Digest.NONE


@dataclass(frozen=True, slots=True)
class Create:
    """Make it; `key` is the access key it is asked for with."""

    terms: Terms
    key: str


@dataclass(frozen=True, slots=True)
class Verify:
    """The endpoint answered, or the address was confirmed; `version` says which check it was."""

    version: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold everything back."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Send again, on the account of this access key."""

    key: str


@dataclass(frozen=True, slots=True)
class Suspend:
    """Stop it, for a reason its owner sees."""

    why: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Rotate:
    """Sign with a new secret; the old one is used beside it for so many seconds."""

    overlap_seconds: int


@dataclass(frozen=True, slots=True)
class Remove:
    """End it."""


@dataclass(frozen=True, slots=True)
class Fail:
    """So many attempts in a row have failed."""

    error: str


@dataclass(frozen=True, slots=True)
class Recover:
    """It is reached again."""


@dataclass(frozen=True, slots=True)
class Created:
    """It waits for its check."""

    terms: Terms
    key: str
    at: datetime
    type: Literal["created"] = "created"


@dataclass(frozen=True, slots=True)
class Moved:
    """Its standing has changed, and why."""

    to: Standing
    at: datetime
    why: str | None = None
    said: str = ""
    key: str | None = None
    """The access key it stands on from now on, where that has changed."""
    type: Literal["moved"] = "moved"


@dataclass(frozen=True, slots=True)
class Rotated:
    """A new secret; the one before is good until then."""

    old_until: datetime
    type: Literal["rotated"] = "rotated"


SubscriptionInput = (
    Create | Verify | Pause | Resume | Suspend | Rotate | Remove | Fail | Recover
)  # fmt: skip
Input = Heard | Spread | SubscriptionInput
Fact = Happening | Told | Spread | Created | Moved | Rotated


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is told, what, where, and how it stands."""

    id: str
    terms: Terms | None = None
    key: str = ""
    """The access key it stands on: revoked, it is suspended."""
    standing: Standing = "unknown"
    since: datetime | None = None
    why: str | None = None
    said: str = ""
    created_at: datetime | None = None
    verified: bool = False
    version: int = 0
    """Of its secret; counts on when it is made anew, so that no secret is used twice."""
    old_until: datetime | None = None
    """Until when the secret before is signed with, too."""


State = Case | Subscription

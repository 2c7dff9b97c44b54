"""A parked message: what came, why it could not be handled, and what was done about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was found, with what the service that gave it up said."""

    queue: str
    """The queue it should go back to."""
    service: str
    """Who gave it up; of what no queue wanted, the routing key it was sent with."""
    reason: str
    error: str
    attempts: int
    message_id: str
    content_type: str | None
    body: str
    """The bytes in base64."""


@dataclass(frozen=True, slots=True)
class Park:
    """Keep this message."""

    message: Message


@dataclass(frozen=True, slots=True)
class Replay:
    """Send it again, with its own message id."""

    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A message was set aside (again, when a replay didn't help)."""

    message: Message
    at: datetime
    type: Literal["parked"] = "parked"


@dataclass(frozen=True, slots=True)
class Replayed:
    """It was sent again."""

    by: str
    why: str
    at: datetime
    type: Literal["replayed"] = "replayed"


@dataclass(frozen=True, slots=True)
class ReplayNoted:
    """The others are told that it was."""

    type: Literal["replay_noted"] = "replay_noted"


Input = Park | Replay
Fact = Parked | Replayed | ReplayNoted


@dataclass(frozen=True, slots=True)
class State:
    """One message and its history."""

    id: str
    message: Message | None = None
    state: Literal["unknown", "parked", "replayed"] = "unknown"
    first_parked_at: datetime | None = None
    parked_at: datetime | None = None
    times_parked: int = 0
    replays: tuple[Replayed, ...] = ()

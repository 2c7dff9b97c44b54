"""What metrics notes of projects and of messages that were set aside."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Registered:
    """A stalled project has a file."""

    division: str
    name: str
    at: datetime
    stalled_since: date | None = None
    case_id: str | None = None
    type: Literal["registered"] = "registered"


@dataclass(frozen=True, slots=True)
class StageReached:
    """A project moved on to a stage (or back to it)."""

    division: str
    stage: str
    on: date
    at: datetime
    before: str = ""
    """The stage it came from; empty in what was noted before this was."""
    type: Literal["stage_reached"] = "stage_reached"


@dataclass(frozen=True, slots=True)
class Funded:
    """An entry of a project's ledger; negative where it takes another back."""

    division: str
    reference: str
    source: str
    amount_fen: int
    on: date
    at: datetime
    type: Literal["funded"] = "funded"


@dataclass(frozen=True, slots=True)
class RiskRaised:
    """A project's disputes passed the threshold."""

    division: str
    on: date
    at: datetime
    disputes: int = 0
    type: Literal["risk_raised"] = "risk_raised"


@dataclass(frozen=True, slots=True)
class Met:
    """A meeting dealt with a project."""

    division: str
    meeting: str
    on: date
    at: datetime
    type: Literal["met"] = "met"


@dataclass(frozen=True, slots=True)
class Parked:
    """A message could not be handled and was set aside."""

    queue: str
    reason: str
    at: datetime
    type: Literal["parked"] = "parked"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A message that had been set aside was sent again."""

    queue: str
    at: datetime
    type: Literal["replayed"] = "replayed"


ProjectFact = Registered | StageReached | Funded | RiskRaised | Met
MessageFact = Parked | Replayed

"""What metrics notes of the liaison office's meetings and instructions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Review:
    """One lost lawsuit a loss review dealt with: how many causes and remedies it named."""

    case_id: str
    causes: int
    remedies: int
    recurrent: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """A meeting was held."""

    division: str
    meeting: str
    on: date
    at: datetime
    attendees: int | None = None
    decisions: int = 0
    cases: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()
    type: Literal["recorded"] = "recorded"


@dataclass(frozen=True, slots=True)
class Instructed:
    """An instruction was issued to its owner."""

    division: str
    office: str
    issued_on: date
    due_on: date
    at: datetime
    case_id: str | None = None
    meeting_id: str | None = None
    type: Literal["instructed"] = "instructed"


@dataclass(frozen=True, slots=True)
class InstructionLate:
    """An instruction was not closed by its day."""

    division: str
    office: str
    due_on: date
    at: datetime
    case_id: str | None = None
    type: Literal["instruction_late"] = "instruction_late"


@dataclass(frozen=True, slots=True)
class InstructionDone:
    """An instruction was carried out, by its day or not."""

    division: str
    office: str
    closed_on: date
    due_on: date
    in_time: bool
    at: datetime
    case_id: str | None = None
    type: Literal["instruction_done"] = "instruction_done"


MeetingFact = Recorded
InstructionFact = Instructed | InstructionLate | InstructionDone

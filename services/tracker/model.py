"""A troubled project (问题楼盘): its state, and what a decision gives.

Money is whole fen, days are Asia/Shanghai dates. What is decided on is in `inputs.py`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.tracker.inputs import Dispute, Fund, Input, Link, Meet, Move, Reverse, Sue
from services.tracker.parts import (
    BY_ASSIGNMENT,
    BY_CASE,
    MAX_DISPUTES,
    MAX_TOTAL_FEN,
    NOTHING_SAID,
    About,
    Funder,
    Limit,
    Meeting,
    Stage,
)

__all__ = [
    "BY_ASSIGNMENT",
    "BY_CASE",
    "MAX_DISPUTES",
    "MAX_TOTAL_FEN",
    "About",
    "CaseLinked",
    "Dispute",
    "Disputed",
    "Fact",
    "Fund",
    "Funded",
    "Funder",
    "Input",
    "Limit",
    "Link",
    "Meet",
    "Meeting",
    "MeetingHeld",
    "Move",
    "Project",
    "Registered",
    "Reverse",
    "RiskRaised",
    "Stage",
    "StageChanged",
    "Sue",
]

# What a decision gives.


@dataclass(frozen=True, slots=True)
class Registered:
    """The project has a file, opened for its first case."""

    on: date
    division: str
    name: str
    case_id: str
    kind: str
    about: About = NOTHING_SAID
    type: Literal["registered"] = "registered"


@dataclass(frozen=True, slots=True)
class CaseLinked:
    """A further case is about the project."""

    on: date
    case_id: str
    kind: str
    about: About = NOTHING_SAID
    type: Literal["case_linked"] = "case_linked"


@dataclass(frozen=True, slots=True)
class StageChanged:
    """The project moved."""

    before: Stage
    after: Stage
    on: date
    reason: str | None = None
    type: Literal["stage_changed"] = "stage_changed"


@dataclass(frozen=True, slots=True)
class Funded:
    """An entry of the ledger; negative where it reverses another."""

    reference: str
    source: Funder
    amount_fen: int
    on: date
    reverses: str | None = None
    type: Literal["funded"] = "funded"


@dataclass(frozen=True, slots=True)
class Disputed:
    """Disputes were counted, and judged by `limit`."""

    reference: str
    count: int
    on: date
    limit: Limit
    type: Literal["disputed"] = "disputed"


@dataclass(frozen=True, slots=True)
class RiskRaised:
    """群体性诉讼风险: the disputes within the window reached the threshold on a day."""

    disputes: int
    limit: Limit
    on: date
    type: Literal["risk_raised"] = "risk_raised"


@dataclass(frozen=True, slots=True)
class MeetingHeld:
    """A meeting dealt with the project."""

    meeting: Meeting
    on: date
    decisions: tuple[str, ...] = ()
    moved_because: str | None = None
    type: Literal["meeting_held"] = "meeting_held"


Fact = Registered | CaseLinked | StageChanged | Funded | Disputed | RiskRaised | MeetingHeld


@dataclass(frozen=True, slots=True)
class Project:
    """The state of one project; `registered_on` is None for one nobody has filed yet.

    Cases of disputes may have been heard of before: they wait here for the file to be opened.
    """

    id: str
    registered_on: date | None = None
    division: str = ""
    name: str = ""
    about: About = NOTHING_SAID
    stage: Stage = Stage.REGISTERED
    moves: tuple[StageChanged, ...] = ()
    cases: tuple[Registered | CaseLinked, ...] = ()
    ledger: tuple[Funded, ...] = ()
    disputes: tuple[Disputed, ...] = ()
    warnings: tuple[RiskRaised, ...] = ()
    meetings: tuple[MeetingHeld, ...] = ()
    resumed_on: date | None = None
    """The day work was resumed; None while the project stands still."""
    stalled_again_on: date | None = None
    """The day it last stalled again after having been resumed."""

    @property
    def stalled_since(self) -> date | None:
        """When the present, or else the last, standstill began; None where no filing says it."""
        return self.stalled_again_on or self.about.stalled_since

    @property
    def stage_since(self) -> date | None:
        """Since when the project is in its stage."""
        return self.moves[-1].on if self.moves else self.registered_on

"""A troubled project (问题楼盘): its state, what is decided on, and what a decision gives.

Money is whole fen, days are Asia/Shanghai dates.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

MAX_TOTAL_FEN = 10**15
"""Bound of a ledger's total: what an event may carry."""

MAX_DISPUTES = 1_000_000
"""Bound of a project's disputes in all: above any city's, within what an event may carry."""

BY_ASSIGNMENT = "assignment:"
"""Front of a ledger reference that an office's answer gave; nobody else may use it."""


class Stage(StrEnum):
    """How far a project is."""

    REGISTERED = "registered"
    STUDYING = "studying"
    FUNDED = "funded"
    RESUMED = "resumed"
    DELIVERED = "delivered"


class Funder(StrEnum):
    """Where money comes from: 政府资金扶持, 业主自救补款, “保交楼”专项贷款."""

    GOVERNMENT = "government"
    OWNERS = "owners"
    SPECIAL_LOAN = "special_loan"


class Meeting(StrEnum):
    """The weekly rhythm (seed brief row 14): 周一信访接待, 周四专题研判, 周五城建例会."""

    PETITION_RECEPTION = "petition_reception"
    STUDY = "study"
    CITY_CONSTRUCTION = "city_construction"


@dataclass(frozen=True, slots=True)
class Limit:
    """When disputes are a risk: `threshold` of them within the last `window_days`, today's too."""

    threshold: int
    window_days: int


@dataclass(frozen=True, slots=True)
class About:
    """What filings say about a project; of several, the first that says it counts."""

    developer: str | None = None
    stalled_since: date | None = None
    units: int | None = None
    households: int | None = None
    funding_gap_fen: int | None = None


# What is decided on.


@dataclass(frozen=True, slots=True)
class Link:
    """A case names the project; the first one opens its file."""

    case_id: str
    kind: str
    division: str
    name: str
    about: About = About()


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody says the project is in another stage since `on`."""

    to: Stage
    on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fund:
    """Money for the project. `reference` is unique in its ledger."""

    reference: str
    source: Funder
    amount_fen: int
    on: date


@dataclass(frozen=True, slots=True)
class Reverse:
    """The whole of the entry `reverses` is taken back."""

    reference: str
    reverses: str
    on: date


@dataclass(frozen=True, slots=True)
class Dispute:
    """`count` disputes of buyers came up on a day. `reference` is unique in the project."""

    reference: str
    count: int
    on: date
    limit: Limit


@dataclass(frozen=True, slots=True)
class Meet:
    """One of the weekly meetings dealt with the project."""

    meeting: Meeting
    on: date
    decisions: tuple[str, ...] = ()
    moved_because: str | None = None
    """Why it wasn't held on its own day of the week."""


Input = Link | Move | Fund | Reverse | Dispute | Meet

# What a decision gives.


@dataclass(frozen=True, slots=True)
class Registered:
    """The project has a file, opened for its first case."""

    on: date
    division: str
    name: str
    case_id: str
    kind: str
    about: About = About()
    type: Literal["registered"] = "registered"


@dataclass(frozen=True, slots=True)
class CaseLinked:
    """A further case is about the project."""

    on: date
    case_id: str
    kind: str
    about: About = About()
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
    """The state of one project; `registered_on` is None for one nobody has filed yet."""

    id: str
    registered_on: date | None = None
    division: str = ""
    name: str = ""
    about: About = About()
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

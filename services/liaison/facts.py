"""What is stored of instructions, meetings, members and budgets: what was said, and by whom."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.liaison.parts import Expense, Member, Minutes, Order, Review


@dataclass(frozen=True, slots=True)
class Issued:
    """批示/督办: an instruction has an owner and a day."""

    order: Order
    by: str | None
    at: datetime
    type: Literal["instruction_issued"] = "instruction_issued"


@dataclass(frozen=True, slots=True)
class IssuedSent:
    """The instruction leaves for its owner's inbox."""

    type: Literal["instruction_sent"] = "instruction_sent"


@dataclass(frozen=True, slots=True)
class Overdue:
    """Its day has passed, and it isn't closed."""

    due_on: date
    at: datetime
    type: Literal["instruction_overdue"] = "instruction_overdue"


@dataclass(frozen=True, slots=True)
class Closed:
    """It was carried out. `office` is None where the liaison office says so."""

    result: str
    closed_on: date
    in_time: bool
    office: str | None
    by: str | None
    at: datetime
    type: Literal["instruction_closed"] = "instruction_closed"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A meeting was held. `recurrent` names the cases lost for a cause that had lost one before."""

    minutes: Minutes
    reviews: tuple[Review, ...]
    recurrent: tuple[str, ...]
    by: str | None
    at: datetime
    type: Literal["meeting_recorded"] = "meeting_recorded"


@dataclass(frozen=True, slots=True)
class Instructed:
    """A decision (from 1) became an instruction, maybe one of several."""

    decision: int
    instruction_id: str
    by: str | None
    at: datetime
    type: Literal["decision_instructed"] = "decision_instructed"


@dataclass(frozen=True, slots=True)
class Convened:
    """A joint conference takes its place in its year."""

    meeting_id: str
    reference: str
    on: date
    moved_because: str | None
    at: datetime
    type: Literal["conference_convened"] = "conference_convened"


@dataclass(frozen=True, slots=True)
class Noted:
    """A lost lawsuit of the defendant was reviewed at a meeting."""

    meeting_id: str
    case_id: str
    causes: tuple[str, ...]
    on: date
    recurrent: bool
    at: datetime
    type: Literal["loss_noted"] = "loss_noted"


@dataclass(frozen=True, slots=True)
class Added:
    """Somebody, or a liaison office, is in the directory since a day."""

    member: Member
    since: date
    by: str | None
    at: datetime
    type: Literal["member_added"] = "member_added"


@dataclass(frozen=True, slots=True)
class Changed:
    """From a day on it is so."""

    member: Member
    since: date
    by: str | None
    at: datetime
    type: Literal["member_changed"] = "member_changed"


@dataclass(frozen=True, slots=True)
class Ended:
    """Since after that day it is no longer so."""

    until: date
    by: str | None
    at: datetime
    type: Literal["member_ended"] = "member_ended"


@dataclass(frozen=True, slots=True)
class BudgetSet:
    """经费: what a year's budget is."""

    amount_fen: int
    why: str | None
    by: str | None
    at: datetime
    type: Literal["budget_set"] = "budget_set"


@dataclass(frozen=True, slots=True)
class Spent:
    """An expense, or one taken back whole (`reverses`, its amount negative)."""

    expense: Expense
    by: str | None
    at: datetime
    type: Literal["budget_spent"] = "budget_spent"


Fact = (
    Issued | IssuedSent | Overdue | Closed | Recorded | Instructed | Convened | Noted | Added
    | Changed | Ended | BudgetSet | Spent
)  # fmt: skip

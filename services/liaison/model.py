"""What the liaison office decides on, and its states: each subject's own, told by its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.liaison.facts import (
    Added,
    BudgetSet,
    Changed,
    Closed,
    Convened,
    Ended,
    Instructed,
    Issued,
    Noted,
    Overdue,
    Recorded,
    Spent,
)
from services.liaison.parts import Expense, Member, Minutes, Order, Review
from services.runtime.domain import RefusedError

MEMBER, BUDGET, CONFERENCE, LOSSES = "member:", "budget:", "conference:", "losses:"
"""How subjects begin that have no id of the contracts' own."""

# Inputs


@dataclass(frozen=True, slots=True)
class Issue:
    """A leader's instruction is to be followed up."""

    order: Order
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Close:
    """Its owner (or, without `office`, the liaison office) says it is carried out."""

    result: str
    closed_on: date
    office: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A meeting's minutes come in; `recurrent` is what was found of its reviews."""

    minutes: Minutes
    reviews: tuple[Review, ...] = ()
    recurrent: tuple[str, ...] = ()
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Instruct:
    """A decision has become an instruction."""

    decision: int
    instruction_id: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Convene:
    """A joint conference asks for its place in its year."""

    meeting_id: str
    reference: str
    on: date
    moved_because: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A lost lawsuit of a defendant is reviewed."""

    meeting_id: str
    case_id: str
    causes: tuple[str, ...]
    on: date


@dataclass(frozen=True, slots=True)
class Add:
    """Somebody joins."""

    member: Member
    since: date
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something about somebody is different from a day on: field → value."""

    changes: Mapping[str, str | None]
    since: date
    by: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Somebody leaves."""

    until: date
    by: str | None = None


@dataclass(frozen=True, slots=True)
class SetBudget:
    """A year's budget is this."""

    amount_fen: int
    why: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Spend:
    """Money was spent; of an entry that `reverses` another the rest is that one's."""

    expense: Expense
    by: str | None = None


Input = (
    Issue | Tick | Close | Record | Instruct | Convene | Note | Add | Change | End | SetBudget
    | Spend
)  # fmt: skip

# States


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction: issued, maybe overdue, closed."""

    id: str
    issued: Issued | None = None
    overdue: Overdue | None = None
    closed: Closed | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting, and which instructions its decisions (from 1) became."""

    id: str
    recorded: Recorded | None = None
    instructed: Mapping[int, tuple[Instructed, ...]] = field(default_factory=dict)

    def has(self, decision: int) -> bool:
        """Tell whether there is such a decision."""
        return bool(self.recorded) and 1 <= decision <= len(self.decisions)

    @property
    def decisions(self) -> tuple[str, ...]:
        """What was decided."""
        return self.recorded.minutes.decisions if self.recorded else ()

    @property
    def pending(self) -> tuple[int, ...]:
        """The decisions that are no instruction yet."""
        numbers = range(1, len(self.decisions) + 1)
        return tuple(number for number in numbers if number not in self.instructed)


@dataclass(frozen=True, slots=True)
class Year:
    """The joint conferences of a division in a year."""

    id: str
    held: tuple[Convened, ...] = ()


@dataclass(frozen=True, slots=True)
class Losses:
    """A defendant's lost lawsuits that were reviewed, by meeting and case."""

    id: str
    notes: Mapping[tuple[str, str], Noted] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """A member or a liaison office: as it is, and all it was."""

    id: str
    member: Member | None = None
    since: date | None = None
    until: date | None = None
    history: tuple[Added | Changed | Ended, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """A division's budget of a year."""

    id: str
    settings: tuple[BudgetSet, ...] = ()
    spent: tuple[Spent, ...] = ()

    @property
    def amount_fen(self) -> int | None:
        """What it is; None before it is set."""
        return self.settings[-1].amount_fen if self.settings else None

    @property
    def spent_fen(self) -> int:
        """What is gone."""
        return sum(item.expense.amount_fen for item in self.spent)


State = Instruction | Meeting | Year | Losses | Person | Budget


class DiffersError(RefusedError):
    """The same was said before with another content; `fields` are those that differ."""

    def __init__(self, message: str, fields: tuple[str, ...]) -> None:
        """Keep the fields' names."""
        super().__init__(message)
        self.fields = fields

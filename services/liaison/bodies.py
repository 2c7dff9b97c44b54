"""What is sent to the liaison office: the bodies of its commands."""

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from fuyuan_contracts.data import Number
from fuyuan_contracts.identifiers import (
    AssignmentId,
    CaseId,
    DivisionCode,
    Fen,
    OfficeId,
    Reference,
)
from fuyuan_contracts.liaison_events import MeetingId, MeetingType
from fuyuan_contracts.parts import Flag
from fuyuan_contracts.times import Day
from services.liaison.parts import Expense, Member, MemberRole, Minutes, Order, Review
from services.runtime.http import Body
from services.runtime.personal import Told, ToldLine

Decision = Annotated[Told, StringConstraints(max_length=1000)]
OfficePhone = Annotated[str, StringConstraints(pattern=r"^0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,5})?$")]
"""A landline of an office, with its area code; never a mobile number, which is a person's."""


class Instructing(Body):
    """批示/督办."""

    number: Reference
    """批示文号; the same number in the same division is the same instruction."""
    office: OfficeId
    text: Told
    issued_by: ToldLine
    issued_on: Day
    due_on: Day
    case_id: CaseId | None = None
    assignment_id: AssignmentId | None = None
    meeting: MeetingId | None = None
    division: DivisionCode | None = None
    """Whose liaison office follows it up; without, the caller's."""

    def order(self, division: str, case_id: str | None) -> Order:
        """Give what it says; `case_id` is the assignment's where only that is named."""
        return Order(
            self.number, division, self.office, self.text, self.issued_by, self.issued_on,
            self.due_on, case_id, self.assignment_id, self.meeting,
        )  # fmt: skip


class Deciding(Body):
    """A meeting's decision becomes an instruction; what isn't said the meeting says."""

    number: Reference
    office: OfficeId
    due_on: Day
    text: Told | None = None
    """Without, the decision itself."""
    issued_by: ToldLine | None = None
    """Without, who chaired the meeting."""
    issued_on: Day | None = None
    """Without, the meeting's day."""
    case_id: CaseId | None = None
    assignment_id: AssignmentId | None = None

    def order(self, minutes: Minutes, decision: int, meeting_id: str, by: str) -> Order:
        """Give the instruction; `by` is whose it is."""
        return Order(
            self.number, minutes.division, self.office,
            self.text or minutes.decisions[decision - 1], by, self.issued_on or minutes.on,
            self.due_on, case_of(self.case_id, self.assignment_id), self.assignment_id,
            meeting_id, decision,
        )  # fmt: skip


class Closing(Body):
    """办结."""

    result: Told
    closed_on: Day


class Reviewing(Body):
    """A lost lawsuit, at a loss review."""

    case_id: CaseId
    causes: Annotated[tuple[ToldLine, ...], Field(min_length=1, max_length=20)]
    remedies: Annotated[tuple[ToldLine, ...], Field(max_length=20)] = ()
    recurrent: Flag = False

    def review(self, defendant: str) -> Review:
        """Give what the rules take; who lost is what routing says."""
        return Review(self.case_id, defendant, self.causes, self.remedies, self.recurrent)


class Meeting(Body):
    """会议记录."""

    reference: Reference
    """会议纪要文号; with division and type it is the meeting's identity."""
    type: MeetingType
    title: ToldLine
    on: Day
    division: DivisionCode | None = None
    chaired_by: ToldLine | None = None
    attendees: Number | None = None
    decisions: Annotated[tuple[Decision, ...], Field(max_length=50)] = ()
    cases: Annotated[tuple[CaseId, ...], Field(max_length=500)] = ()
    reviews: Annotated[tuple[Reviewing, ...], Field(max_length=100)] = ()
    moved_because: ToldLine | None = None
    """Why a joint conference is a further one in its year."""

    @field_validator("cases", "reviews")
    @classmethod
    def _each_case_once(cls, value: tuple[str | Reviewing, ...]) -> tuple[str | Reviewing, ...]:
        ids = [item.case_id if isinstance(item, Reviewing) else item for item in value]
        if len(set(ids)) != len(ids):
            msg = "names the same case twice"
            raise ValueError(msg)
        return value

    def minutes(self, division: str) -> Minutes:
        """Give what is recorded, but for the reviews."""
        return Minutes(
            self.reference, self.type, division, self.title, self.on, self.chaired_by,
            self.attendees, self.decisions, self.cases, self.moved_because,
        )  # fmt: skip


class Joining(Body):
    """Somebody joins the directory."""

    name: ToldLine
    office: ToldLine
    post: ToldLine
    role: MemberRole
    since: Day
    division: DivisionCode | None = None
    phone: OfficePhone | None = None

    def member(self, division: str) -> Member:
        """Give who it is."""
        return Member(self.name, division, self.office, self.post, self.role, self.phone)


class Changing(Body):
    """What is different from a day on; what is left out stays."""

    since: Day
    post: ToldLine | None = None
    role: MemberRole | None = None
    phone: OfficePhone | None = None

    def changes(self) -> dict[str, Any]:
        """Give the fields that were said; a phone of null takes it away."""
        given = self.model_dump(include=self.model_fields_set - {"since"})
        return {
            name: value for name, value in given.items() if value is not None or name == "phone"
        }


class Leaving(Body):
    """Somebody leaves."""

    until: Day


class Budgeting(Body):
    """经费预算."""

    amount_fen: Fen
    why: ToldLine | None = None


class Spending(Body):
    """An expense; or, with `reverses`, the whole of an earlier one taken back."""

    reference: Reference
    on: Day
    amount_fen: Annotated[Fen, Field(gt=0)] | None = None
    purpose: ToldLine | None = None
    reverses: Reference | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        said = self.amount_fen is not None and self.purpose is not None
        none = self.amount_fen is None and self.purpose is None
        if not (none if self.reverses else said):
            msg = "expected amount_fen and purpose, or reverses alone"
            raise ValueError(msg)
        return self

    def expense(self) -> Expense:
        """Give the entry."""
        return Expense(
            self.reference, self.amount_fen or 0, self.on, self.purpose or "", self.reverses
        )


def case_of(case_id: str | None, assignment_id: str | None) -> str | None:
    """Give the case that is meant: the assignment's, where only that is named."""
    return case_id or (assignment_id.partition(".")[0] if assignment_id else None)

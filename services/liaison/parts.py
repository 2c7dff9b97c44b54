"""What inputs, facts and states share. Money is whole fen, days are Asia/Shanghai dates."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

MeetingType = Literal[
    "joint_conference", "liaison_meeting", "loss_review", "consultation", "training", "exchange"
]
MemberRole = Literal[
    "convener", "deputy_convener", "member", "contact", "office_head", "staff", "liaison_office"
]
"""召集人, 副召集人, 成员, 联络员, 联席办负责人, 联席办工作人员; or a liaison office itself."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an instruction says."""

    number: str
    division: str
    """Whose liaison office follows it up."""
    office: str
    """Who owns it."""
    text: str
    issued_by: str
    issued_on: date
    due_on: date
    case_id: str | None = None
    assignment_id: str | None = None
    meeting_id: str | None = None
    decision: int | None = None
    """Which of that meeting's decisions it carries out, from 1."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """What is recorded of a meeting."""

    reference: str
    type: MeetingType
    division: str
    title: str
    on: date
    chaired_by: str | None = None
    attendees: int | None = None
    decisions: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    moved_because: str | None = None
    """Of a joint conference: why it is a further one in its year."""


@dataclass(frozen=True, slots=True)
class Review:
    """One lost lawsuit, as a loss review dealt with it."""

    case_id: str
    defendant: str
    causes: tuple[str, ...]
    remedies: tuple[str, ...] = ()
    recurrent: bool = False
    """Said by those who reviewed it; what is found here counts beside that."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who somebody is in the mechanism, or where a liaison office is."""

    name: str
    division: str
    office: str
    """The organ (成员单位), in words or as an office's id."""
    post: str
    """The office held: 县长, 院长."""
    role: MemberRole
    phone: str | None = None
    """Of the office, never a person's own."""

    @property
    def level(self) -> str:
        """City or county, by the division."""
        return "city" if self.division.endswith("00") else "county"


@dataclass(frozen=True, slots=True)
class Expense:
    """Money spent. `reference` is unique in its budget."""

    reference: str
    amount_fen: int
    on: date
    purpose: str
    reverses: str | None = None

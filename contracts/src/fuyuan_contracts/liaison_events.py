"""What the liaison office (府院联席办) runs: instructions, and all meetings but the weekly.

Seed brief rows 2, 4, 15, 17 and 22. The weekly three about stalled projects are `meeting.held`.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from fuyuan_contracts.data import Data, Number
from fuyuan_contracts.identifiers import (
    AssignmentId,
    CaseId,
    DivisionCode,
    Line,
    OfficeId,
    Reference,
    Text,
)
from fuyuan_contracts.parts import Flag
from fuyuan_contracts.times import Day

InstructionId = Annotated[str, StringConstraints(pattern=r"^i[a-z2-7]{24}$")]
MeetingId = Annotated[str, StringConstraints(pattern=r"^m[a-z2-7]{24}$")]
MeetingType = Literal[
    "joint_conference", "liaison_meeting", "loss_review", "consultation", "training", "exchange"
]
"""联席会议 (yearly), 府院联动会议, 败诉案件分析研判会, 会商, 同堂培训 or 工作交流."""


class InstructionData(Data):
    """What every word about an instruction says."""

    instruction_id: InstructionId
    number: Reference
    """批示文号."""
    division: DivisionCode
    """Whose liaison office follows it up."""
    office: OfficeId
    """Who owns it (责任单位)."""
    case_id: CaseId | None = None
    assignment_id: AssignmentId | None = None


class InstructionIssued(InstructionData):
    """批示/督办: a leader's instruction with an owner and a day by which it has to be done."""

    TYPE = "cn.fuyuan.instruction.issued.v1"
    text: Text
    issued_by: Line
    """Whose instruction it is, by office held: 市长."""
    issued_on: Day
    due_on: Day
    meeting_id: MeetingId | None = None
    """The meeting whose decision it carries out."""
    by: Line | None = None


class InstructionOverdue(InstructionData):
    """An instruction was not closed by its day, judged by the server's clock."""

    TYPE = "cn.fuyuan.instruction.overdue.v1"
    due_on: Day


class InstructionClosed(InstructionData):
    """An instruction was carried out."""

    TYPE = "cn.fuyuan.instruction.closed.v1"
    result: Text
    closed_on: Day
    due_on: Day
    in_time: Flag
    """Closed by its day, judged by the server's clock."""
    by: Line | None = None


class Reviewed(Data):
    """One lost lawsuit a loss review dealt with."""

    case_id: CaseId
    causes: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]
    remedies: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    recurrent: Flag = False
    """Lost for a cause that had lost a case before."""


class MeetingRecorded(Data):
    """A meeting was held; its decisions may become instructions."""

    TYPE = "cn.fuyuan.meeting.recorded.v1"
    meeting_id: MeetingId
    reference: Reference
    type: MeetingType
    division: DivisionCode
    title: Line
    on: Day
    chaired_by: Line | None = None
    attendees: Number | None = None
    decisions: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    cases: Annotated[tuple[CaseId, ...], Field(max_length=500)] = ()
    """Cases on its agenda."""
    reviews: Annotated[tuple[Reviewed, ...], Field(max_length=100)] = ()
    """Of a loss review: the lost lawsuits."""
    by: Line | None = None

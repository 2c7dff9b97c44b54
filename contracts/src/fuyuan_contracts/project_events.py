"""What happens to a stalled housing project (问题楼盘); seed brief row 14."""

from typing import Annotated, Literal

from pydantic import Field

from fuyuan_contracts.data import Data, Number
from fuyuan_contracts.identifiers import (
    MAX_FEN,
    CaseId,
    DivisionCode,
    Fen,
    Line,
    ProjectId,
    Reference,
    Text,
)
from fuyuan_contracts.times import Day

ProjectStage = Literal["registered", "studying", "funded", "resumed", "delivered"]
FundingSource = Literal["government", "owners", "special_loan"]


class ProjectRegistered(Data):
    """A stalled project has a file."""

    TYPE = "cn.fuyuan.project.registered.v1"
    project_id: ProjectId
    division: DivisionCode
    name: Line
    stalled_since: Day | None = None
    case_id: CaseId | None = None


class ProjectStageChanged(Data):
    """A project moved from one stage to another."""

    TYPE = "cn.fuyuan.project.stage_changed.v1"
    project_id: ProjectId
    division: DivisionCode
    before: ProjectStage
    after: ProjectStage
    on: Day
    reason: Text | None = None


class ProjectFunded(Data):
    """An entry of a project's funding ledger."""

    TYPE = "cn.fuyuan.project.funded.v1"
    project_id: ProjectId
    division: DivisionCode
    reference: Reference
    source: FundingSource
    amount_fen: Annotated[int, Field(ge=-MAX_FEN, le=MAX_FEN, strict=True)]
    """Negative only where `reverses` names the entry that is taken back."""
    reverses: Reference | None = None
    on: Day
    total_fen: Fen


class ProjectRiskRaised(Data):
    """群体性诉讼风险: disputes of a project passed the threshold within the window."""

    TYPE = "cn.fuyuan.project.risk_raised.v1"
    project_id: ProjectId
    division: DivisionCode
    disputes: Number
    threshold: Number
    window_days: Number
    on: Day


class MeetingHeld(Data):
    """One of the three weekly meetings about stalled projects dealt with this project."""

    TYPE = "cn.fuyuan.meeting.held.v1"
    project_id: ProjectId
    division: DivisionCode
    meeting: Literal["petition_reception", "study", "city_construction"]
    """周一信访接待, 周四专题研判 or 周五城建例会."""
    on: Day
    decisions: tuple[Text, ...] = ()

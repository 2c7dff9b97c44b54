"""What is sent to the tracker: the bodies of its commands and the query of its list."""

from typing import Annotated

from pydantic import Field, StringConstraints

from fuyuan_contracts.identifiers import DivisionCode, Fen, Reference
from fuyuan_contracts.project_events import FundingSource, ProjectStage
from fuyuan_contracts.times import Day
from services.runtime.domain import RefusedError
from services.runtime.http import Body
from services.runtime.personal import Told
from services.tracker import model as m

Count = Annotated[int, Field(ge=1, le=m.MAX_DISPUTES, strict=True)]
Decision = Annotated[Told, StringConstraints(max_length=1000)]


class Listing(Body):
    """Which projects to list."""

    division: DivisionCode | None = Field(None, description="行政区划；市级代码含其县区")
    stage: ProjectStage | None = Field(None, description="环节")
    risk: bool | None = Field(None, description="是否有群体性诉讼风险")
    cursor: str | None = Field(None, max_length=40, description="上一页的 next")
    limit: int = Field(50, ge=1, le=200)


class Moving(Body):
    """变更环节."""

    to: ProjectStage
    on: Day
    reason: Told | None = None

    def input(self) -> m.Move:
        """Give the decision that is asked for."""
        return m.Move(m.Stage(self.to), self.on, self.reason)


class Funding(Body):
    """资金入账 (`source`, `amount_fen`), or 冲销 of the whole of an earlier entry (`reverses`)."""

    reference: Reference
    on: Day
    source: FundingSource | None = None
    amount_fen: Fen | None = None
    reverses: Reference | None = None

    def input(self) -> m.Fund | m.Reverse:
        """Give the decision that is asked for. Raises RefusedError for neither or both of two."""
        if self.reference.startswith(m.BY_ASSIGNMENT):
            msg = (
                f"must not begin with {m.BY_ASSIGNMENT}, which is for what an office's answer gives"
            )
            raise RefusedError(msg, "reference")
        if self.reverses is not None:
            for name in ("source", "amount_fen"):
                if getattr(self, name) is not None:
                    raise RefusedError("is that of the entry which is reversed: leave it out", name)
            return m.Reverse(self.reference, self.reverses, self.on)
        if self.source is None:
            raise RefusedError("is required, unless the entry reverses another", "source")
        if self.amount_fen is None:
            raise RefusedError("is required, unless the entry reverses another", "amount_fen")
        return m.Fund(self.reference, m.Funder(self.source), self.amount_fen, self.on)


class Disputing(Body):
    """纠纷登记."""

    reference: Reference
    count: Count
    on: Day

    def input(self, limit: m.Limit) -> m.Dispute:
        """Give the decision that is asked for; `limit` is what they are judged by.

        Raises RefusedError for the reference of a case's disputes.
        """
        if self.reference.startswith(m.BY_CASE):
            msg = f"must not begin with {m.BY_CASE}, which is for disputes filed as a case"
            raise RefusedError(msg, "reference")
        return m.Dispute(self.reference, self.count, self.on, limit)


class Meeting(Body):
    """会议记录."""

    meeting: m.Meeting
    on: Day
    decisions: Annotated[tuple[Decision, ...], Field(max_length=20)] = ()
    moved_because: Told | None = None

    def input(self) -> m.Meet:
        """Give the decision that is asked for."""
        return m.Meet(self.meeting, self.on, self.decisions, self.moved_because)

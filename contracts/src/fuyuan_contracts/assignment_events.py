"""What happens to an assignment: given to an office, and what the office reports about it."""

from typing import Literal

from fuyuan_contracts.case_events import CaseBody
from fuyuan_contracts.cases import Kind, ProjectRef
from fuyuan_contracts.data import Agency, Data, Task
from fuyuan_contracts.identifiers import (
    AssignmentId,
    CaseId,
    Diagnosis,
    DivisionCode,
    Line,
    OfficeId,
    Text,
)
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.times import Instant


class AssignmentIssued(Data):
    """交办, to one office's inbox."""

    TYPE = "cn.fuyuan.assignment.issued.v1"
    assignment_id: AssignmentId
    case_id: CaseId
    office: OfficeId
    task: Task
    reason: Text
    receipt_due: Instant
    resolution_due: Instant
    case: CaseBody


class AssignmentContext(Data):
    """Where an assignment belongs. Set by routing on what it passes on; ignored from an office."""

    case_id: CaseId
    kind: Kind
    division: DivisionCode
    task: Task
    agency: Agency
    office: OfficeId
    project: ProjectRef | None = None
    """The housing project the case is about."""


class AssignmentReport(Data):
    """What every report about an assignment says.

    From an office only `assignment_id` and the report's own fields count: who speaks is told by the
    queue, not by the body.
    """

    assignment_id: AssignmentId
    by: Line | None = None
    """The officer, as the office names them."""
    context: AssignmentContext | None = None


class AssignmentDelivered(AssignmentReport):
    """送达: the office's service has stored the assignment."""

    TYPE = "cn.fuyuan.assignment.delivered.v1"


class AssignmentReceived(AssignmentReport):
    """签收: the office says it has it (an officer, or the office's declared policy)."""

    TYPE = "cn.fuyuan.assignment.received.v1"


class AssignmentAccepted(AssignmentReport):
    """受理: the office takes it on."""

    TYPE = "cn.fuyuan.assignment.accepted.v1"


class AssignmentReturned(AssignmentReport):
    """退回: not this office's matter."""

    TYPE = "cn.fuyuan.assignment.returned.v1"
    reason: Text
    better_office: OfficeId | None = None


class AssignmentProgressed(AssignmentReport):
    """进展."""

    TYPE = "cn.fuyuan.assignment.progressed.v1"
    note: Text


class AssignmentResolved(AssignmentReport):
    """办结."""

    TYPE = "cn.fuyuan.assignment.resolved.v1"
    outcome: AnyOutcome


class AssignmentFailed(AssignmentReport):
    """The office's service could not process the assignment."""

    TYPE = "cn.fuyuan.assignment.failed.v1"
    error: Diagnosis


class AssignmentOverdue(AssignmentReport):
    """超期, judged by the server's clock."""

    TYPE = "cn.fuyuan.assignment.overdue.v1"
    what: Literal["receipt", "resolution"]
    due: Instant

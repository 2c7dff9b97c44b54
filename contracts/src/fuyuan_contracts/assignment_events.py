"""What happens to an assignment: given to an office, and what the office reports about it."""

from typing import Annotated, Literal

from pydantic import Field

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
from fuyuan_contracts.link_events import Attachment
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.steps import AnyStep
from fuyuan_contracts.times import Instant

RequestNumber = Annotated[int, Field(ge=1, le=99, strict=True)]
"""Counts the requests of one assignment, from 1; the next is asked when the last is answered."""


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
    attachments: tuple[Attachment, ...] = ()
    """Files of the case so far; later ones come as `case.attached`."""


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
    resolution_due: Instant | None = None
    """The deadline as it stands: later than the issued one where the clock stood still."""


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
    step: AnyStep | None = None


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


class AssignmentDueSoon(AssignmentReport):
    """将到期: a deadline is near, judged by the server's clock."""

    TYPE = "cn.fuyuan.assignment.due_soon.v1"
    what: Literal["receipt", "resolution"]
    due: Instant


class AssignmentUrged(AssignmentReport):
    """催办: the office is urged, by the clock or by the liaison office; to its inbox, too."""

    TYPE = "cn.fuyuan.assignment.urged.v1"
    what: Literal["receipt", "resolution"]
    due: Instant
    number: Annotated[int, Field(ge=1, le=999, strict=True)]
    """Counts the urges of one assignment."""
    reason: Text | None = None
    """A liaison officer's words; without, the clock urges."""


class AssignmentRecalled(AssignmentReport):
    """撤回交办: the office has nothing to do any more; what it says later is refused."""

    TYPE = "cn.fuyuan.assignment.recalled.v1"
    why: Literal["withdrawn", "concluded", "recalled", "transferred"]
    reason: Text


class AssignmentRefused(AssignmentReport):
    """What an office said about an assignment was not taken; to that office's inbox only."""

    TYPE = "cn.fuyuan.assignment.refused.v1"
    said: Line
    """The short name of what it said, such as `assignment.resolved`."""
    message_id: Line
    """The id of its message."""
    error: Text
    field: Line | None = None


class InformationRequested(AssignmentReport):
    """要求补充材料: the office asks the filer; its clock stops until the filer has answered."""

    TYPE = "cn.fuyuan.information.requested.v1"
    request: RequestNumber
    question: Text


class InformationSupplied(AssignmentReport):
    """补充材料: the filer has answered; to the office's inbox and to who counts."""

    TYPE = "cn.fuyuan.information.supplied.v1"
    request: RequestNumber
    answer: Text
    attachments: tuple[Attachment, ...] = ()
    resolution_due: Instant | None = None
    """The deadline after the clock stood still; set by routing on what it passes on."""

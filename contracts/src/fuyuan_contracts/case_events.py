"""What happens to a case: filed, routed (or not), withdrawn, concluded, escalated, closed."""

from typing import Annotated, Literal

from pydantic import Field

from fuyuan_contracts.cases import Details, Kind, Lane
from fuyuan_contracts.conclusions import AnyConclusion
from fuyuan_contracts.data import Agency, Data, Number, PersonRef, Task
from fuyuan_contracts.identifiers import (
    AssignmentId,
    CaseId,
    DivisionCode,
    Line,
    OfficeId,
    Reference,
    Text,
)
from fuyuan_contracts.times import Day, Instant


class CaseBody(Data):
    """What a filing says, as it is passed on."""

    filer: OfficeId
    reference: Reference
    title: Line
    summary: Text | None = None
    division: DivisionCode
    lane: Lane
    filed_on: Day
    details: Details
    contact: PersonRef | None = None
    synthetic: tuple[Line, ...] = ()
    """Fields whose values are made up (samples and rehearsals), not taken from a record."""


class CaseFiled(CaseBody):
    """案件提请: intake has stored a filing."""

    TYPE = "cn.fuyuan.case.filed.v1"
    case_id: CaseId
    kind: Kind


class Issued(Data):
    """One decision of the routing: this task goes to this office, because of this rule."""

    assignment_id: AssignmentId
    task: Task
    agency: Agency
    office: OfficeId
    rule: Line
    """The rule that gave the task; `desk`, `return` or `transfer` where a person's word did."""
    rules_version: Number
    reason: Text
    receipt_due: Instant
    resolution_due: Instant
    due_provisional: Annotated[bool, Field(strict=True)] = False
    """True where the holiday table doesn't reach: weekends only were counted."""


class CaseRouted(Data):
    """分派: tasks of a case have found their offices (again after a return)."""

    TYPE = "cn.fuyuan.case.routed.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    assignments: tuple[Issued, ...]


class Unrouted(Data):
    """Why a need found no office."""

    task: Task
    why: Literal["no_rule", "no_office", "ambiguous", "returned", "recalled"]
    agencies: tuple[Agency, ...] = ()
    reason: Text


class CaseUnroutable(Data):
    """Needs of a case wait for the liaison office's desk."""

    TYPE = "cn.fuyuan.case.unroutable.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    needs: tuple[Unrouted, ...]


class CaseEscalated(Data):
    """提级督办: a task needs the liaison office."""

    TYPE = "cn.fuyuan.case.escalated.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    task: Task
    why: Literal["third_return", "undelivered", "failed", "overdue"]
    office: OfficeId | None = None
    assignment_id: AssignmentId | None = None
    level: Literal["county", "city", "conference"] | None = None
    """How far an overdue task has risen: the county's liaison office, the city's, the agenda of the
    joint conference. None where the reason is another."""


class CaseWithdrawn(Data):
    """撤回: the filer takes the case back; no office has to act any more."""

    TYPE = "cn.fuyuan.case.withdrawn.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    filer: OfficeId
    reason: Text
    withdrawn_on: Day
    by: Line | None = None


class CaseConcluded(Data):
    """结案: the filer says how the case as a whole ended; open tasks are recalled."""

    TYPE = "cn.fuyuan.case.concluded.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    filer: OfficeId
    conclusion: AnyConclusion
    by: Line | None = None


class CaseClosed(Data):
    """All parts of a case are done, or its filer has withdrawn or concluded it."""

    TYPE = "cn.fuyuan.case.closed.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    concluded_on: Day
    """The filer's date of the conclusion or withdrawal; else the latest among the outcomes."""
    ending: Literal["done", "concluded", "withdrawn"] = "done"
    conclusion: AnyConclusion | None = None

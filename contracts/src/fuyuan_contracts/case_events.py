"""What happens to a case: filed, routed (or not), escalated, closed."""

from typing import Annotated, Literal

from pydantic import Field

from fuyuan_contracts.cases import Details, Kind, Lane
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
    """The rule that gave the task; `desk` or `return` where a person's word did."""
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
    why: Literal["no_rule", "no_office", "ambiguous", "returned"]
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
    why: Literal["third_return", "undelivered", "failed"]
    office: OfficeId | None = None


class CaseClosed(Data):
    """All parts of a case are done."""

    TYPE = "cn.fuyuan.case.closed.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    concluded_on: Day
    """The latest business date among the outcomes."""

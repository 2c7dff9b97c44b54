"""Wire ↔ model: what an inbox brings becomes a decision, a fact becomes an office's report."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fuyuan_contracts.channels import office_out_exchange
from fuyuan_contracts.events import (
    AssignmentAccepted,
    AssignmentDelivered,
    AssignmentFailed,
    AssignmentIssued,
    AssignmentProgressed,
    AssignmentReceived,
    AssignmentReport,
    AssignmentResolved,
    AssignmentReturned,
)
from services.agencies import model as m
from services.agencies.policy import Policies
from services.agencies.rules import decide, evolve
from services.runtime.streams import Outgoing, Received, Stream, Work

MAX_ERROR = 1000
"""Characters of an error that are told to routing."""


def given_of(issued: AssignmentIssued) -> m.Given:
    """Take what routing gave out of its event."""
    return m.Given(
        assignment_id=issued.assignment_id,
        case_id=issued.case_id,
        office=issued.office,
        task=issued.task,
        reason=issued.reason,
        receipt_due=issued.receipt_due,
        resolution_due=issued.resolution_due,
        filed_on=issued.case.filed_on,
        case=issued.case.model_dump(mode="json", exclude_none=True),
    )


def reader(policies: Policies) -> Callable[[Received], Work[m.Input] | None]:
    """Make what turns a message of an inbox into a decision; None for what is nobody's here."""

    def read(received: Received) -> Work[m.Input] | None:
        match received.data:
            case AssignmentIssued() as issued:
                policy = policies.of(issued.office, issued.task)
                issue = m.Issue(given_of(issued), received.office or "", policy)
                return received.work(issued.assignment_id, issue)
            case _:
                return None

    return read


def failure(received: Received, error: str) -> Work[m.Input] | None:
    """Make the decision that tells routing of an assignment this service couldn't process.

    Without a cause: the same message, given again once the service is repaired, starts anew.
    """
    issued = received.data
    if not isinstance(issued, AssignmentIssued) or issued.office != received.office:
        return None
    text = error[:MAX_ERROR].strip() or "unknown error"
    return Work(issued.assignment_id, m.Fail(issued.office, issued.case_id, text), by="service")


REPORTS: dict[str, type[AssignmentReport]] = {
    "delivered": AssignmentDelivered,
    "redelivered": AssignmentDelivered,
    "received": AssignmentReceived,
    "accepted": AssignmentAccepted,
    "progressed": AssignmentProgressed,
    "returned": AssignmentReturned,
    "resolved": AssignmentResolved,
    "failed": AssignmentFailed,
}
"""The report of each fact; the fields they share have the same names."""


def to_wire(state: m.Assignment, fact: m.Fact) -> Outgoing:
    """Word a fact as the office's report about the assignment."""
    report = REPORTS[fact.type]
    said = {name: getattr(fact, name) for name in report.model_fields if hasattr(fact, name)}
    return Outgoing(
        source=f"/offices/{state.office}",
        data=report.model_validate({"assignment_id": state.id, **said}),
        correlation=state.case_id,
        exchange=office_out_exchange(state.office),
        user=state.office,
    )


def view(state: m.Assignment) -> dict[str, Any]:
    """Give the document an office's list shows."""
    given = state.given
    case = given.case if given else {}
    return {
        "office": state.office,
        "state": state.stage.value,
        "open": state.is_open,
        "task": given.task if given else None,
        "case_id": state.case_id,
        "title": case.get("title"),
        "filer": case.get("filer"),
        "division": case.get("division"),
        "kind": case["details"]["kind"] if given else None,
        "lane": case.get("lane"),
        "receipt_due": given.receipt_due if given else None,
        "resolution_due": given.resolution_due if given else None,
        "order": given.resolution_due if given else state.since,
        "findings": len(state.findings),
        "since": state.since,
    }


STREAM: Stream[m.Assignment, m.Input, m.Fact] = Stream(
    initial=m.Assignment,
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Annotated[m.Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=view,
)

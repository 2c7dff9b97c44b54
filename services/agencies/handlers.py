"""Wire ↔ model: what an inbox brings becomes a decision, a fact becomes an office's report."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fuyuan_contracts.channels import office_out_exchange
from fuyuan_contracts.events import (
    AssignmentAccepted,
    AssignmentDelivered,
    AssignmentFailed,
    AssignmentIssued,
    AssignmentProgressed,
    AssignmentRecalled,
    AssignmentReceived,
    AssignmentRefused,
    AssignmentReport,
    AssignmentResolved,
    AssignmentReturned,
    AssignmentUrged,
    CaseAttached,
    CaseClustered,
    CaseLinked,
    InformationRequested,
    InformationSupplied,
    InstructionIssued,
)
from fuyuan_contracts.ids import event_id
from fuyuan_contracts.personal import masked
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
        attachments=tuple(item.model_dump(mode="json") for item in issued.attachments),
    )


def reader(policies: Policies) -> Callable[[Received], Sequence[Work[m.Input]]]:
    """Make what turns a message of an inbox into decisions, one an assignment it is about."""

    def read(received: Received) -> Sequence[Work[m.Input]]:
        data, inbox = received.data, received.office or ""
        match data:
            case AssignmentIssued():
                policy = policies.of(data.office, data.task)
                issue = m.Issue(given_of(data), inbox, policy)
                return [received.work(data.assignment_id, issue, first=True)]
            case AssignmentReport() if told := news_of(data, inbox):
                return [received.work(data.assignment_id, told)]
            case InstructionIssued(assignment_id=str() as name):
                # about none of its assignments: the liaison room shows it to its owner
                instruct = m.Instruct(inbox, instruction_of(data))
                return [received.work(name, instruct)]
            case CaseAttached() | CaseClustered() | CaseLinked():
                told = case_news_of(data, inbox)
                return [received.work(one, told) for one in dict.fromkeys(data.assignment_ids)]
            case _:
                return ()

    return read


def news_of(data: AssignmentReport, inbox: str) -> m.Input | None:
    """Take what routing tells an office of one of its assignments; None for what is no news."""
    match data:
        case AssignmentRecalled():
            return m.Recall(inbox, data.why, data.reason, data.by)
        case AssignmentUrged():
            return m.Urge(inbox, data.number, data.what, data.due, data.reason, data.by)
        case AssignmentRefused():
            return m.Refuse(inbox, data.said, data.message_id, data.error, data.field)
        case InformationSupplied():
            files = tuple(item.model_dump(mode="json") for item in data.attachments)
            return m.Supply(inbox, data.request, data.answer, files, data.resolution_due)
        case _:
            return None


def instruction_of(data: InstructionIssued) -> m.Json:
    """Take what an officer is shown of an instruction."""
    shown = {"instruction_id", "number", "text", "issued_by", "issued_on", "due_on"}
    return data.model_dump(mode="json", include=shown)


def case_news_of(data: CaseAttached | CaseClustered | CaseLinked, inbox: str) -> m.Input:
    """Take what an office is told of a case it has an assignment of."""
    if isinstance(data, CaseAttached):
        return m.Attach(inbox, data.attachment.model_dump(mode="json"))
    if isinstance(data, CaseLinked):
        shown = {"other", "relation", "reason", "side"}
        return m.Link(inbox, data.model_dump(mode="json", include=shown))
    return m.Cluster(inbox, tuple(item.model_dump(mode="json") for item in data.clusters))


def decide_here(state: m.Assignment, given: m.Input, now: datetime) -> Sequence[m.Fact]:
    """Decide as the rules do; what was refused is found by its message's derived id."""
    if isinstance(given, m.Refuse):
        source = f"/offices/{given.inbox}"
        numbers = range(1, state.count + 1)
        said = (n for n in numbers if event_id(source, state.id, n) == given.message_id)
        given = replace(given, number=next(said, None))
    return decide(state, given, now)


def failure(received: Received, error: str) -> Work[m.Input] | None:
    """Make the decision that tells routing of an assignment this service couldn't process.

    Without a cause: the same message, given again once the service is repaired, starts anew.
    """
    issued = received.data
    if not isinstance(issued, AssignmentIssued) or issued.office != received.office:
        return None
    text = masked(error)[:MAX_ERROR].strip() or "unknown error"
    return Work(issued.assignment_id, m.Fail(issued.office, issued.case_id, text), by="service")


REPORTS: dict[str, type[AssignmentReport]] = {
    "delivered": AssignmentDelivered,
    "redelivered": AssignmentDelivered,
    "received": AssignmentReceived,
    "accepted": AssignmentAccepted,
    "progressed": AssignmentProgressed,
    "requested": InformationRequested,
    "returned": AssignmentReturned,
    "resolved": AssignmentResolved,
    "failed": AssignmentFailed,
}
"""The report of each fact; the fields they share have the same names."""


def to_wire(state: m.Assignment, fact: m.Fact) -> Outgoing | None:
    """Word a fact as the office's report about the assignment; what it was told is none."""
    report = REPORTS.get(fact.type)
    if report is None:
        return None
    said = {name: getattr(fact, name) for name in report.model_fields if hasattr(fact, name)}
    return Outgoing(
        source=f"/offices/{state.office}",
        data=report.model_validate({"assignment_id": state.id, **said}),
        correlation=state.case_id,
        exchange=office_out_exchange(state.office),
        user=state.office,
    )


def view(state: m.Assignment) -> dict[str, Any] | None:
    """Give the document an office's list shows; none while only news of it has arrived."""
    if state.stage is m.Stage.UNKNOWN:
        return None
    given = state.given
    case = given.case if given else {}
    return {
        "office": state.office,
        "state": state.state,
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
        "attachments": len(state.attachments),
        "clusters": len(state.clusters),
        "urged": len(state.urges),
        "instructions": len(state.instructions),
        "links": len(state.links),
        "refused": len(state.refused),
        "since": state.since,
    }


STREAM: Stream[m.Assignment, m.Input, m.Fact] = Stream(
    initial=m.Assignment,
    decide=decide_here,
    evolve=evolve,
    facts=TypeAdapter(Annotated[m.Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=view,
)

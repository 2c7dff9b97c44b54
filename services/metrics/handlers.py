"""Between the wire and the model: what metrics hears and lists. It says nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from fuyuan_contracts import events as e
from fuyuan_contracts.channels import service_queue
from fuyuan_contracts.ids import assignment_key
from services.metrics import counted
from services.metrics import facts as f
from services.metrics.model import Subject
from services.metrics.rules import Input, decide, evolve
from services.metrics.views import view
from services.runtime.streams import Outgoing, Received, Source, Stream, Work

STEPS: dict[type[e.Data], f.Step] = {
    e.AssignmentDelivered: "delivered",
    e.AssignmentReceived: "received",
    e.AssignmentAccepted: "accepted",
    e.AssignmentProgressed: "progressed",
    e.AssignmentFailed: "failed",
}
UNCOUNTED = (
    e.AssignmentDueSoon,
    e.AssignmentRefused,
    e.CaseAttached,
    e.CaseClustered,
    e.CaseConcluded,
    e.CaseLinked,
    e.CaseWithdrawn,
)
"""That a case was concluded or withdrawn is counted once `case.closed` says so; refusals and like
cases go to offices' inboxes and never come here."""


async def sources() -> Sequence[Source]:
    """Name the one queue metrics reads."""
    return [Source(service_queue("metrics"))]


def read(received: Received) -> Work[Input] | None:
    """Turn an event into the fact to note, under the case, project or message it is about.

    None for what isn't counted (a revoked key, say): nothing well-formed is ever refused.
    """
    at = _moment(received.envelope.time)
    if isinstance(received.data, UNCOUNTED):
        return None
    match received.data:
        case e.AssignmentReport() as data:
            fact: f.Heard | None = _assignment(data, at)
            subject = assignment_key(data.assignment_id).case_id
        case e.MessageParked() as data:
            subject, fact = data.parked_id, f.Parked(data.queue, data.reason, at)
        case e.MessageReplayed() as data:
            subject, fact = data.parked_id, f.Replayed(data.queue, at)
        case e.CaseFiled() | e.CaseRouted() | e.CaseUnroutable() as data:
            subject, fact = data.case_id, _case(data, at)
        case e.CaseEscalated() | e.CaseClosed() as data:
            subject, fact = data.case_id, _case(data, at)
        case e.MeetingRecorded() as data:
            subject, fact = data.meeting_id, _meeting(data, at)
        case e.InstructionData() as data:
            subject, fact = data.instruction_id, _instruction(data, at)
        case data:
            found = _project(data, at)
            subject, fact = found or ("", None)
    first = isinstance(received.data, e.CaseFiled)
    return received.work(subject, fact, first=first) if fact else None


def _case(data: e.Data, at: datetime) -> f.Heard | None:
    match data:
        case e.CaseFiled():
            kind, lane = data.kind.value, data.lane.value
            said = (data.filer, counted.details(data.details))
            return f.Filed(kind, data.division, lane, data.filed_on, at, *said)
        case e.CaseRouted():
            issued = tuple(_issued(item) for item in data.assignments)
            return f.Routed(data.kind.value, data.division, issued, at)
        case e.CaseUnroutable():
            needs = tuple(f.Need(need.task, need.why) for need in data.needs)
            return f.Unroutable(data.kind.value, data.division, needs, at)
        case e.CaseEscalated():
            where = (data.kind.value, data.division)
            return f.Escalated(*where, data.task, data.why, data.office, at, data.level or "")
        case e.CaseClosed():
            where = (data.kind.value, data.division)
            how = (data.ending, counted.conclusion(data.conclusion))
            return f.Closed(*where, data.concluded_on, at, *how)
    return None


def _issued(item: e.Issued) -> f.Issued:
    return f.Issued(
        item.assignment_id,
        item.task,
        item.agency,
        item.office,
        _moment(item.receipt_due),
        _moment(item.resolution_due),
    )


def _assignment(data: e.AssignmentReport, at: datetime) -> f.Heard | None:
    about, id_ = _about(data.context), data.assignment_id
    match data:
        case e.AssignmentReturned():
            return f.Returned(id_, data.reason, at, about)
        case e.AssignmentResolved():
            outcome = data.outcome
            how = (outcome.concluded_on, outcome.result)
            return f.Resolved(id_, *how, at, about, counted.outcome(outcome))
        case e.AssignmentRecalled():
            return f.Recalled(id_, data.why, at, about)
        case e.InformationRequested() | e.InformationSupplied():
            return _information(data, at)
        case e.AssignmentOverdue() | e.AssignmentUrged():
            return _clock(data, at)
    step = STEPS.get(type(data))
    mark = counted.step(data.step) if isinstance(data, e.AssignmentProgressed) else ("", {})
    return f.Reported(step, id_, at, about, *mark) if step else None


def _clock(data: e.AssignmentOverdue | e.AssignmentUrged, at: datetime) -> f.Heard:
    about, id_ = _about(data.context), data.assignment_id
    if isinstance(data, e.AssignmentOverdue):
        return f.Overdue(id_, data.what, _moment(data.due), at, about)
    by: Literal["clock", "liaison"] = "liaison" if data.reason else "clock"
    return f.Urged(id_, data.what, data.number, by, at, about)


def _information(data: e.InformationRequested | e.InformationSupplied, at: datetime) -> f.Heard:
    about, id_ = _about(data.context), data.assignment_id
    if isinstance(data, e.InformationRequested):
        return f.Asked(id_, data.request, at, about)
    due = _moment(data.resolution_due) if data.resolution_due else None
    return f.Answered(id_, data.request, at, about, due)


def _about(context: e.AssignmentContext | None) -> f.About | None:
    if context is None:
        return None
    return f.About(
        context.kind.value,
        context.division,
        context.task,
        context.agency,
        context.office,
        _moment(context.resolution_due) if context.resolution_due else None,
    )


def _project(data: e.Data, at: datetime) -> tuple[str, f.Heard] | None:
    match data:
        case e.ProjectRegistered():
            known = (data.stalled_since, data.case_id)
            return data.project_id, f.Registered(data.division, data.name, at, *known)
        case e.ProjectStageChanged():
            return data.project_id, f.StageReached(
                data.division, data.after, data.on, at, data.before
            )
        case e.ProjectFunded():
            entry = (data.reference, data.source, data.amount_fen, data.on)
            return data.project_id, f.Funded(data.division, *entry, at)
        case e.ProjectRiskRaised():
            return data.project_id, f.RiskRaised(data.division, data.on, at, data.disputes)
        case e.MeetingHeld():
            return data.project_id, f.Met(data.division, data.meeting, data.on, at)
    return None


def _meeting(data: e.MeetingRecorded, at: datetime) -> f.Heard:
    reviews = tuple(
        f.Review(item.case_id, len(item.causes), len(item.remedies), item.recurrent)
        for item in data.reviews
    )
    numbers = (data.attendees, len(data.decisions))
    return f.Recorded(data.division, data.type, data.on, at, *numbers, data.cases, reviews)


def _instruction(data: e.InstructionData, at: datetime) -> f.Heard | None:
    whose = (data.division, data.office)
    match data:
        case e.InstructionIssued():
            days = (data.issued_on, data.due_on)
            return f.Instructed(*whose, *days, at, data.case_id, data.meeting_id)
        case e.InstructionOverdue():
            return f.InstructionLate(*whose, data.due_on, at, data.case_id)
        case e.InstructionClosed():
            days = (data.closed_on, data.due_on)
            return f.InstructionDone(*whose, *days, data.in_time, at, data.case_id)
    return None


def _moment(time: datetime) -> datetime:
    """Give a time in UTC and in whole milliseconds, as BSON stores it."""
    utc = time.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def to_wire(_state: Subject, _fact: f.Fact) -> Outgoing | None:
    """Metrics listens only."""
    return None


STREAM: Stream[Subject, Input, f.Fact] = Stream(
    initial=Subject,
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Annotated[f.Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=view,
)

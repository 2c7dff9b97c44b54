"""Wire ↔ model: events become what a case's people are told. Nothing is said on the bus."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, time
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fuyuan_contracts import events as e
from fuyuan_contracts.cases import CONCLUDED_BY_FILER, asked
from fuyuan_contracts.channels import service_queue
from fuyuan_contracts.ids import assignment_key
from services.notices import happenings as h
from services.notices import model as m
from services.notices.rules import decide, evolve, initial
from services.notices.telling import addressee
from services.notices.vocabulary import Event
from services.runtime.domain import SHANGHAI
from services.runtime.personal import holds_personal
from services.runtime.streams import Outgoing, Received, Source, Stream, Work

CASE, SUBSCRIPTION = "case", "subscription"
"""What a document of the listing is."""
INSTRUCTION = "i"
"""An instruction's id begins so."""
NOTICE = [field.name for field in fields(h.Notice)]
END_OF_DAY = time(18, tzinfo=SHANGHAI)
"""Until then an instruction is in time on its day."""


async def sources() -> Sequence[Source]:
    """Name the one queue this room reads."""
    return [Source(service_queue("notices"))]


def read(received: Received) -> Work[m.Input] | None:
    """Turn an event into what happened to a case; None for what nobody is told of.

    An event that comes before its filing is kept until that has come: nothing is refused.
    """
    match received.data:
        case e.AssignmentUrged(reason=None, due=due) if received.envelope.time < due:
            return None  # `due_soon` says the same at the same moment
        case e.AssignmentReport() as data:
            subject = assignment_key(data.assignment_id).case_id
            happening = _of_assignment(data)
        case e.CaseFiled() | e.CaseRouted() | e.CaseUnroutable() | e.CaseEscalated() as data:
            subject, happening = data.case_id, _of_case(data)
        case e.InstructionData() as data:
            # one that is about no case is a subject of its own
            subject, happening = data.case_id or data.instruction_id, _instructed(data)
        case e.CaseWithdrawn() as data:
            subject, happening = data.case_id, h.Withdrawn()
        case e.CaseClosed() as data:
            subject, happening = data.case_id, h.Closed(data.ending)
        case _:  # a revoked key: the runtime's list of them is what `dispatch` looks at
            return None
    if happening is None:
        return None
    envelope = received.envelope
    key = f"{envelope.source}\n{envelope.subject}\n{envelope.sequence}"
    heard = h.Heard(key, _moment(envelope.time), happening)
    return received.work(subject, heard, first=isinstance(happening, h.Filed))


def _of_case(
    data: e.CaseFiled | e.CaseRouted | e.CaseUnroutable | e.CaseEscalated,
) -> h.Happening:
    match data:
        case e.CaseFiled():
            return _filed(data)
        case e.CaseRouted():
            issued = [
                h.Issued(one.assignment_id, one.task, one.office, _moment(one.resolution_due))
                for one in data.assignments
            ]
            return h.Routed(tuple(issued))
        case e.CaseUnroutable():
            tasks = tuple(need.task for need in data.needs)
            why = tuple(need.why for need in data.needs)
            return h.ToDesk(Event.UNROUTABLE, data.division, tasks, why)
        case e.CaseEscalated():
            risen = f"{data.why}_{data.level}" if data.level else data.why
            return h.ToDesk(Event.ESCALATED, data.division, (data.task,), (risen,), data.office)


def _instructed(data: e.InstructionData) -> h.Happening | None:
    match data:
        case e.InstructionIssued():
            standing = "issued"
        case e.InstructionOverdue():
            standing = "overdue"
        case e.InstructionClosed():
            standing = "closed"
        case _:
            return None
    due = _moment(datetime.combine(data.due_on, END_OF_DAY))
    return h.Instructed(data.division, data.office, data.number, standing, due)


def _filed(data: e.CaseFiled) -> h.Filed:
    return h.Filed(
        filer=data.filer,
        division=data.division,
        kind=data.kind.value,
        reference=data.reference,
        # a notice leaves the house: a number that names a person stays in it
        title="" if holds_personal(data.title) else data.title,
        tasks=asked(data.details.model_dump(mode="json")),
        filer_concludes=data.kind in CONCLUDED_BY_FILER,
    )


def _of_assignment(data: e.AssignmentReport) -> h.Happening | None:
    task, context = assignment_key(data.assignment_id).task, data.context
    match data:
        case e.AssignmentReturned():
            return h.Returned(data.assignment_id)
        case e.AssignmentResolved():
            return h.Resolved(data.assignment_id, task)
        case _:  # routing says with each of these whose it is; without that nobody can be named
            return _of_office(data, task, context) if context else None


def _of_office(
    data: e.AssignmentReport, task: str, context: e.AssignmentContext
) -> h.Happening | None:
    office, division = context.office, context.division
    match data:
        case e.AssignmentDueSoon() | e.AssignmentOverdue():
            event = Event.OVERDUE if isinstance(data, e.AssignmentOverdue) else Event.DUE_SOON
            return h.Deadline(event, division, office, task, data.what, _moment(data.due))
        case e.AssignmentUrged():
            return h.Urged(office, task, data.what, _moment(data.due))
        case e.AssignmentRecalled():
            return h.Recalled(data.assignment_id, office, task, data.why)
        case e.InformationRequested():
            return h.Asked(office, task)
        case e.InformationSupplied():
            due = _moment(data.resolution_due) if data.resolution_due else None
            return h.Answered(office, task, due)
        case _:
            return None


def _moment(time: datetime) -> datetime:
    """Give a time in UTC and in whole milliseconds, as BSON stores it."""
    utc = time.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def to_wire(_state: m.State, _fact: m.Fact) -> Outgoing | None:
    """Tell people, not services."""
    return None


def view(state: m.State) -> dict[str, Any] | None:
    """Give what is looked up: a case's notices that are to be spread, a subscription's terms."""
    if isinstance(state, m.Subscription):
        terms = asdict(state.terms) if state.terms else {}
        return {
            "what": SUBSCRIPTION,
            "standing": state.standing,
            "since": state.since,
            "key": state.key,
            "version": state.version,
            "verified": state.verified,
            **terms,
        }
    document: dict[str, Any] = {"what": CASE}
    filing = state.filing
    if state.pending and (filing is not None or state.id.startswith(INSTRUCTION)):
        document["unspread"] = True
        document["case"] = None
        if filing is not None:
            said = {"reference": filing.reference, "title": filing.title, "kind": filing.kind}
            document["case"] = {"id": state.id, **said}
            document["division"] = filing.division
        document["notices"] = [
            {name: getattr(notice, name) for name in NOTICE} | {"to": addressee(state, notice)}
            for notice in state.pending
        ]
    return document


STREAM: Stream[m.State, m.Input, m.Fact] = Stream(
    initial=initial,
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Annotated[m.Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=view,
)

"""Between the wire and the model: what routing hears, says and lists."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter

from fuyuan_contracts import events as e
from fuyuan_contracts.cases import CONCLUDED_BY_FILER, asked
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.ids import assignment_key
from fuyuan_contracts.reports import PERSONAL, masked, personal
from services.routing.evolving import evolve
from services.routing.facts import Act, Fact
from services.routing.inputs import (
    Attach,
    Conclude,
    File,
    Input,
    Instruct,
    Link,
    Report,
    Supply,
    Withdraw,
)
from services.routing.listing import view
from services.routing.model import Case
from services.routing.rulebook import Filing, Rulebook
from services.routing.rules import decide
from services.routing.wording import to_wire
from services.runtime.domain import RefusedError
from services.runtime.streams import Received, Stream, Unfit, Work

ACTS: dict[type[e.Data], Act] = {
    e.AssignmentDelivered: "delivered",
    e.AssignmentReceived: "received",
    e.AssignmentAccepted: "accepted",
    e.AssignmentProgressed: "progressed",
    e.InformationRequested: "requested",
    e.AssignmentReturned: "returned",
    e.AssignmentResolved: "resolved",
    e.AssignmentFailed: "failed",
}
EXTRA = frozenset({"summary", "contact", "synthetic"})
MAX_FIELD = 200
"""Characters of the path of a field that an office is told."""


def build_read(book: Callable[[], Rulebook]) -> Callable[[Received], Work[Input] | None]:
    """Make the reading of messages; `book` gives the rulebook in force."""

    def read(received: Received) -> Work[Input] | None:
        match received.office, received.data:
            case None, data:
                return _of_service(received, data, book())
            case str() as office, e.AssignmentReport() as data if type(data) in ACTS:
                report = report_of(data, office, book(), received.envelope)
                return received.work(assignment_key(data.assignment_id).case_id, report)
            case str() as office, _:
                msg = f"{office} may only report on its assignments, not {received.data.TYPE}"
                raise RefusedError(msg)
        return None

    return read


def build_unfit(book: Callable[[], Rulebook]) -> Callable[[Unfit], Work[Input] | None]:
    """Make what turns a report that doesn't fit its schema into an answer to its office.

    It does so where it can be told which assignment it is about; else it is parked.
    """

    def read(unfit: Unfit) -> Work[Input] | None:
        envelope, office = unfit.envelope, unfit.source.office
        act = ACTS.get(e.EVENTS[envelope.type])
        name = envelope.data.get("assignment_id")
        try:
            key = assignment_key(name if isinstance(name, str) else "")
        except ValueError:
            return None
        if act is None or office is None:
            return None
        wrong = (unfit.field[:MAX_FIELD], masked(unfit.error))
        report = Report(
            act, str(name), office, book(),
            said=e.short_name(envelope.type), message_id=_id(envelope), wrong=wrong,
        )  # fmt: skip
        return unfit.work(key.case_id, report)

    return read


def _id(envelope: Envelope) -> str:
    """Give a message's id, which goes with all that follows from it: the sender may write any."""
    if list(personal([envelope.id, envelope.subject])):
        raise RefusedError(f"the envelope {PERSONAL}", "id")
    return envelope.id


def _of_service(  # noqa: PLR0911 - a table
    received: Received, data: e.Data, book: Rulebook
) -> Work[Input] | None:
    """Read what one of the services says."""
    match data:
        case e.CaseFiled():
            return received.work(data.case_id, File(filing_of(data), book), first=True)
        case e.CaseWithdrawn():
            given = Withdraw(data.reason, data.withdrawn_on, data.by)
            return received.work(data.case_id, given)
        case e.CaseConcluded():
            conclusion = _json(data.conclusion)
            return received.work(data.case_id, Conclude(conclusion, data.by))
        case e.CaseAttached():
            attach = Attach(_json(data.attachment), data.office, data.by)
            return received.work(data.case_id, attach)
        case e.CaseLinked(side="from"):  # said by routing itself, which now tells the other case
            link = Link(data.case_id, data.relation, data.reason, "to", data.by)
            return received.work(data.other, link)
        case e.InstructionData(case_id=str() as case_id):
            return received.work(case_id, instruct_of(data))
        case e.InformationSupplied():
            files = tuple(map(_json, data.attachments))
            supply = Supply(data.assignment_id, data.request, data.answer, book, files, data.by)
            return received.work(assignment_key(data.assignment_id).case_id, supply)
        case e.AssignmentReport():
            msg = "a report must come through its office's own queue"
            raise RefusedError(msg)
        case _:
            return None


def _json(data: BaseModel) -> dict[str, Any]:
    return data.model_dump(mode="json", exclude_none=True)


def filing_of(data: e.CaseFiled) -> Filing:
    """Take what routing needs out of a filing, and keep the rest as it is."""
    details = _json(data.details)
    return Filing(
        kind=data.kind.value,
        division=data.division,
        lane=data.lane.value,
        needs=asked(details),
        details=details,
        filer=data.filer,
        reference=data.reference,
        title=data.title,
        filed_on=data.filed_on,
        extra=data.model_dump(mode="json", include=set(EXTRA), exclude_defaults=True),
        concluded_by_filer=data.kind in CONCLUDED_BY_FILER,
    )


def report_of(data: e.AssignmentReport, office: str, book: Rulebook, envelope: Envelope) -> Report:
    """Take what an office says; who it is comes from the queue, never from the body."""
    said: dict[str, Any] = {}
    if envelope.subject == data.assignment_id:  # else it numbers something else
        said["sequence"] = envelope.sequence
    match data:
        case e.AssignmentReturned():
            said |= {"text": data.reason, "better_office": data.better_office}
        case e.AssignmentProgressed():
            said |= {"text": data.note, "step": _json(data.step) if data.step else None}
        case e.InformationRequested():
            said |= {"text": data.question, "request": data.request}
        case e.AssignmentFailed():
            said |= {"text": data.error}
        case e.AssignmentResolved():
            said |= {"outcome": _json(data.outcome)}
    return Report(
        ACTS[type(data)], data.assignment_id, office, book, data.by, **said,
        said=e.short_name(data.TYPE), message_id=_id(envelope),
    )  # fmt: skip


def instruct_of(data: e.InstructionData) -> Instruct:
    """Take what the liaison room says of an instruction."""
    said: dict[str, Any] = {}
    match data:
        case e.InstructionIssued():
            said = {"standing": "issued", "text": data.text, "issued_by": data.issued_by}
            said |= {"by": data.by, "due_on": data.due_on}
        case e.InstructionOverdue():
            said = {"standing": "overdue", "due_on": data.due_on}
        case e.InstructionClosed():
            said = {"standing": "closed", "text": data.result, "by": data.by}
            said |= {"due_on": data.due_on}
    return Instruct(
        instruction_id=data.instruction_id, number=data.number, office=data.office,
        assignment_id=data.assignment_id, **said,
    )  # fmt: skip


STREAM: Stream[Case, Input, Fact] = Stream(
    initial=Case,
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Annotated[Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=view,
)

"""Between the wire and the model: what routing hears, says and lists."""

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

from fuyuan_contracts import events as e
from fuyuan_contracts.cases import asked
from fuyuan_contracts.ids import assignment_key
from services.routing.evolving import evolve
from services.routing.facts import Act, Fact, Reported
from services.routing.model import Case, File, Input, Report
from services.routing.rulebook import Filing, Rulebook
from services.routing.rules import decide, next_due
from services.routing.wording import to_wire
from services.runtime.domain import RefusedError
from services.runtime.streams import Received, Stream, Work

ACTS: dict[type[e.Data], Act] = {
    e.AssignmentDelivered: "delivered",
    e.AssignmentReceived: "received",
    e.AssignmentAccepted: "accepted",
    e.AssignmentProgressed: "progressed",
    e.AssignmentReturned: "returned",
    e.AssignmentResolved: "resolved",
    e.AssignmentFailed: "failed",
}
EXTRA = frozenset({"summary", "contact", "synthetic"})


def build_read(book: Callable[[], Rulebook]) -> Callable[[Received], Work[Input] | None]:
    """Make the reading of messages; `book` gives the rulebook in force."""

    def read(received: Received) -> Work[Input] | None:
        match received.office, received.data:
            case None, e.CaseFiled() as data:
                return received.work(data.case_id, File(filing_of(data), book()))
            case str() as office, e.AssignmentReport() as data if type(data) in ACTS:
                subject = assignment_key(data.assignment_id).case_id
                return received.work(subject, report_of(data, office, book()))
            case str() as office, _:
                msg = f"{office} may only report on its assignments, not {received.data.TYPE}"
                raise RefusedError(msg)
            case None, e.AssignmentReport():
                msg = "a report must come through its office's own queue"
                raise RefusedError(msg)
        return None

    return read


def filing_of(data: e.CaseFiled) -> Filing:
    """Take what routing needs out of a filing, and keep the rest as it is."""
    details = data.details.model_dump(mode="json", exclude_none=True)
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
    )


def report_of(data: e.AssignmentReport, office: str, book: Rulebook) -> Report:
    """Take what an office says; who it is comes from the queue, never from the body."""
    text, better, outcome = None, None, None
    match data:
        case e.AssignmentReturned():
            text, better = data.reason, data.better_office
        case e.AssignmentProgressed():
            text = data.note
        case e.AssignmentFailed():
            text = data.error
        case e.AssignmentResolved():
            outcome = data.outcome.model_dump(mode="json", exclude_none=True)
    act = ACTS[type(data)]
    return Report(act, data.assignment_id, office, book, data.by, text, better, outcome)


def view(state: Case) -> dict[str, Any] | None:
    """Give the document of the list of cases."""
    filing = state.filing
    if filing is None:
        return None
    open_ = state.open()
    found: dict[str, Any] = {
        "number": filing.reference,
        "title": filing.title,
        "kind": filing.kind,
        "division": filing.division,
        "lane": filing.lane,
        "filer": filing.filer,
        "filed_on": filing.filed_on.isoformat(),
        "filed_at": state.filed_at,
        "state": state.state,
        "offices": sorted({given.issue.office for given in state.assignments.values()}),
        "waiting": sorted({given.issue.office for given in open_}),
        "overdue": any(given.overdue for given in open_),
        "desk": bool(state.desk or state.alarms),
        "desk_tasks": sorted(state.desk.keys() | state.alarms.keys()),
        "changed_at": state.history[-1].at,
        "returns": sum(
            isinstance(fact, Reported) and fact.act == "returned" for fact in state.history
        ),
    }
    if moment := next_due(state):  # its index is sparse
        found["next_due"] = moment
    return found


STREAM: Stream[Case, Input, Fact] = Stream(
    initial=Case,
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Fact),
    to_wire=to_wire,
    view=view,
)

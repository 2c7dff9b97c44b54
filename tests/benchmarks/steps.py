"""What the ordinary contestants do about a case, apart from how they move and store it. Pure.

Both use the product's contracts, its routing rules and its offices' policy: the decisions are the
same, so that only the way there differs. Ids are derived from their place in the conversation:
doing a step twice says the same again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from fuyuan_contracts import events as e
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.ids import assignment_key, case_id, event_id
from services.agencies.handlers import given_of
from services.agencies.policy import Policies, load
from services.agencies.profiles import check_outcome, findings
from services.agencies.rules import fill
from services.intake.bodies import FilingBody
from services.routing.handlers import filing_of
from services.routing.issuing import issue
from services.routing.loading import build, read_offices, read_rules
from services.routing.matching import explain
from services.routing.rulebook import Rulebook
from services.runtime.domain import RefusedError
from services.stack.local import ROOT

INTAKE, ROUTING = "/services/intake", "/services/routing"
CASE_KEY = b"a benchmark's own key, no secret"
REPORTS: Mapping[type[e.Data], str] = {
    e.AssignmentDelivered: "delivered",
    e.AssignmentReceived: "received",
    e.AssignmentResolved: "resolved",
}
ISSUED: TypeAdapter[tuple[e.Issued, ...]] = TypeAdapter(tuple[e.Issued, ...])
Doc = Mapping[str, Any]


@cache
def rulebook() -> Rulebook:
    """Load the routing rules and offices."""
    deploy = ROOT / "deploy"
    return build(read_rules(deploy / "routing.yaml"), read_offices(deploy / "offices.yaml"), 1)


@cache
def policies() -> Policies:
    """Load what offices do by themselves."""
    return load(ROOT / "deploy" / "samples" / "policy-auto.yaml")


def filed(body: FilingBody, filer: str, now: datetime) -> Envelope:
    """Say that a case was filed."""
    id_ = case_id(CASE_KEY, filer, body.reference)
    said = body.model_dump(exclude={"contact"})
    data = e.CaseFiled(case_id=id_, kind=body.details.kind, filer=filer, **said)
    return _event(INTAKE, id_, 1, data, now, id_)


def runs_by_itself(filing: Doc, filer: str, now: datetime) -> bool:
    """Tell whether a filing's offices end its case without a person."""
    event = filed(FilingBody.model_validate(filing), filer, now)
    case = e.CaseFiled.model_validate(event.data)
    try:
        for office, said in routed(case, decided(case, now), now, event.id):
            if office:
                given = e.AssignmentIssued.model_validate(said.data)
                handled(given, now, now.date(), said.id)
    except RefusedError:
        return False
    return True


def decided(case: e.CaseFiled, now: datetime) -> list[Doc]:
    """Decide where a case goes, as documents to store."""
    book, filing = rulebook(), filing_of(case)
    found = explain(book, filing)
    if found.unrouted or not found.assigned:
        raise RefusedError(f"{case.case_id}: no rule for {found.unrouted}")
    issues = [issue(case.case_id, filing, place, 1, book, now) for place in found.assigned]
    fields = e.Issued.model_fields.keys() - {"due_provisional"}
    return [{name: getattr(item, name) for name in fields} for item in issues]


def routed(
    case: e.CaseFiled, issued: Sequence[Doc], now: datetime, cause: str
) -> list[tuple[str, Envelope]]:
    """Say where a case has gone, and send each office its assignment: `(inbox, event)`."""
    id_, found = case.case_id, ISSUED.validate_python(issued)
    about = {"case_id": id_, "kind": case.kind, "division": case.division}
    said: e.Data = e.CaseRouted(assignments=found, **about)
    events = [("", _event(ROUTING, id_, 1, said, now, id_, cause))]
    body = e.CaseBody.model_construct(**{n: getattr(case, n) for n in e.CaseBody.model_fields})
    for number, item in enumerate(found, 2):
        given = e.AssignmentIssued(
            assignment_id=item.assignment_id, case_id=id_, office=item.office, task=item.task,
            reason=item.reason, receipt_due=item.receipt_due, resolution_due=item.resolution_due,
            case=body,
        )  # fmt: skip
        events.append((item.office, _event(ROUTING, id_, number, given, now, id_, cause)))
    return events


def handled(given: e.AssignmentIssued, now: datetime, today: date, cause: str) -> list[Envelope]:
    """Do an office's part by its policy: it has it, signs for it, resolves it.

    Raises RefusedError where a person would have to look.
    """
    mine = given_of(given)
    if found := findings(mine):
        raise RefusedError(found[0].en)
    template = policies().of(given.office, given.task).outcome
    outcome = fill(template or {}, mine.details, today)
    check_outcome(mine, outcome, today)
    about = {"assignment_id": given.assignment_id, "context": _context(given)}
    said = (
        e.AssignmentDelivered(**about),
        e.AssignmentReceived(by="policy", **about),
        e.AssignmentResolved.model_validate({**about, "by": "policy", "outcome": outcome}),
    )
    source = f"/offices/{given.office}"
    return [
        _event(source, given.assignment_id, number, data, now, given.case_id, cause)
        for number, data in enumerate(said, 1)
    ]


def closed(case: Doc, now: datetime, cause: str) -> Envelope:
    """Say that a case has ended, by its document in which every assignment is resolved."""
    given = case["assignments"].values()
    data = e.CaseClosed(
        case_id=case["_id"], kind=case["kind"], division=case["division"],
        concluded_on=max(date.fromisoformat(item["concluded_on"]) for item in given),
    )  # fmt: skip
    return _event(ROUTING, case["_id"], len(given) + 2, data, now, case["_id"], cause)


def is_done(case: Doc) -> bool:
    """Tell whether every assignment of a case's document is resolved."""
    return all("resolved" in item for item in case["assignments"].values())


def noted(report: e.AssignmentReport, at: datetime) -> tuple[str, Doc]:
    """Word a report as a change of its case's document: `(case id, fields)`."""
    key = assignment_key(report.assignment_id)
    place = f"assignments.{key.task}"
    fields: dict[str, Any] = {f"{place}.{REPORTS[type(report)]}": at}
    if isinstance(report, e.AssignmentResolved):
        outcome = report.outcome.model_dump(mode="json", exclude_none=True)
        fields |= {f"{place}.outcome": outcome, f"{place}.concluded_on": outcome["concluded_on"]}
    return key.case_id, fields


def counted(event: Envelope) -> Doc:
    """Give the fact that is counted: its `_id` is the event's, so none counts twice."""
    context = event.data.get("context") or event.data
    names = ("kind", "division", "task", "agency", "office", "resolution_due", "concluded_on")
    about = {name: context[name] for name in names if name in context}
    return {"_id": event.id, "type": event.type, "case": event.correlationid, "at": event.time,
            **about}  # fmt: skip


def key_of(event: Envelope) -> str:
    """Give an event's routing key."""
    context = event.data.get("context") or event.data
    kind = context.get("kind") or event.data["case"]["details"]["kind"]
    return f"{e.short_name(event.type)}.{kind}"


def _context(given: e.AssignmentIssued) -> e.AssignmentContext:
    details = given.case.details
    return e.AssignmentContext(
        case_id=given.case_id, kind=details.kind, division=given.case.division, task=given.task,
        agency=given.office.partition(".")[0], office=given.office,
        project=getattr(details, "project", None), resolution_due=given.resolution_due,
    )  # fmt: skip


def _event(  # noqa: PLR0917 - an envelope's parts
    source: str, subject: str, sequence: int, data: e.Data, now: datetime, case: str,
    cause: str | None = None,
) -> Envelope:  # fmt: skip
    return Envelope(
        id=event_id(source, subject, sequence), source=source, type=data.TYPE, subject=subject,
        time=now, dataschema=e.schema_urn(data.TYPE), sequence=sequence, causationid=cause,
        correlationid=case, data=data.model_dump(mode="json", exclude_none=True),
    )  # fmt: skip

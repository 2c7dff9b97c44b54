"""Between the wire and the model: what intake hears, says and lists."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from fuyuan_contracts.channels import service_queue
from fuyuan_contracts.events import (
    AccessRevoked,
    AssignmentRecalled,
    AssignmentResolved,
    AssignmentReturned,
    CaseAttached,
    CaseClosed,
    CaseConcluded,
    CaseFiled,
    CaseRouted,
    CaseWithdrawn,
    Data,
    InformationRequested,
    InformationSupplied,
    PersonRef,
    short_name,
)
from fuyuan_contracts.ids import assignment_key
from services.intake import access, rules, views
from services.intake import facts as f
from services.intake import model as m
from services.intake.evolving import evolve
from services.runtime.streams import Outgoing, Received, Source, Stream, Work

SOURCE = "/services/intake"


async def sources() -> Sequence[Source]:
    """Name the one queue intake reads."""
    return [Source(service_queue("intake"))]


def read(received: Received) -> Work[m.Input] | None:
    """Turn a message into a decision to take."""
    match received.data:
        case CaseRouted() as data:
            placed = tuple(
                f.Placed(item.task, assignment_key(item.assignment_id).round, item.office)
                for item in data.assignments
            )
            return received.work(data.case_id, m.Place(placed))
        case AssignmentReturned() | AssignmentRecalled() | AssignmentResolved() as data:
            case_id, task, round_ = assignment_key(data.assignment_id)
            return received.work(case_id, m.Release(task, round_))
        case CaseClosed() as data:
            return received.work(data.case_id, m.Close(data.concluded_on))
        case InformationRequested() as data:
            return _asked(received, data)
    return None


def to_wire(state: m.State, fact: f.Fact) -> Outgoing | None:
    """Turn a fact into a message; what concerns only intake stays here."""
    match state, fact:
        case m.Case(), f.Filed():
            return _filed(state.id, fact.filing)
        case m.Case(filed=f.Filed(filing)), _:
            return _of_case(state, filing, fact)
        case m.Key(), access.KeyRevoked():
            office = state.issued.grant.office if state.issued else None
            revoked = AccessRevoked(key_id=state.id, office=office)
            return Outgoing(SOURCE, revoked, state.id, key=short_name(AccessRevoked.TYPE))
    return None


def view(state: m.State) -> dict[str, Any] | None:
    """Give the register's document: no ciphertext, no hash."""
    match state:
        case m.Case(filed=f.Filed() as filed):
            filing, contact = filed.filing, filed.filing.contact
            sealed = (contact.phone, contact.resident_id) if contact else ()
            found: dict[str, Any] = {
                "what": "case",
                "filer": filing.filer,
                "reference": filing.reference,
                "division": filing.division,
                "kind": filing.details["kind"],
                "filed_at": filed.at,
                "receipt": filed.receipt,
            }
            digests = [item.digest for item in sealed if item]
            if digests:  # the index on digests is sparse
                found["digests"] = digests
            if state.disclosures:
                found["disclosures"] = [views.disclosure(item) for item in state.disclosures]
            return found
        case m.Key(issued=access.KeyIssued() as issued):
            return {"what": "key", **views.key(state.id, issued), "revoked_at": state.revoked_at}
    return None


def _filed(case_id: str, filing: f.Filing) -> Outgoing:
    kind = filing.details["kind"]
    contact = filing.contact
    data = CaseFiled.model_validate(
        {
            "case_id": case_id,
            "kind": kind,
            "filer": filing.filer,
            "reference": filing.reference,
            "title": filing.title,
            "summary": filing.summary,
            "division": filing.division,
            "lane": filing.lane,
            "filed_on": filing.filed_on,
            "details": filing.details,
            "contact": contact and _person(case_id, contact),
            "synthetic": filing.synthetic,
        }
    )
    return Outgoing(SOURCE, data, case_id, key=f"{short_name(CaseFiled.TYPE)}.{kind}")


def _asked(received: Received, data: InformationRequested) -> Work[m.Input]:
    case_id, task, round_ = assignment_key(data.assignment_id)
    context = data.context.model_dump(mode="json") if data.context else None
    request = f.Request(
        data.assignment_id,
        task,
        round_,
        data.request,
        data.question,
        asked_at=received.envelope.time,
        office=data.context.office if data.context else None,
        by=data.by,
        context=context,
    )
    return received.work(case_id, m.Ask(request))


def _of_case(case: m.Case, filing: f.Filing, fact: f.Fact) -> Outgoing | None:
    about = {
        "case_id": case.id,
        "kind": filing.details["kind"],
        "division": filing.division,
        "filer": filing.filer,
    }
    data: Data
    match fact:
        case f.Withdrawn(reason, withdrawn_on, by):
            said = {"reason": reason, "withdrawn_on": withdrawn_on, "by": by}
            data = CaseWithdrawn.model_validate(about | said)
        case f.Concluded(conclusion, by):
            data = CaseConcluded.model_validate(about | {"conclusion": conclusion, "by": by})
        case f.Attached(attachment, _, office, by):
            added = {"attachment": views.claim(attachment), "office": office, "by": by}
            data = CaseAttached.model_validate(about | added)
        case f.Answered():
            data = _supplied(case, fact)
        case _:
            return None
    key = f"{short_name(data.TYPE)}.{about['kind']}"
    return Outgoing(SOURCE, data, case.id, key=key)


def _supplied(case: m.Case, fact: f.Answered) -> InformationSupplied:
    attachments = [case.attachments[id_].attachment for id_ in fact.attachments]
    return InformationSupplied.model_validate(
        {
            "assignment_id": fact.assignment_id,
            "context": case.requests[fact.key].context,
            "by": fact.by,
            "request": fact.request,
            "answer": fact.answer,
            "attachments": [views.claim(item) for item in attachments],
        }
    )


def _person(case_id: str, contact: f.Contact) -> PersonRef:
    return PersonRef(ref=f"{case_id}/contact", name=contact.name, digest=contact.digest)


STREAM: Stream[m.State, m.Input, f.Fact] = Stream(
    initial=rules.initial,
    decide=rules.decide,
    evolve=evolve,
    facts=TypeAdapter(f.Fact),
    to_wire=to_wire,
    view=view,
)

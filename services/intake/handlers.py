"""Between the wire and the model: what intake hears, says and lists."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from fuyuan_contracts.channels import service_queue
from fuyuan_contracts.events import (
    AccessRevoked,
    CaseClosed,
    CaseFiled,
    CaseRouted,
    PersonRef,
    short_name,
)
from fuyuan_contracts.ids import assignment_key
from services.intake import model as m
from services.intake import rules
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
                m.Placed(item.task, assignment_key(item.assignment_id).round, item.office)
                for item in data.assignments
            )
            return received.work(data.case_id, m.Place(placed))
        case CaseClosed() as data:
            return received.work(data.case_id, m.Close(data.concluded_on))
    return None


def to_wire(state: m.State, fact: m.Fact) -> Outgoing | None:
    """Turn a fact into a message; what concerns only intake stays here."""
    match state, fact:
        case m.Case(), m.Filed():
            return _filed(state.id, fact.filing)
        case m.Key(), m.KeyRevoked():
            office = state.issued.grant.office if state.issued else None
            revoked = AccessRevoked(key_id=state.id, office=office)
            return Outgoing(SOURCE, revoked, state.id, key=short_name(AccessRevoked.TYPE))
    return None


def view(state: m.State) -> dict[str, Any] | None:
    """Give the register's document: no ciphertext, no hash."""
    match state:
        case m.Case(filed=m.Filed() as filed):
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
                found["disclosures"] = [disclosure(item) for item in state.disclosures]
            return found
        case m.Key(issued=m.KeyIssued() as issued):
            return {"what": "key", **key(state.id, issued), "revoked_at": state.revoked_at}
    return None


def key(id_: str, issued: m.KeyIssued) -> dict[str, Any]:
    """Show an access key, without its hash."""
    grant = issued.grant
    return {
        "key_id": id_,
        "role": grant.role,
        "office": grant.office,
        "division": grant.division,
        "name": grant.name,
        "created": issued.at,
        "expires": grant.expires,
    }


def disclosure(fact: m.Disclosed) -> dict[str, Any]:
    """Show one reading of a personal value; never the value."""
    return {
        "office": fact.office,
        "name": fact.name,
        "key_id": fact.key_id,
        "field": fact.field,
        "purpose": fact.purpose,
        "at": fact.at,
    }


def _filed(case_id: str, filing: m.Filing) -> Outgoing:
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


def _person(case_id: str, contact: m.Contact) -> PersonRef:
    return PersonRef(ref=f"{case_id}/contact", name=contact.name, digest=contact.digest)


STREAM: Stream[m.State, m.Input, m.Fact] = Stream(
    initial=rules.initial,
    decide=rules.decide,
    evolve=rules.evolve,
    facts=TypeAdapter(m.Fact),
    to_wire=to_wire,
    view=view,
)

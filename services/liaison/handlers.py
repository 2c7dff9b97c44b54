"""Facts ↔ wire and listing: what the liaison office says, and what its lists show."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fuyuan_contracts.channels import INBOX, service_queue
from fuyuan_contracts.events import (
    Data,
    InstructionClosed,
    InstructionIssued,
    InstructionOverdue,
    MeetingRecorded,
    short_name,
)
from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.rules import decide, evolve, initial
from services.liaison.views import view
from services.runtime.streams import Outgoing, Received, Source, Stream, Work

SOURCE = "/services/liaison"


async def sources() -> Sequence[Source]:
    """Name the one queue this room reads."""
    return [Source(service_queue("liaison"))]


def read(_received: Received) -> Work[m.Input] | None:
    """Take nothing from the bus: people say it all (revocations are an effect)."""
    return None


def to_wire(state: m.State, fact: f.Fact) -> Outgoing | None:
    """Word a fact; the directory and the budget stay here."""
    match state:
        case m.Instruction(issued=f.Issued() as issued):
            correlation = issued.order.case_id or state.id
            if isinstance(fact, f.IssuedSent):
                data: Data | None = _issued(state.id, issued)
                office = issued.order.office
                return Outgoing(SOURCE, _issued(state.id, issued), correlation, INBOX, office)
            data = _of_instruction(state.id, issued, fact)
        case m.Meeting(recorded=f.Recorded()) if isinstance(fact, f.Recorded):
            correlation, data = state.id, _meeting(state.id, fact)
        case _:
            return None
    return Outgoing(SOURCE, data, correlation, key=short_name(data.TYPE)) if data else None


def _of_instruction(id_: str, issued: f.Issued, fact: f.Fact) -> Data | None:
    match fact:
        case f.Issued():
            return _issued(id_, issued)
        case f.Overdue(due_on):
            return InstructionOverdue(**_about(id_, issued), due_on=due_on)
        case f.Closed():
            return InstructionClosed(
                **_about(id_, issued),
                result=fact.result,
                closed_on=fact.closed_on,
                due_on=issued.order.due_on,
                in_time=fact.in_time,
                by=fact.by,
            )
    return None


def _issued(id_: str, issued: f.Issued) -> InstructionIssued:
    order = issued.order
    return InstructionIssued(
        **_about(id_, issued),
        text=order.text,
        issued_by=order.issued_by,
        issued_on=order.issued_on,
        due_on=order.due_on,
        meeting_id=order.meeting_id,
        by=issued.by,
    )


def _about(id_: str, issued: f.Issued) -> dict[str, Any]:
    order = issued.order
    return {
        "instruction_id": id_,
        "number": order.number,
        "division": order.division,
        "office": order.office,
        "case_id": order.case_id,
        "assignment_id": order.assignment_id,
    }


def _meeting(id_: str, fact: f.Recorded) -> MeetingRecorded:
    minutes = fact.minutes
    reviews = [
        {
            "case_id": item.case_id,
            "causes": item.causes,
            "remedies": item.remedies,
            "recurrent": item.recurrent or item.case_id in fact.recurrent,
        }
        for item in fact.reviews
    ]
    return MeetingRecorded.model_validate(
        {
            "meeting_id": id_,
            "reference": minutes.reference,
            "type": minutes.type,
            "division": minutes.division,
            "title": minutes.title,
            "on": minutes.on,
            "chaired_by": minutes.chaired_by,
            "attendees": minutes.attendees,
            "decisions": minutes.decisions,
            "cases": minutes.cases,
            "reviews": reviews,
            "by": fact.by,
        }
    )


STREAM: Stream[m.State, m.Input, f.Fact] = Stream(
    initial=initial,
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Annotated[f.Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=view,
)

"""What is listed of a subject: plain values for the database and for people. Pure.

A key that is absent has not happened, or is not known yet.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from services.metrics.catalogue.counting import DEFINITIONS_VERSION, entries
from services.metrics.figures import assignment_figures, case_figures, completed, waits
from services.metrics.model import Assignment, Case, Instruction, Meeting, Message, Project, Subject
from services.metrics.published import Published

Json = dict[str, Any]


def view(state: Subject) -> Json | None:
    """Give the document of a subject, told apart by `what`."""
    shown = _shown(state)
    return {**shown, "entries": entries(state), "defined": DEFINITIONS_VERSION} if shown else None


def _shown(state: Subject) -> Json | None:
    if state.case is not None:
        return {"what": "case", **_case(state.case)}
    if state.project is not None:
        return {"what": "project", **_project(state.project)}
    if state.message is not None:
        return {"what": "message", **_message(state.message)}
    return _of_the_liaison(state)


def _of_the_liaison(state: Subject) -> Json | None:
    if state.meeting is not None:
        return {"what": "meeting", **_meeting(state.meeting)}
    if state.instruction is not None:
        return {"what": "instruction", **_instruction(state.instruction)}
    if state.bulletin is not None and state.bulletin.last is not None:
        return {"what": "bulletin", **_bulletin(state.bulletin.last)}
    return None


def _case(case: Case) -> Json:
    closed = case.closed
    known = {
        "kind": case.kind,
        "division": case.division,
        "lane": case.lane,
        "filer": case.filer,
        "filed_on": case.filed_on.isoformat() if case.filed_on else None,
        "filed_at": case.filed_at,
        "routed_at": case.routed_at,
        "closed_at": closed.at if closed else None,
        "concluded_on": closed.concluded_on.isoformat() if closed else None,
        "ending": closed.ending if closed else None,
        "details": dict(case.details) or None,
        "conclusion": dict(closed.conclusion) or None if closed else None,
    }
    return {
        **_present(known),
        "unroutable": [item._asdict() for item in sorted(case.unroutable)],
        "escalated": [item._asdict() for item in sorted(case.escalated)],
        "counts": _ones(case_figures(case)),
        "assignments": [_assignment(*item) for item in sorted(case.assignments.items())],
    }


def _assignment(id_: str, heard: Assignment) -> Json:
    given = completed(heard)
    returned, resolved, recalled = given.returned, given.resolved, given.recalled
    known = {
        "id": id_,
        "task": given.task,
        "agency": given.agency,
        "office": given.office,
        "issued_at": given.issued_at,
        "receipt_due": given.receipt_due,
        "resolution_due": given.resolution_due,
        "delivered_at": given.delivered_at,
        "received_at": given.received_at,
        "accepted_at": given.accepted_at,
        "failed_at": given.failed_at,
        "returned_at": returned.at if returned else None,
        "return_reason": returned.reason if returned else None,
        "recalled_at": recalled.at if recalled else None,
        "recall_why": recalled.why if recalled else None,
        "resolved_at": resolved.at if resolved else None,
        "concluded_on": resolved.concluded_on.isoformat() if resolved else None,
        "result": resolved.result if resolved else None,
        "outcome": dict(resolved.outcome) or None if resolved else None,
        "steps": {mark: dict(said) for mark, said in sorted(given.marks.items())} or None,
        "urged": [item._asdict() for _, item in sorted(given.urges.items())] or None,
    }
    return {
        **_present(known),
        "requests": [
            _present({"number": n, "asked_at": at, "answered_at": given.answered.get(n)})
            for n, at in sorted(given.asked.items())
        ],
        "overdue": sorted(given.overdue),
        "counts": _ones(assignment_figures(given)),
        "waits": [asdict(item) for item in waits(given)],
    }


def _project(project: Project) -> Json:
    funded: Counter[str] = Counter()
    for entry in project.ledger.values():
        funded[entry.source] += entry.amount_fen
    known = {
        "division": project.division,
        "name": project.name,
        "registered_at": project.registered_at,
        "stalled_since": _iso(project.stalled_since),
    }
    return {
        **_present(known),
        "stages": {stage: on.isoformat() for stage, on in sorted(project.stages.items())},
        "funded_fen": dict(sorted(funded.items())),
        "meetings": dict(Counter(meeting for _on, meeting in sorted(project.meetings))),
        "risks": [on.isoformat() for on in sorted(project.risks)],
        "moves": [
            {"on": move.on.isoformat(), "before": move.before, "after": move.after}
            for move in sorted(project.moves)
        ],
        "ledger": sorted(
            (
                {"on": entry.on.isoformat(), "source": entry.source, "fen": entry.amount_fen}
                for entry in project.ledger.values()
            ),
            key=repr,
        ),
    }


def _meeting(meeting: Meeting) -> Json:
    known = {
        "division": meeting.division,
        "meeting": meeting.meeting,
        "on": _iso(meeting.on),
        "attendees": meeting.attendees,
        "decisions": meeting.decisions,
    }
    reviews = {case: item._asdict() for case, item in sorted(meeting.reviews.items())}
    return {**_present(known), "cases": sorted(meeting.cases), "reviews": reviews}


def _instruction(given: Instruction) -> Json:
    carried = given.carried
    return _present(
        {
            "division": given.division,
            "office": given.office,
            "case_id": given.case_id,
            "meeting_id": given.meeting_id,
            "issued_on": _iso(given.issued_on),
            "due_on": _iso(given.due_on),
            "overdue_at": given.overdue_at,
            "closed_on": _iso(carried.closed_on) if carried else None,
            "in_time": carried.in_time if carried else None,
        }
    )


def _message(message: Message) -> Json:
    known = {
        "queue": message.queue,
        "reason": message.reason,
        "first_parked_at": min(message.parked, default=None),
    }
    return {
        **_present(known),
        "times_parked": len(message.parked),
        "times_replayed": len(message.replayed),
        "waiting": message.waiting,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _bulletin(last: Published) -> Json:
    begin, end = last.begin.isoformat(), last.end.isoformat()
    return {
        "order": f"{end}:{begin}:{last.division}",
        "division": last.division,
        "begin": begin,
        "end": end,
        "edition": last.edition,
        "as_of": last.as_of,
        "published_at": last.at,
        "definitions": last.definitions,
    }


def _present(known: Mapping[str, Any]) -> Json:
    return {name: value for name, value in known.items() if value is not None}


def _ones(names: Iterable[str]) -> dict[str, int]:
    return dict.fromkeys(sorted(names), 1)

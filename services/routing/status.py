"""What people are shown of a case: where it is, who it waits for, what happened. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.routing.facts import (
    Closed,
    Escalated,
    Fact,
    Filed,
    Issued,
    Overdue,
    Reissued,
    Reported,
    Routed,
    Unroutable,
)
from services.routing.labels import LABELS, label
from services.routing.matching import explain
from services.routing.model import Assignment, Case
from services.routing.rulebook import Filing, Rulebook
from services.runtime.words import TASKS, word

Shown = dict[str, Any]


def status(state: Case, book: Rulebook, now: datetime) -> Shown:
    """Show a case that is known (its filing is there)."""
    filing = state.filing
    if filing is None:
        msg = "the case is not known"
        raise ValueError(msg)
    place = book.divisions.get(filing.division)
    return {
        "case_id": state.case_id,
        "number": filing.reference,
        "title": filing.title,
        "kind": filing.kind,
        "division": filing.division,
        "division_name": place.zh if place else filing.division,
        "lane": filing.lane,
        "filer": _office(book, filing.filer),
        "filed_on": filing.filed_on,
        "filed_at": state.filed_at,
        "synthetic": filing.extra.get("synthetic", []),
        "state": label(state.state),
        "concluded_on": state.closed.concluded_on if state.closed else None,
        "assignments": [_assignment(given, book) for given in state.assignments.values()],
        "desk": [_need(state, task) for task in sorted(state.desk)],
        "waits_for": waits_for(state, book, now),
        "history": [_entry(state, fact, book) for fact in state.history],
    }


def waits_for(state: Case, book: Rulebook, now: datetime) -> list[Shown]:
    """Name each office the case waits for now, for which task, and how long it has held it."""
    return [
        {
            **_office(book, office),
            "task": task,
            "what": what,
            "since": since,
            "seconds": round((now - since).total_seconds()),
        }
        for office, task, what, since in _waits(state, book)
    ]


def explained(book: Rulebook, filing: Filing) -> Shown:
    """Show what would be decided on a filing, and why."""
    decision = explain(book, filing)
    return {
        "rules_version": decision.rules_version,
        "assigned": [
            {
                "task": item.task,
                "agency": item.agency,
                "office": item.office,
                "zh": book.office_name(item.office).zh,
                "en": book.office_name(item.office).en,
                "rule": item.rule,
                "receipt_days": item.days.receipt,
                "resolution_days": item.days.resolution,
                "reason": item.reason,
            }
            for item in decision.assigned
        ],
        "unrouted": [
            {"task": item.task, "why": item.why, "agencies": item.agencies, "reason": item.reason}
            for item in decision.unrouted
        ],
    }


def _waits(state: Case, book: Rulebook) -> Iterator[tuple[str, str, str, datetime]]:
    if state.filing is None:
        return
    liaison = book.liaison_for(state.filing.division)
    for task, (need, since) in state.desk.items():
        yield liaison, task, need.why, since
    for task, alarm in state.alarms.items():
        yield liaison, task, alarm.why, alarm.at
    for given in state.open():
        if given.issue.task not in state.alarms:
            yield given.issue.office, given.issue.task, given.state, given.issued_at


def _assignment(given: Assignment, book: Rulebook) -> Shown:
    issue, ending = given.issue, given.ending
    return {
        "assignment_id": issue.assignment_id,
        "task": issue.task,
        "office": _office(book, issue.office),
        "rule": issue.rule,
        "rules_version": issue.rules_version,
        "reason": issue.reason,
        "state": label(given.state),
        "since": given.since,
        "issued_at": given.issued_at,
        "delivered_at": given.delivered_at,
        "received_at": given.received_at,
        "receipt_due": issue.receipt_due,
        "resolution_due": issue.resolution_due,
        "due_provisional": issue.provisional,
        "overdue": list(given.overdue),
        "outcome": ending.outcome if ending else None,
    }


def _need(state: Case, task: str) -> Shown:
    need, since = state.desk[task]
    return {"task": task, "why": label(need.why), "agencies": need.agencies,
            "reason": need.reason, "since": since}  # fmt: skip


def _entry(state: Case, fact: Fact, book: Rulebook) -> Shown:
    what: str = fact.type
    task, office, text, by = None, None, None, None
    match fact:
        case Issued() | Reissued() | Overdue():
            issue = state.assignments[fact.assignment_id].issue
            task, office = issue.task, issue.office
            text = LABELS[fact.what][0] if isinstance(fact, Overdue) else None
        case Reported():
            issue = state.assignments[fact.assignment_id].issue
            what, task, office = fact.act, issue.task, issue.office
            text, by = fact.text, fact.by
        case Escalated():
            task, office, text = fact.task, fact.office, LABELS[fact.why][0]
        case Routed():
            text = "；".join(
                f"{word(TASKS, item.task)} → {book.office_name(item.office).zh}"
                for item in fact.assignments
            )
        case Unroutable():
            text = "；".join(need.reason for need in fact.needs)
        case Closed():
            text = fact.concluded_on.isoformat()
        case Filed():
            office = fact.filing.filer
    return {
        "at": fact.at,
        "what": label(what),
        "task": task,
        "office": _office(book, office) if office else None,
        "text": text,
        "by": by,
    }


def _office(book: Rulebook, office: str) -> Shown:
    name = book.office_name(office)
    return {"office": office, "zh": name.zh, "en": name.en}

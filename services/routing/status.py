"""What people are shown of a case: where it is, who it waits for, what happened. Pure."""

from datetime import datetime

from services.routing.history import INSTRUCTION, Shown, entries, named
from services.routing.holding import waits
from services.routing.labels import label
from services.routing.liaison_facts import Instructed
from services.routing.matching import explain
from services.routing.model import Assignment, Case
from services.routing.rulebook import Filing, Rulebook


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
        "filer": named(book, filing.filer),
        "filed_on": filing.filed_on,
        "filed_at": state.filed_at,
        "synthetic": filing.extra.get("synthetic", []),
        "details": filing.details,
        "state": label(state.state),
        "concluded_on": state.closed.concluded_on if state.closed else None,
        "ending": label(state.closed.ending) if state.closed else None,
        "ended_at": state.closed.at if state.closed else None,
        "conclusion": state.concluded.conclusion if state.concluded else None,
        "attachments": list(state.attachments),
        "assignments": [_assignment(given, book) for given in state.assignments.values()],
        "desk": [_need(state, task) for task in sorted(state.desk)],
        "instructions": [_instruction(item, book) for item in state.instructions.values()],
        "waits_for": waits_for(state, book, now),
        "history": entries(state, book),
    }


def waits_for(state: Case, book: Rulebook, now: datetime) -> list[Shown]:
    """Name each office the case waits for now, for which task, and how long it has held it."""
    return [
        {
            **named(book, item.office),
            "task": item.task,
            "what": item.what,
            "since": item.since,
            "seconds": round((now - item.since).total_seconds()),
        }
        for item in waits(state, book)
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


def _assignment(given: Assignment, book: Rulebook) -> Shown:
    issue, ending = given.issue, given.ending
    return {
        "assignment_id": issue.assignment_id,
        "task": issue.task,
        "office": named(book, issue.office),
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
        "due_soon": [what for what in given.warned if what not in given.overdue],
        "overdue": list(given.overdue),
        "urged": [
            {
                "number": item.number,
                "what": item.what,
                "at": item.at,
                "reason": item.reason,
                "by": item.by,
            }
            for item in given.urges
        ],
        "risen": [{"level": label(item.level or ""), "at": item.at} for item in given.rises],
        "outcome": ending.outcome if ending else None,
        "recalled": label(given.recalled.why) if given.recalled else None,
        "requests": [
            {
                "request": item.number,
                "question": item.question,
                "asked_at": item.asked_at,
                "answer": item.answer,
                "answered_at": item.answered_at,
            }
            for item in given.requests
        ],
    }


def _instruction(item: Instructed, book: Rulebook) -> Shown:
    return {
        "instruction_id": item.instruction_id,
        "number": item.number,
        "office": named(book, item.office),
        "due_on": item.due_on,
        "state": {**label(INSTRUCTION[item.standing]), "code": item.standing},
        "assignment_id": item.assignment_id,
    }


def _need(state: Case, task: str) -> Shown:
    need, since = state.desk[task]
    return {"task": task, "why": label(need.why), "agencies": need.agencies,
            "reason": need.reason, "since": since}  # fmt: skip

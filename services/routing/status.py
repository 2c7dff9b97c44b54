"""What people are shown of a case: where it is, who it waits for, what happened. Pure."""

from collections.abc import Iterator
from datetime import datetime

from services.routing.history import INSTRUCTION, Shown, entries, named
from services.routing.labels import label
from services.routing.liaison_facts import Instructed
from services.routing.matching import explain
from services.routing.model import Assignment, Case
from services.routing.rulebook import Filing, Rulebook, city_of


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
            **named(book, office),
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
    """Give office, task (for the filer's last word: `conclusion`), what and since when."""
    if state.filing is None:
        return
    division, filer = state.filing.division, state.filing.filer
    liaison, city = book.liaison_for(division), book.liaison_for(city_of(division))
    for task, (need, since) in state.desk.items():
        yield liaison, task, need.why, since
    for task, alarm in state.alarms.items():
        desk = liaison if alarm.level in (None, "county") else city
        yield desk, task, alarm.why, alarm.at
    for given in state.open():
        if given.asked is not None:
            yield filer, given.issue.task, "information", given.asked.asked_at
        elif given.issue.task not in state.alarms or state.alarms[given.issue.task].level:
            # an overdue task is in its office's hands still; what failed or never came is not
            yield given.issue.office, given.issue.task, given.state, given.issued_at
    if state.awaits_conclusion:
        ends = [given.ended_at for given in state.assignments.values() if given.ended_at]
        yield filer, "conclusion", "conclusion", max(ends, default=state.history[-1].at)


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

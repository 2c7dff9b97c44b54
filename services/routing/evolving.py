"""How each fact changes a case."""

from collections.abc import Mapping
from dataclasses import replace

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
from services.routing.model import Assignment, Case

IMPLIES = {
    "delivered": ("delivered_at",),
    "received": ("delivered_at", "received_at"),
    "accepted": ("delivered_at", "received_at", "accepted_at"),
    "progressed": ("delivered_at", "received_at", "accepted_at"),
    "resolved": ("delivered_at", "received_at", "accepted_at"),
    "returned": ("delivered_at", "received_at"),
    "failed": ("delivered_at",),
}
"""What an act says about the steps before it, since reports overtake each other."""


def evolve(state: Case, fact: Fact) -> Case:
    """Give the case after a fact."""
    return replace(_changed(state, fact), history=(*state.history, fact))


def _changed(state: Case, fact: Fact) -> Case:
    changed = state
    match fact:
        case Filed():
            changed = replace(state, filing=fact.filing, filed_at=fact.at)
        case Routed():
            new = {item.assignment_id: Assignment(item, fact.at) for item in fact.assignments}
            changed = replace(state, assignments={**state.assignments, **new})
        case Issued():
            changed = _update(state, fact.assignment_id, retry_at=fact.retry_at)
        case Reissued():
            changed = _update(state, fact.assignment_id, retry_at=fact.retry_at, tries=fact.tries)
        case Unroutable():
            needs = {need.task: (need, fact.at) for need in fact.needs}
            changed = replace(state, desk={**state.desk, **needs})
        case Reported():
            changed = _reported(state, fact)
        case Overdue():
            known = state.assignments[fact.assignment_id].overdue
            changed = _update(state, fact.assignment_id, overdue=(*known, fact.what))
        case Escalated():
            raised = replace(state, alarms={**state.alarms, fact.task: fact})
            changed = _update(raised, fact.assignment_id, retry_at=None)
        case Closed():
            changed = replace(state, closed=fact)
    return changed


def _update(state: Case, assignment_id: str, **changes: object) -> Case:
    changed = replace(state.assignments[assignment_id], **changes)  # type: ignore[arg-type]
    return replace(state, assignments={**state.assignments, assignment_id: changed})


def _reported(state: Case, fact: Reported) -> Case:
    given = state.assignments[fact.assignment_id]
    changes: dict[str, object] = {
        name: fact.at for name in IMPLIES[fact.act] if getattr(given, name) is None
    }
    if fact.act == "progressed":
        changes["progress"] = given.progress + 1
    elif fact.act == "failed":
        changes["failed_at"] = fact.at
    elif fact.act in ("resolved", "returned"):
        changes |= {"ended_at": fact.at, "ending": fact}
    alarms = _settled(state.alarms, given.issue.task, fact)
    return replace(_update(state, fact.assignment_id, **changes), alarms=alarms)


def _settled(alarms: Mapping[str, Escalated], task: str, fact: Reported) -> dict[str, Escalated]:
    """Drop the task's alarm when an office's act answers it: any for undelivered, an end else."""
    alarm = alarms.get(task)
    if alarm is None or alarm.assignment_id != fact.assignment_id:
        return dict(alarms)
    answered = alarm.why == "undelivered" or fact.act in ("resolved", "returned")
    return {key: value for key, value in alarms.items() if not (answered and key == task)}

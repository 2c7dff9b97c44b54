"""How each fact changes a case."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.routing.facts import (
    Closed,
    DueSoon,
    Escalated,
    Fact,
    Filed,
    Issued,
    Overdue,
    Recalled,
    Refused,
    Reissued,
    Reported,
    Routed,
    Unroutable,
)
from services.routing.filer_facts import Attached, CameLate, Concluded, Supplied, Withdrawn
from services.routing.ladder_facts import Level, Urged
from services.routing.liaison_facts import STANDINGS, Instructed
from services.routing.link_facts import Clustered, Linked
from services.routing.model import Assignment, Case, Request

IMPLIES = {
    "delivered": ("delivered_at",),
    "received": ("delivered_at", "received_at"),
    "accepted": ("delivered_at", "received_at", "accepted_at"),
    "progressed": ("delivered_at", "received_at", "accepted_at"),
    "requested": ("delivered_at", "received_at"),
    "resolved": ("delivered_at", "received_at", "accepted_at"),
    "returned": ("delivered_at", "received_at"),
    "failed": ("delivered_at",),
}
"""What an act says about the steps before it, since reports overtake each other."""

RANKS: Mapping[Level | None, int] = {"county": 0, None: 1, "city": 2, "conference": 3}
"""Which alarm of a task stands: what is not a matter of time comes before the county's."""


def evolve(state: Case, fact: Fact) -> Case:
    """Give the case after a fact."""
    return replace(_changed(state, fact), history=(*state.history, fact))


def _changed(state: Case, fact: Fact) -> Case:  # noqa: PLR0911, C901 - a table
    match fact:
        case Filed():
            return replace(state, filing=fact.filing, filed_at=fact.at)
        case Withdrawn():
            return replace(state, withdrawn=fact)
        case Concluded():
            return replace(state, concluded=fact)
        case Closed():
            return replace(state, closed=fact, desk={}, alarms={})
        case CameLate():
            return state
        case Attached():
            return replace(state, attachments=(*state.attachments, fact.attachment))
        case Refused():
            times = state.refused.get(fact.office, 0) + 1
            return replace(state, refused={**state.refused, fact.office: times})
        case Instructed():
            known = state.instructions.get(fact.instruction_id)
            return replace(
                state,
                instructions={**state.instructions, fact.instruction_id: _stands(known, fact)},
            )
        case Linked():
            return replace(state, links=(*state.links, fact))
        case Clustered():
            told = {cluster.key: cluster for cluster in fact.clusters}
            return replace(state, clusters={**state.clusters, **told})
        case Routed() | Unroutable() | Escalated():
            return _placed(state, fact)
        case _:
            return _of_assignment(state, fact)


def _placed(state: Case, fact: Routed | Unroutable | Escalated) -> Case:
    match fact:
        case Routed():
            new = {item.assignment_id: Assignment(item, fact.at) for item in fact.assignments}
            tasks = {item.task for item in fact.assignments}
            return replace(
                state,
                assignments={**state.assignments, **new},
                desk=_without(state.desk, tasks),
                alarms=_without(state.alarms, tasks),
            )
        case Unroutable():
            needs = {need.task: (need, fact.at) for need in fact.needs}
            return replace(state, desk={**state.desk, **needs})
        case Escalated():
            raised = replace(state, alarms={**state.alarms, fact.task: _higher(state, fact)})
            if fact.why == "overdue":
                rises = (*state.assignments[fact.assignment_id].rises, fact)
                return _update(raised, fact.assignment_id, rises=rises)
            return _update(raised, fact.assignment_id, retry_at=None)


def _of_assignment(state: Case, fact: Fact) -> Case:  # noqa: PLR0911 - a table
    match fact:
        case Issued():
            return _update(state, fact.assignment_id, retry_at=fact.retry_at)
        case Reissued():
            return _update(state, fact.assignment_id, retry_at=fact.retry_at, tries=fact.tries)
        case Reported():
            return _reported(state, fact)
        case Supplied():
            return _supplied(state, fact)
        case Recalled():
            task = state.assignments[fact.assignment_id].issue.task
            changed = _update(state, fact.assignment_id, recalled=fact, ended_at=fact.at)
            return replace(changed, alarms=_without(state.alarms, {task}))
        case DueSoon():
            known = state.assignments[fact.assignment_id].warned
            return _update(state, fact.assignment_id, warned=(*known, fact.what))
        case Overdue():
            known = state.assignments[fact.assignment_id].overdue
            return _update(state, fact.assignment_id, overdue=(*known, fact.what))
        case Urged():
            return _urged(state, fact)
        case _:  # what leaves for an inbox changes nothing here
            return state


def _update(state: Case, assignment_id: str, **changes: object) -> Case:
    changed = replace(state.assignments[assignment_id], **changes)  # type: ignore[arg-type]
    return replace(state, assignments={**state.assignments, assignment_id: changed})


def _without(known: Mapping[str, Any], tasks: set[str]) -> dict[str, Any]:
    return {task: value for task, value in known.items() if task not in tasks}


def _reported(state: Case, fact: Reported) -> Case:
    given = state.assignments[fact.assignment_id]
    changes: dict[str, object] = {
        name: fact.at for name in IMPLIES[fact.act] if getattr(given, name) is None
    }
    if fact.act == "progressed":
        changes["progress"] = given.progress + 1
        changes["stepped"] = fact if fact.step is not None else given.stepped
    elif fact.act == "requested":
        asked = Request(fact.request or 0, fact.text or "", fact.at)
        changes["requests"] = (*given.requests, asked)
    elif fact.act == "failed":
        changes["failed_at"] = fact.at
    elif fact.act in ("resolved", "returned"):
        changes |= {"ended_at": fact.at, "ending": fact}
    alarms = _settled(state.alarms, given.issue.task, fact, given.rises)
    return replace(_update(state, fact.assignment_id, **changes), alarms=alarms)


def _settled(
    alarms: Mapping[str, Escalated], task: str, fact: Reported, rises: Sequence[Escalated]
) -> dict[str, Escalated]:
    """Drop the task's alarm when an office's act answers it: any for undelivered, an end else.

    One that is overdue, too, stands where it has risen until it ends.
    """
    alarm = alarms.get(task)
    if alarm is None or alarm.assignment_id != fact.assignment_id:
        return dict(alarms)
    ended = fact.act in ("resolved", "returned")
    if not ended and alarm.why != "undelivered":
        return dict(alarms)
    left = _without(alarms, {task})
    return left if ended or not rises else {**left, task: rises[-1]}


def _supplied(state: Case, fact: Supplied) -> Case:
    given = state.assignments[fact.assignment_id]
    answered = replace(given.requests[-1], answer=fact.answer, answered_at=fact.at)
    issue = replace(
        given.issue,
        receipt_due=fact.receipt_due,
        resolution_due=fact.resolution_due,
        resolution_soon=fact.resolution_soon,
        provisional=fact.provisional,
    )
    moved = fact.resolution_due != given.issue.resolution_due
    return _update(
        state,
        fact.assignment_id,
        issue=issue,
        requests=(*given.requests[:-1], answered),
        # a deadline that moved is a new one, and said to be near once more
        warned=tuple(what for what in given.warned if not (moved and what == "resolution")),
        resolution_urged=given.resolution_urged and not moved,
        stood=given.stood + fact.stood,
    )


def _urged(state: Case, fact: Urged) -> Case:
    given = state.assignments[fact.assignment_id]
    changes: dict[str, object] = {"urges": (*given.urges, fact)}
    if fact.reason is None and fact.what == "receipt":
        changes["receipt_urges"] = given.receipt_urges + 1
    elif fact.reason is None:
        changes["resolution_urged"] = True
    return _update(state, fact.assignment_id, **changes)


def _higher(state: Case, fact: Escalated) -> Escalated:
    """Give the alarm of a task that stands: the one there was, where the new one is lower."""
    known = state.alarms.get(fact.task)
    if known is None or known.assignment_id != fact.assignment_id:
        return fact
    return known if RANKS[known.level] > RANKS[fact.level] else fact


def _stands(known: Instructed | None, fact: Instructed) -> Instructed:
    """Say how an instruction stands: news of it may overtake each other."""
    if known is None:
        return fact
    first, last = sorted((known, fact), key=lambda item: STANDINGS.index(item.standing))
    return replace(last, text=last.text or first.text, issued_by=last.issued_by or first.issued_by)

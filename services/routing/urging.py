"""A liaison officer urges an office by hand 催办. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.climbing import due_of, urged
from services.routing.facts import Fact
from services.routing.inputs import Urge
from services.routing.ladder_facts import Urged, What
from services.routing.model import Assignment, Case
from services.runtime.domain import NotYetError, RefusedError, business_day

MAX_URGES = 500
"""Urges of one assignment, the clock's included; more move nobody."""


def urge(state: Case, given: Urge, now: datetime) -> Sequence[Fact]:
    """Urge an office to sign for its task, or to finish it.

    Raises NotYetError for an assignment not known here, RefusedError for one that has ended or
    waits for its filer, and for a second word of the same person on one day.
    """
    found = state.assignments.get(given.assignment_id)
    if state.filing is None or found is None:
        msg = f"{given.assignment_id} has not been issued here"
        raise NotYetError(msg)
    _check(found, given, now)
    what: What = "receipt" if found.received_at is None else "resolution"
    due, number = due_of(found, what), len(found.urges) + 1
    return urged(Urged(
        given.assignment_id, what, due, number, now, given.reason, given.by, given.desk,
    ))  # fmt: skip


def _check(found: Assignment, given: Urge, now: datetime) -> None:
    if found.ended_at is not None:
        msg = f"{given.assignment_id} has ended already ({found.state})"
        raise RefusedError(msg)
    if found.asked is not None:
        msg = f"{given.assignment_id} waits for its filer's answer, not for the office"
        raise RefusedError(msg)
    if len(found.urges) >= MAX_URGES:
        msg = f"{given.assignment_id} was urged {MAX_URGES} times already"
        raise RefusedError(msg)
    who, today = (given.desk, given.by), business_day(now)
    for fact in found.urges:
        if (fact.desk, fact.by) == who and business_day(fact.at) == today:
            msg = f"{given.by} has urged {given.assignment_id} today already"
            raise RefusedError(msg)

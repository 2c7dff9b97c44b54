"""The filer answers what an office has asked: the clock goes on, the deadline has moved."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.routing.facts import Fact
from services.routing.filer_facts import CameLate, Supplied
from services.routing.inputs import Supply
from services.routing.model import Assignment, Case
from services.routing.rulebook import Calendar, Due
from services.routing.workdays import extended, stood
from services.runtime.domain import NotYetError, RefusedError


def supply(state: Case, given: Supply, now: datetime) -> Sequence[Fact]:
    """Take an answer. One to an assignment that has ended crossed it on its way, and is kept.

    Raises NotYetError for an assignment not known here, RefusedError for a request that was not
    made or was answered in other words.
    """
    item = state.assignments.get(given.assignment_id)
    if item is None:
        msg = f"{given.assignment_id} has not been issued here"
        raise NotYetError(msg)
    asked = next((found for found in item.requests if found.number == given.request), None)
    if asked is None:
        msg = f"{given.assignment_id} has made no request {given.request}"
        raise RefusedError(msg, "request")
    if asked.answered_at is not None and asked.answer != given.answer:
        msg = f"request {given.request} was answered already, with other words"
        raise RefusedError(msg, "answer")
    if asked.answered_at is not None:
        return ()
    if item.ended_at is not None:
        late = CameLate("supplied", given.answer, now, given.by)
        known = any(isinstance(fact, CameLate) and fact.same(late) for fact in state.history)
        return () if known else [late]
    calendar = given.rulebook.calendar
    receipt, resolution, soon = _moved(item, calendar, asked.asked_at, now)
    missed = item.issue.resolution_due < asked.asked_at
    return [
        Supplied(
            assignment_id=given.assignment_id,
            request=given.request,
            answer=given.answer,
            receipt_due=receipt.at.astimezone(UTC),
            resolution_due=resolution.at.astimezone(UTC),
            resolution_soon=soon,
            provisional=receipt.provisional or resolution.provisional,
            at=now,
            by=given.by,
            attachments=given.attachments,
            stood=stood(calendar, asked.asked_at, now)[0] if missed else 0,
        )
    ]


def _moved(
    item: Assignment, calendar: Calendar, asked: datetime, now: datetime
) -> tuple[Due, Due, datetime | None]:
    """Move the deadlines that were still to come when the office asked; what was late stays late.

    A question says that the assignment was received, so its receipt is met.
    """
    issue = item.issue
    receipt = Due(issue.receipt_due, issue.provisional)
    resolution = Due(issue.resolution_due, issue.provisional)
    soon = issue.resolution_soon
    if issue.resolution_due < asked:
        return receipt, resolution, soon
    if soon is not None:
        soon = extended(calendar, Due(soon), asked, now).at.astimezone(UTC)
    return receipt, extended(calendar, resolution, asked, now), soon

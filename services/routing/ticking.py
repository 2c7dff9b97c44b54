"""What the passing of time brings: issued again, near a deadline, overdue, a rung of the ladder."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.routing.climbing import climbed, upcoming
from services.routing.facts import DueSoon, Fact, Overdue, Reissued
from services.routing.issuing import escalated
from services.routing.ladder_facts import What
from services.routing.model import Assignment, Case
from services.routing.rulebook import Timing


def tick(state: Case, timing: Timing, now: datetime) -> list[Fact]:
    """Do what is due now, in the order in which it was due."""
    facts: list[Fact] = []
    past: list[tuple[datetime, list[Fact]]] = []
    for given in state.open():
        facts += _again(given, timing, now)
        past += _missed(given, now)
        past += climbed(given, now)
    for _, said in sorted(past, key=lambda item: item[0]):
        facts += said
    return facts


def next_due(state: Case) -> datetime | None:
    """Tell when time alone will next make something happen."""
    return min((at for given in state.open() for at in _moments(given)), default=None)


def _again(given: Assignment, timing: Timing, now: datetime) -> Iterator[Fact]:
    if not _undelivered(given) or given.retry_at is None or given.retry_at > now:
        return
    tries = given.tries + 1
    if tries > timing.redeliver_times:
        yield escalated(given.issue, "undelivered", now)
    else:
        again = now + timedelta(seconds=timing.redeliver_seconds * 2**tries)
        yield Reissued(given.issue.assignment_id, tries, again, now)


def _missed(given: Assignment, now: datetime) -> Iterator[tuple[datetime, list[Fact]]]:
    for what, soon, due in _deadlines(given):
        name = given.issue.assignment_id
        if _reaches(given, due) and due < now:
            yield due, [Overdue(name, what, due, now)]
        elif what not in given.warned and soon and _reaches(given, soon) and soon < now:
            yield soon, [DueSoon(name, what, due, now)]


def _undelivered(given: Assignment) -> bool:
    return given.delivered_at is None and given.failed_at is None


def _deadlines(given: Assignment) -> Iterator[tuple[What, datetime | None, datetime]]:
    """Give the deadlines that are neither met nor known to be missed: when near, when due."""
    issue = given.issue
    if given.received_at is None and "receipt" not in given.overdue:
        yield "receipt", issue.receipt_soon, issue.receipt_due
    if "resolution" not in given.overdue:
        yield "resolution", issue.resolution_soon, issue.resolution_due


def _reaches(given: Assignment, moment: datetime) -> bool:
    """Tell whether the clock gets to a moment: it stands since the office asked the filer."""
    return given.asked is None or moment < given.asked.asked_at


def _moments(given: Assignment) -> Iterator[datetime]:
    if _undelivered(given) and given.retry_at is not None:
        yield given.retry_at
    for what, soon, due in _deadlines(given):
        if soon and what not in given.warned and soon < due and _reaches(given, soon):
            yield soon
        if _reaches(given, due):
            yield due
    yield from upcoming(given)

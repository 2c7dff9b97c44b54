"""The ladder 催办与提级: when an office is urged and an overdue task rises, and who says so. Pure.

Each rung has its moment. What was said is kept in the assignment, so each is said once, by
whichever copy of the service looks first. While the filer is asked nobody is urged.
"""

from collections.abc import Iterator
from datetime import datetime

from services.routing.facts import Fact
from services.routing.issuing import escalated
from services.routing.ladder_facts import Rung, Urged, UrgeSent, What
from services.routing.model import Assignment
from services.routing.workdays import later

Moment = tuple[datetime, What | Rung]
"""When which rung is said."""


def rungs(given: Assignment) -> tuple[Iterator[Moment], ...]:
    """Give the rungs of an open assignment that were not said yet: by kind, each in order."""
    return () if given.asked else (_to_sign(given), _to_finish(given), _rises(given))


def upcoming(given: Assignment) -> Iterator[datetime]:
    """Give the moments of the next rungs, one of each kind: others come after those."""
    for kind in rungs(given):
        for moment, _ in kind:
            yield moment
            break


def _to_sign(given: Assignment) -> Iterator[Moment]:
    issue = given.issue
    if given.received_at is None:
        for number in range(given.receipt_urges, issue.urge_most):
            yield later(issue.receipt_due, number * issue.urge_every), "receipt"


def _to_finish(given: Assignment) -> Iterator[Moment]:
    soon = given.issue.resolution_soon
    if given.issue.urge_most and soon and not given.resolution_urged:
        yield soon, "resolution"


def _rises(given: Assignment) -> Iterator[Moment]:
    for rung in given.issue.rungs[len(given.rises) :]:
        yield later(given.issue.resolution_due, rung.days + given.stood), rung


def climbed(given: Assignment, now: datetime) -> Iterator[tuple[datetime, list[Fact]]]:
    """Say each rung whose moment has passed, in order."""
    past = [rung for kind in rungs(given) for rung in kind if rung[0] < now]
    number = len(given.urges)
    for moment, step in sorted(past, key=lambda item: item[0]):
        if isinstance(step, Rung):
            yield moment, [escalated(given.issue, "overdue", now, step.level)]
        else:
            number += 1
            yield moment, urged(Urged(
                given.issue.assignment_id, step, due_of(given, step), number, now,
            ))  # fmt: skip


def urged(fact: Urged) -> list[Fact]:
    """Say an urge to all, and to the office's inbox."""
    return [fact, UrgeSent(fact.assignment_id, fact.number, fact.at)]


def due_of(given: Assignment, what: What) -> datetime:
    """Give the deadline of an assignment."""
    return given.issue.receipt_due if what == "receipt" else given.issue.resolution_due

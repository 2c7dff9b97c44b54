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


def rungs(given: Assignment) -> Iterator[tuple[datetime, What | Rung]]:
    """Give the rungs of an open assignment that were not said yet, each with its moment."""
    issue = given.issue
    if given.asked is not None:
        return
    if given.received_at is None:
        for number in range(given.receipt_urges, issue.urge_most):
            yield later(issue.receipt_due, number * issue.urge_every), "receipt"
    if issue.urge_most and issue.resolution_soon and not given.resolution_urged:
        yield issue.resolution_soon, "resolution"
    for rung in issue.rungs[len(given.rises) :]:
        yield later(issue.resolution_due, rung.days + given.stood), rung


def climbed(given: Assignment, now: datetime) -> Iterator[tuple[datetime, list[Fact]]]:
    """Say each rung whose moment has passed, in order."""
    past = [(moment, step) for moment, step in rungs(given) if moment < now]
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

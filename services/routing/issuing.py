"""The facts by which tasks are given to offices, taken back from them, or handed to the desk."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from services.routing.facts import (
    Alarm,
    Escalated,
    Fact,
    Issue,
    Issued,
    Recalled,
    RecallSent,
    RecallWhy,
    Routed,
)
from services.routing.ladder_facts import Level, Rung
from services.routing.matching import Assigned
from services.routing.model import Assignment
from services.routing.rulebook import Calendar, Filing, Rulebook, Timing, city_of

SOON = 5
"""A deadline is near when less than a fifth of its time is left, or less than a working day."""


def issue(  # noqa: PLR0913, PLR0917 - what a decision is made of
    case_id: str, filing: Filing, place: Assigned, round_: int, book: Rulebook, now: datetime
) -> Issue:
    """Word the decision that a task goes to an office, with its deadlines and its ladder."""
    ladder = book.ladder_for(filing.lane)
    receipt = book.calendar(now, place.days.receipt)
    resolution = book.calendar(now, place.days.resolution)
    return Issue(
        assignment_id=f"{case_id}.{place.task}.{round_}",
        task=place.task,
        round=round_,
        agency=place.agency,
        office=place.office,
        rule=place.rule,
        rules_version=book.version,
        reason=place.reason,
        receipt_days=place.days.receipt,
        resolution_days=place.days.resolution,
        receipt_due=receipt.at.astimezone(UTC),
        resolution_due=resolution.at.astimezone(UTC),
        provisional=receipt.provisional or resolution.provisional,
        receipt_soon=_soon(book.calendar, now, place.days.receipt, receipt.at),
        resolution_soon=_soon(book.calendar, now, place.days.resolution, resolution.at),
        urge_every=ladder.urge_every,
        urge_most=ladder.urge_most,
        rungs=_rungs(book, filing),
    )


def issued(
    issues: Sequence[Issue],
    timing: Timing,
    now: datetime,
    by: str | None = None,
    words: str | None = None,
) -> list[Fact]:
    """Say where tasks go, and send each on its way; nothing for no tasks."""
    if not issues:
        return []
    retry_at = now + timedelta(seconds=timing.redeliver_seconds)
    leaving = [Issued(item.assignment_id, retry_at, now) for item in issues]
    return [Routed(tuple(issues), now, by, words), *leaving]


def recalled(
    given: Iterable[Assignment], why: RecallWhy, reason: str, by: str | None, now: datetime
) -> list[Fact]:
    """Take assignments back: each is said to all, and to its office's inbox."""
    facts: list[Fact] = []
    for item in given:
        name = item.issue.assignment_id
        facts += [Recalled(name, why, reason, now, by), RecallSent(name, now)]
    return facts


def escalated(item: Issue, why: Alarm, now: datetime, level: Level | None = None) -> Escalated:
    """Call the liaison office to a task."""
    return Escalated(item.task, why, item.office, item.assignment_id, now, level)


def _rungs(book: Rulebook, filing: Filing) -> tuple[Rung, ...]:
    """Say where an overdue task of the case rises; without a county's desk, to the city at once."""
    days, own = book.ladder_for(filing.lane), book.liaison_for(filing.division)
    first = days.county
    if own == book.liaison_for(city_of(filing.division)):
        return Rung("city", first), Rung("conference", first + days.conference)
    second = first + days.city
    return Rung("county", first), Rung("city", second), Rung("conference", second + days.conference)


def _soon(calendar: Calendar, now: datetime, days: int, due: datetime) -> datetime:
    """Tell when a deadline is near.

    One of a single working day would be so from the start; for it the fifth alone counts.
    """
    fifth = due - (due - now) / SOON
    moment = min(fifth, calendar(now, days - 1).at) if days > 1 else fifth
    return moment.astimezone(UTC)

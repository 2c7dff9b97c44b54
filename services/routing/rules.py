"""What becomes of a case: issue, report, return, overdue, escalate, close."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from services.routing.evolving import evolve
from services.routing.facts import (
    Alarm,
    Closed,
    Escalated,
    Fact,
    Filed,
    Issue,
    Issued,
    Overdue,
    Reissued,
    Reported,
    Routed,
    Unroutable,
    Unrouted,
)
from services.routing.matching import Assigned, explain
from services.routing.model import Assignment, Case, File, Input, Report, Tick
from services.routing.rulebook import Days, Rulebook, Timing
from services.runtime.domain import NotYetError, RefusedError, business_day

MAX_RETURNS = 3
"""The third return of a task goes to the liaison office (提级督办), as hotline offices do."""
MAX_PROGRESS = 200
"""Progress reports of one assignment; a flood beyond it is refused."""
MAX_QUOTED = 500


def decide(state: Case, given: Input, now: datetime) -> Sequence[Fact]:
    """Decide on a filing, a report or the passing of time.

    Raises NotYetError for a report on a case or an assignment not known here, RefusedError for one
    that is not the office's, comes after the end, or says what can't be.
    """
    match given:
        case File():
            return _file(state, given, now)
        case Report():
            return _report(state, given, now)
        case Tick():
            return _tick(state, given.timing, now)


def next_due(state: Case) -> datetime | None:
    """Tell when time alone will next make something happen."""
    moments = [at for given in state.open() for at in _moments(given)]
    return min(moments, default=None)


def _file(state: Case, given: File, now: datetime) -> Sequence[Fact]:
    if state.filing is not None:
        return ()
    found = explain(given.rulebook, given.filing)
    facts: list[Fact] = [Filed(given.filing, now)]
    issues = [_issue(state.case_id, item, 1, given.rulebook, now) for item in found.assigned]
    facts += _issued(issues, given.rulebook.timing, now)
    if found.unrouted:
        facts.append(Unroutable(found.unrouted, now))
    return facts


def _report(state: Case, report: Report, now: datetime) -> Sequence[Fact]:
    given = state.assignments.get(report.assignment_id)
    if state.filing is None or given is None:
        msg = f"{report.assignment_id} has not been issued here"
        raise NotYetError(msg)
    if given.issue.office != report.office:
        msg = f"{report.assignment_id} is not an assignment of {report.office}"
        raise RefusedError(msg)
    fact = Reported(
        report.act, report.assignment_id, now, report.by, report.text, report.better_office,
        report.outcome,
    )  # fmt: skip
    if _said_before(given, fact):
        return ()
    _check(given, fact, now)
    after = evolve(state, fact)
    if report.act == "returned":
        return [fact, *_after_return(after, given.issue, report, now)]
    if report.act == "failed":
        return [fact, _escalated(given.issue, "failed", now)]
    if report.act == "resolved":
        return [fact, *_close(after, now)]
    return [fact]


def _said_before(given: Assignment, fact: Reported) -> bool:
    if given.ending is not None and fact.act in ("resolved", "returned"):
        return replace(fact, at=given.ending.at, by=given.ending.by) == given.ending
    known = {
        "delivered": given.delivered_at,
        "received": given.received_at,
        "accepted": given.accepted_at,
        "failed": given.failed_at,
    }
    if fact.act not in known:
        return False
    # after the end, a step before it was only overtaken on its way
    return known[fact.act] is not None or given.ending is not None


def _check(given: Assignment, fact: Reported, now: datetime) -> None:
    name = given.issue.assignment_id
    if given.ending is not None and fact.act != "progressed":
        msg = f"{name} was {given.ending.act} already"
        raise RefusedError(msg)
    if fact.act == "progressed" and given.progress >= MAX_PROGRESS:
        msg = f"{name} has {MAX_PROGRESS} progress reports already"
        raise RefusedError(msg)
    if fact.act == "resolved":
        outcome = fact.outcome or {}
        if outcome.get("task") != given.issue.task:
            msg = f"the outcome must be one of {given.issue.task}, not of {outcome.get('task')}"
            raise RefusedError(msg, "outcome.task")
        if date.fromisoformat(outcome["concluded_on"]) > business_day(now):
            msg = "concluded_on must not be in the future"
            raise RefusedError(msg, "outcome.concluded_on")


def _after_return(state: Case, issue: Issue, report: Report, now: datetime) -> Sequence[Fact]:
    returned_by = [
        other.issue.office
        for other in state.assignments.values()
        if other.issue.task == issue.task and other.state == "returned"
    ]
    if len(returned_by) >= MAX_RETURNS:
        return [_escalated(issue, "third_return", now)]
    better = report.better_office
    book = report.rulebook
    said = (report.text or "")[:MAX_QUOTED]
    zh = f"{book.office_name(issue.office).zh}退回：{said}"
    en = f"returned by {issue.office} ({said})"
    office = book.offices.get(better or "")
    if better is None:
        why = ("未指明其他承办单位", "no better office named")
    elif office is None or not office.receives:
        why = (f"所指 {better} 不是承办单位", f"{better} is no receiving office")
    elif better in returned_by:
        why = (f"{office.name.zh}已退回过", f"{better} has returned it already")
    else:
        reason = f"{zh}；改派{office.name.zh} / {en}; better office {better}"
        days = Days(issue.receipt_days, issue.resolution_days)
        place = Assigned(issue.task, office.agency, office.id, "return", days, reason)
        again = _issue(state.case_id, place, issue.round + 1, book, now)
        return _issued([again], book.timing, now)
    reason = f"{zh}；{why[0]} / {en}; {why[1]}"
    return [Unroutable((Unrouted(issue.task, "returned", (issue.agency,), reason),), now)]


def _close(state: Case, now: datetime) -> Sequence[Fact]:
    if state.closed or state.desk or state.alarms or state.open():
        return ()
    days = [
        date.fromisoformat(given.ending.outcome["concluded_on"])
        for given in state.assignments.values()
        if given.ending is not None and given.ending.outcome is not None
    ]
    return [Closed(max(days), now)]


def _tick(state: Case, timing: Timing, now: datetime) -> Sequence[Fact]:
    facts: list[Fact] = []
    for given in state.open():
        issue = given.issue
        if _undelivered(given) and given.retry_at is not None and given.retry_at <= now:
            tries = given.tries + 1
            if tries > timing.redeliver_times:
                facts.append(_escalated(issue, "undelivered", now))
            else:
                again = now + timedelta(seconds=timing.redeliver_seconds * 2**tries)
                facts.append(Reissued(issue.assignment_id, tries, again, now))
        if _awaits_receipt(given) and issue.receipt_due < now:
            facts.append(Overdue(issue.assignment_id, "receipt", issue.receipt_due, now))
        if "resolution" not in given.overdue and issue.resolution_due < now:
            facts.append(Overdue(issue.assignment_id, "resolution", issue.resolution_due, now))
    return facts


def _undelivered(given: Assignment) -> bool:
    return given.delivered_at is None and given.failed_at is None


def _awaits_receipt(given: Assignment) -> bool:
    return given.received_at is None and "receipt" not in given.overdue


def _moments(given: Assignment) -> Iterable[datetime]:
    if _undelivered(given) and given.retry_at is not None:
        yield given.retry_at
    if _awaits_receipt(given):
        yield given.issue.receipt_due
    if "resolution" not in given.overdue:
        yield given.issue.resolution_due


def _escalated(issue: Issue, why: Alarm, now: datetime) -> Escalated:
    return Escalated(issue.task, why, issue.office, issue.assignment_id, now)


def _issue(case_id: str, place: Assigned, round_: int, book: Rulebook, now: datetime) -> Issue:
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
    )


def _issued(issues: Sequence[Issue], timing: Timing, now: datetime) -> list[Fact]:
    if not issues:
        return []
    retry_at = now + timedelta(seconds=timing.redeliver_seconds)
    leaving = [Issued(issue.assignment_id, retry_at, now) for issue in issues]
    return [Routed(tuple(issues), now), *leaving]

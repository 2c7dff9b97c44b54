"""What an office says about its assignment: taken, known already, or refused with an answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.routing.ending import MAX_QUOTED, close
from services.routing.evolving import evolve
from services.routing.facts import Fact, Issue, Refused, Reported, Unroutable, Unrouted
from services.routing.inputs import Report
from services.routing.issuing import escalated, issue, issued
from services.routing.matching import Assigned
from services.routing.model import Assignment, Case
from services.routing.rulebook import Days, Filing
from services.routing.vetting import check_days, check_step, sayable, without_personal
from services.runtime.domain import NotYetError, RefusedError, business_day

MAX_RETURNS = 3
"""The third return of a task goes to the liaison office (提级督办), as hotline offices do."""
MAX_PROGRESS = 200
"""Progress reports of one assignment; a flood beyond it is refused."""
MAX_REQUESTS = 99
MAX_REFUSED = 100
"""Answers to what one office says wrongly about one case; what is beyond them is parked."""


def report(state: Case, given: Report, now: datetime) -> Sequence[Fact]:
    """Decide on a report. What can't be taken is answered with the reason, and kept.

    Raises NotYetError for a case not known here, RefusedError (to be parked) when the office was
    refused a hundred times already.
    """
    if state.filing is None:
        msg = f"{given.assignment_id} has not been issued here"
        raise NotYetError(msg)
    try:
        return _taken(state, state.filing, given, now)
    except RefusedError as error:
        if state.refused.get(given.office, 0) >= MAX_REFUSED:
            raise
        return [
            Refused(
                given.assignment_id, given.office, given.said, given.message_id,
                error.message, error.field, now, sayable(given.by),
            )
        ]  # fmt: skip


def _taken(state: Case, filing: Filing, given: Report, now: datetime) -> Sequence[Fact]:
    found = state.assignments.get(given.assignment_id)
    if found is None:
        msg = f"{given.assignment_id} was never issued"
        raise RefusedError(msg, "assignment_id")
    if found.issue.office != given.office:
        msg = f"{given.assignment_id} is not an assignment of {given.office}"
        raise RefusedError(msg, "assignment_id")
    if given.wrong is not None:
        field, msg = given.wrong
        raise RefusedError(msg, field)
    given = without_personal(given)
    fact = Reported(
        given.act, given.assignment_id, now, given.by, given.text, given.better_office,
        given.outcome, given.step, given.request, given.sequence,
    )  # fmt: skip
    if _said_before(state, found, fact):
        return ()
    _check(state, found, fact, now)
    after = evolve(state, fact)
    match given.act:
        case "returned":
            return [fact, *_after_return(after, filing, found.issue, given, now)]
        case "failed":
            return [fact, escalated(found.issue, "failed", now)]
        case "resolved":
            return [fact, *close(after, now)]
        case _:
            return [fact]


def _said_before(  # noqa: PLR0911 - a table
    state: Case, given: Assignment, fact: Reported
) -> bool:
    if given.ending is not None and fact.act in ("resolved", "returned"):
        return _same(fact, given.ending)
    if fact.act == "progressed":
        return fact.step is not None and given.stepped is not None and _same(fact, given.stepped)
    if fact.act == "requested":
        said = {(item.number, item.question) for item in given.requests}
        return (fact.request, fact.text) in said
    if given.recalled is not None and fact.act in ("delivered", "failed"):
        return True  # an office's machine says these, before it can know of the recall
    known = {
        "delivered": given.delivered_at,
        "received": given.received_at,
        "accepted": given.accepted_at,
        "failed": given.failed_at,
    }
    if fact.act not in known:
        return False
    if given.ending is None:
        return known[fact.act] is not None
    # whose machine gets an assignment again says so again, though it has ended
    return fact.act == "delivered" or _overtaken(given, fact) or _was_said(state, fact)


def _same(fact: Reported, known: Reported) -> bool:
    """Tell whether it says the same, whoever says it."""
    return replace(fact, at=known.at, by=known.by, sequence=known.sequence) == known


def _overtaken(given: Assignment, fact: Reported) -> bool:
    """Tell whether it was said before the end, and only came after it."""
    end = given.ending
    if end is None or end.sequence is None:  # which was the later can't be told
        return True
    return fact.sequence is not None and fact.sequence < end.sequence


def _was_said(state: Case, fact: Reported) -> bool:
    """Tell whether the office said this itself, so that it isn't only implied by a later word."""
    return any(
        isinstance(item, Reported)
        and (item.act, item.assignment_id) == (fact.act, fact.assignment_id)
        for item in state.history
    )


def _check(state: Case, given: Assignment, fact: Reported, now: datetime) -> None:
    name = given.issue.assignment_id
    if given.recalled is not None:
        msg = f"{name} was recalled ({given.recalled.why})"
        raise RefusedError(msg, "assignment_id")
    if given.ending is not None and (fact.act != "progressed" or not _overtaken(given, fact)):
        msg = f"{name} was {given.ending.act} already"
        raise RefusedError(msg, "assignment_id")
    if fact.act == "progressed" and given.progress >= MAX_PROGRESS:
        msg = f"{name} has {MAX_PROGRESS} progress reports already"
        raise RefusedError(msg)
    if fact.act == "progressed" and state.filing is not None:
        check_step(given, state.filing.details, fact, business_day(now))
    if fact.act == "requested":
        _check_request(given, fact)
    if fact.act == "resolved":
        outcome = fact.outcome or {}
        if outcome.get("task") != given.issue.task:
            msg = f"the outcome must be one of {given.issue.task}, not of {outcome.get('task')}"
            raise RefusedError(msg, "outcome.task")
        check_days(fact, business_day(now))


def _check_request(given: Assignment, fact: Reported) -> None:
    last = len(given.requests)
    if any(item.number == fact.request for item in given.requests):
        msg = f"request {fact.request} was made already, with other words"
        raise RefusedError(msg, "question")
    if given.asked is not None:
        msg = f"request {last} has not been answered yet"
        raise RefusedError(msg, "request")
    if last >= MAX_REQUESTS:
        msg = f"{MAX_REQUESTS} requests were made already"
        raise RefusedError(msg, "request")
    if fact.request != last + 1:
        msg = f"expected request {last + 1}"
        raise RefusedError(msg, "request")


def _after_return(
    state: Case, filing: Filing, item: Issue, given: Report, now: datetime
) -> Sequence[Fact]:
    returned_by = [
        other.issue.office
        for other in state.assignments.values()
        if other.issue.task == item.task and other.state == "returned"
    ]
    if len(returned_by) >= MAX_RETURNS:
        return [escalated(item, "third_return", now)]
    better = given.better_office
    book = given.rulebook
    said = (given.text or "")[:MAX_QUOTED]
    zh = f"{book.office_name(item.office).zh}退回：{said}"
    en = f"returned by {item.office} ({said})"
    office = book.offices.get(better or "")
    if better is None:
        why = ("未指明其他承办单位", "no better office named")
    elif office is None or not office.receives:
        why = (f"所指 {better} 不是承办单位", f"{better} is no receiving office")
    elif better in returned_by:
        why = (f"{office.name.zh}已退回过", f"{better} has returned it already")
    else:
        reason = f"{zh}；改派{office.name.zh} / {en}; better office {better}"
        days = Days(item.receipt_days, item.resolution_days)
        place = Assigned(item.task, office.agency, office.id, "return", days, reason)
        again = issue(state.case_id, filing, place, state.rounds(item.task) + 1, book, now)
        return issued([again], book.timing, now)
    reason = f"{zh}；{why[0]} / {en}; {why[1]}"
    return [Unroutable((Unrouted(item.task, "returned", (item.agency,), reason),), now)]

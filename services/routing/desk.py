"""What a liaison officer decides by hand: give a task to an office, move it, take it back."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.ending import MAX_QUOTED
from services.routing.evolving import evolve
from services.routing.facts import Fact, Routed, Unroutable, Unrouted
from services.routing.inputs import Recall, Route, Transfer
from services.routing.issuing import issue, issued, recalled
from services.routing.matching import Assigned, matches
from services.routing.model import Case
from services.routing.placing import GREEN
from services.routing.rulebook import Days, Filing, Office, Rulebook
from services.runtime.domain import NotYetError, RefusedError

DAYS = Days(2, 15)
"""What an office gets for a task that no rule knows."""


def route(state: Case, given: Route, now: datetime) -> Sequence[Fact]:
    """Give a task that waits at the desk, or was escalated, to an office."""
    _filing(state)
    if _said_before(state, given, "desk"):
        return ()
    if state.open_of(given.task):
        msg = f"{given.task} has an open assignment: transfer or recall it"
        raise RefusedError(msg, "task")
    if given.task not in state.desk and given.task not in state.alarms:
        msg = f"{given.task} does not wait at the desk"
        raise RefusedError(msg, "task")
    office = _office(given.rulebook, given.office)
    zh, en = f"联席办指定{office.name.zh}承办", f"given by hand to {office.id}"
    return _given(state, given, "desk", (zh, en), office, now)


def transfer(state: Case, given: Transfer, now: datetime) -> Sequence[Fact]:
    """Move a task from the office that has it to another, of the county or of the city."""
    _filing(state)
    if _said_before(state, given, "transfer"):
        return ()
    found = state.open_of(given.task)
    if found is None:
        msg = f"{given.task} has no open assignment"
        raise RefusedError(msg, "task")
    office = _office(given.rulebook, given.office)
    if office.id == found.issue.office:
        msg = f"{office.id} has it already"
        raise RefusedError(msg, "office")
    old = given.rulebook.office_name(found.issue.office).zh
    facts = recalled([found], "transferred", given.reason, given.by, now)
    for fact in facts:
        state = evolve(state, fact)
    zh, en = f"由{old}移交{office.name.zh}", f"transferred from {found.issue.office} to {office.id}"
    return [*facts, *_given(state, given, "transfer", (zh, en), office, now)]


def recall(state: Case, given: Recall, now: datetime) -> Sequence[Fact]:
    """Take an assignment back; its task waits at the desk."""
    found = state.assignments.get(given.assignment_id)
    if state.filing is None or found is None:
        msg = f"{given.assignment_id} has not been issued here"
        raise NotYetError(msg)
    if found.recalled is not None and (found.recalled.why, found.recalled.reason) == (
        "recalled",
        given.reason,
    ):
        return ()
    if found.ended_at is not None:
        msg = f"{given.assignment_id} has ended already ({found.state})"
        raise RefusedError(msg, "assignment_id")
    item, name = found.issue, given.rulebook.office_name(found.issue.office)
    said = given.reason[:MAX_QUOTED]
    reason = f"联席办收回{name.zh}的交办：{said} / recalled from {item.office} ({said})"
    facts = recalled([found], "recalled", given.reason, given.by, now)
    return [*facts, Unroutable((Unrouted(item.task, "recalled", (item.agency,), reason),), now)]


def _filing(state: Case) -> Filing:
    if state.filing is None:
        msg = f"{state.case_id} has not been filed here"
        raise NotYetError(msg)
    return state.filing


def _office(book: Rulebook, name: str) -> Office:
    found = book.offices.get(name)
    if found is None:
        msg = f"{name} is no office"
        raise RefusedError(msg, "office")
    if not found.receives:
        msg = f"{name} receives no assignments"
        raise RefusedError(msg, "office")
    return found


def _said_before(state: Case, given: Route | Transfer, rule: str) -> bool:
    """Tell whether the task is where it is since the same was said already."""
    for fact in reversed(state.history):
        if isinstance(fact, Routed):
            for item in fact.assignments:
                if item.task == given.task:  # the latest round
                    known = (item.rule, item.office, fact.words)
                    open_ = state.assignments[item.assignment_id].ended_at is None
                    return open_ and known == (rule, given.office, given.reason)
    return False


def _given(  # noqa: PLR0913, PLR0917 - what a decision by hand is made of
    state: Case,
    given: Route | Transfer,
    rule: str,
    words: tuple[str, str],
    office: Office,
    now: datetime,
) -> list[Fact]:
    said = given.reason[:MAX_QUOTED]
    reason = f"{words[0]}：{said} / {words[1]} ({said})"
    days = _days(state, given)
    place = Assigned(given.task, office.agency, office.id, rule, days, reason)
    number = state.rounds(given.task) + 1
    new = issue(state.case_id, _filing(state), place, number, given.rulebook, now)
    return issued([new], given.rulebook.timing, now, given.by, given.reason)


def _days(state: Case, given: Route | Transfer) -> Days:
    """Give a task the days it had before, else the shortest of the rules for it."""
    before = [item.issue for item in state.assignments.values() if item.issue.task == given.task]
    if before:
        return Days(before[-1].receipt_days, before[-1].resolution_days)
    filing = _filing(state)
    ruled = [
        rule.green if filing.lane == GREEN else rule.days
        for rule in given.rulebook.rules
        if matches(rule, filing) and given.task in (*rule.needs, rule.task)
    ]
    return min(ruled, key=lambda days: days.resolution, default=DAYS)

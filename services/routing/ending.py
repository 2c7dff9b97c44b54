"""How a case ends: all tasks done, concluded by its filer, or withdrawn."""

from collections.abc import Sequence
from datetime import date, datetime

from services.routing.facts import Closed, Fact
from services.routing.filer_facts import CameLate, Concluded, Withdrawn
from services.routing.inputs import Conclude, Withdraw
from services.routing.issuing import recalled
from services.routing.model import Case
from services.runtime.domain import NotYetError, RefusedError, business_day

WITHDRAWN = "提请单位撤回案件：{} / the filer has withdrawn the case"
CONCLUDED = "提请单位已结案 / the filer has concluded the case"
MAX_QUOTED = 500
"""Characters of somebody's words in a reason made of them."""


def close(state: Case, now: datetime) -> Sequence[Fact]:
    """Close a case of which nothing is left to do; one that its filer concludes waits for that."""
    if state.closed or state.desk or state.alarms or state.open() or state.awaits_conclusion:
        return ()
    days = [
        date.fromisoformat(given.ending.outcome["concluded_on"])
        for given in state.assignments.values()
        if given.ending is not None and given.ending.outcome is not None
    ]
    return [Closed(max(days), now)]


def withdraw(state: Case, given: Withdraw, now: datetime) -> Sequence[Fact]:
    """Take a case back. One that has ended stays as it ended: the two crossed on their way."""
    _filing(state)
    if state.closed:
        return _late(state, CameLate("withdrawn", given.reason, now, given.by))
    reason = WITHDRAWN.format(given.reason[:MAX_QUOTED])
    return [
        Withdrawn(given.reason, given.withdrawn_on, now, given.by),
        *recalled(state.open(), "withdrawn", reason, given.by, now),
        Closed(given.withdrawn_on, now, "withdrawn"),
    ]


def conclude(state: Case, given: Conclude, now: datetime) -> Sequence[Fact]:
    """End a case with its filer's conclusion. One that has ended stays as it ended."""
    kind, day = given.conclusion["kind"], date.fromisoformat(given.conclusion["concluded_on"])
    if kind != _filing(state):
        msg = f"the conclusion must be one of {_filing(state)}, not of {kind}"
        raise RefusedError(msg, "conclusion.kind")
    if day > business_day(now):
        msg = "concluded_on must not be in the future"
        raise RefusedError(msg, "conclusion.concluded_on")
    if state.closed:
        return _late(state, CameLate("concluded", day.isoformat(), now, given.by))
    return [
        Concluded(given.conclusion, now, given.by),
        *recalled(state.open(), "concluded", CONCLUDED, given.by, now),
        Closed(day, now, "concluded"),
    ]


def _late(state: Case, fact: CameLate) -> Sequence[Fact]:
    """Keep what crossed the end in the history, once."""
    known = any(isinstance(item, CameLate) and item.same(fact) for item in state.history)
    so_ended = state.closed is not None and state.closed.ending == fact.said
    return () if known or so_ended else [fact]


def _filing(state: Case) -> str:
    """Give the kind of a case that is known; events overtake each other."""
    if state.filing is None:
        msg = f"{state.case_id} has not been filed here"
        raise NotYetError(msg)
    return state.filing.kind

"""What an office's service decides: pure functions, no clock and no I/O."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.agencies import model as m
from services.agencies.evolving import evolve
from services.agencies.hearing import heard
from services.agencies.profiles import check_outcome, findings
from services.agencies.steps import check_step
from services.runtime.domain import NotYetError, RefusedError, business_day

__all__ = ["BY_POLICY", "allowed", "decide", "evolve", "fill"]

BY_POLICY = "policy"
"""Who acted where the office's declared policy did."""

NEXT: Mapping[m.Stage, tuple[str, ...]] = {
    m.Stage.DELIVERED: ("receive", "accept", "progress", "information", "return", "resolve"),
    m.Stage.RECEIVED: ("accept", "progress", "information", "return", "resolve"),
    m.Stage.ACCEPTED: ("progress", "information", "return", "resolve"),
}
"""What an officer may do at a stage. A later act implies the earlier ones."""


def allowed(state: m.Assignment) -> list[str]:
    """List what an officer may do next: one question at a time, all else as ever."""
    acts = NEXT.get(state.stage, ())
    return [act for act in acts if act != "information" or not state.asked]


def decide(state: m.Assignment, given: m.Input, now: datetime) -> Sequence[m.Fact]:
    """Decide what follows. An act that was done already, with the same words, gives nothing.

    Raises NotYetError for an assignment this office doesn't have; RefusedError for an assignment
    in the wrong inbox, an act after the end, the same act with other words, an unfit outcome.
    """
    match given:
        case m.Issue():
            return _issued(state, given, now)
        case m.Fail():
            return _failed(state, given, now)
        case m.Told():
            return heard(state, given, now)
        case m.Act():
            return _act(state, given, now)


def _issued(state: m.Assignment, issue: m.Issue, now: datetime) -> Sequence[m.Fact]:
    given = issue.given
    if given.office != issue.inbox:
        msg = f"the assignment is for {given.office}, this is the inbox of {issue.inbox}"
        raise RefusedError(msg)
    # One that failed may be issued again once its cause is repaired: it starts anew.
    if state.stage in (m.Stage.UNKNOWN, m.Stage.FAILED):
        policy = m.Policy() if state.recalled else issue.policy  # the recall may overtake it
        return tuple(_arrived(given, policy, now))
    if state.office != given.office:
        msg = f"the assignment was issued to {state.office} before"
        raise RefusedError(msg)
    return (m.Redelivered(now, given.receipt_due, given.resolution_due),)


def _arrived(given: m.Given, policy: m.Policy, now: datetime) -> Iterator[m.Fact]:
    found = findings(given)
    if found:  # a person has to look first
        yield m.Delivered(now, given, found)
        return
    outcome, unfit = _by_template(given, policy, business_day(now))
    yield m.Delivered(now, given, unfit)
    if policy.receive:
        yield m.Received(now, BY_POLICY)
    if policy.receive and policy.accept:
        yield m.Accepted(now, BY_POLICY)
    if policy.receive and policy.accept and outcome:
        yield m.Resolved(now, BY_POLICY, outcome)


def _by_template(
    given: m.Given, policy: m.Policy, day: date
) -> tuple[Mapping[str, Any] | None, tuple[m.Finding, ...]]:
    """Fill the policy's template; where the case doesn't fit, say so and leave it to people."""
    if policy.outcome is None:
        return None, ()
    try:
        outcome = fill(policy.outcome, given.details, day)
        check_outcome(given, outcome, day)
    except RefusedError as error:
        zh = f"预设办理结果不适用于本案：{error.message}"
        en = f"the declared outcome does not fit this case: {error.message}"
        return None, (m.Finding("declared_outcome_unfit", zh, en),)
    return outcome, ()


def fill(template: Mapping[str, Any], details: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Fill an outcome's template: `$today`, or `$employees` for what the case's details say.

    Raises RefusedError where the case doesn't say it.
    """
    values = {**details, "today": day.isoformat()}
    filled = dict(template)
    for name, value in template.items():
        if isinstance(value, str) and value.startswith("$"):
            filled[name] = values.get(value[1:])
            if filled[name] is None:
                msg = f"the case does not say {value[1:]}"
                raise RefusedError(msg, f"outcome.{name}")
    return {**filled, "concluded_on": day.isoformat()}


def _failed(state: m.Assignment, fail: m.Fail, now: datetime) -> Sequence[m.Fact]:
    # Once somebody has it in hand, a message that can't be processed doesn't take it from them.
    unknown = state.stage is m.Stage.UNKNOWN and state.recalled is None
    if unknown or (state.stage is m.Stage.DELIVERED and state.office == fail.office):
        return (m.Failed(now, fail.office, fail.case_id, fail.error),)
    return ()


def _act(state: m.Assignment, act: m.Act, now: datetime) -> Sequence[m.Fact]:
    if state.office != act.office:
        raise NotYetError(state.id)
    if state.recalled:
        why = f"{state.recalled.why}: {state.recalled.reason}"
        msg = f"the assignment was recalled ({why}): nothing more can be done with it"
        raise RefusedError(msg)
    if _is_done(state, act):
        return ()
    if state.given is None or not state.is_open:
        msg = f"the assignment is {state.stage}: nothing more can be done with it"
        raise RefusedError(msg)
    _check(state, state.given, act, now)
    return (*_implied(state, act, now), _fact(state, act, now))


def _is_done(state: m.Assignment, act: m.Act) -> bool:
    if isinstance(act, m.Ask):
        return bool(state.asked and state.asked.question == act.question)
    for done in state.taken:
        match act, done:
            case (m.Receive(), m.Received()) | (m.Accept(), m.Accepted()):
                return True
            case m.Progress(note=note, step=step), m.Progressed() if done is state.notes[-1]:
                # only the last: an office may say the same again later
                return (note, step) == (done.note, done.step)
            case m.Return(), m.Returned():
                return (act.reason, act.better_office) == (done.reason, done.better_office)
            case m.Resolve(), m.Resolved():
                return act.outcome == done.outcome
    return False


def _check(state: m.Assignment, given: m.Given, act: m.Act, now: datetime) -> None:
    match act:
        case m.Progress() if len(state.notes) >= m.MAX_NOTES:
            msg = f"there are {m.MAX_NOTES} notes already"
            raise RefusedError(msg)
        case m.Progress(step=step) if step is not None:
            before = [note.step for note in state.notes if note.step]
            check_step(given, before, step, business_day(now))
        case m.Ask() if state.asked:
            msg = f"request {state.asked.number} has not been answered yet"
            raise RefusedError(msg)
        case m.Ask() if len(state.requests) >= m.MAX_REQUESTS:
            msg = f"{m.MAX_REQUESTS} requests were made already"
            raise RefusedError(msg)
        case m.Return(better_office=better) if better == state.office:
            msg = "is the office that returns it"
            raise RefusedError(msg, "better_office")
        case m.Resolve(outcome=outcome):
            check_outcome(given, outcome, business_day(now))


def _implied(state: m.Assignment, act: m.Act, now: datetime) -> Iterator[m.Fact]:
    """Who acts has received; who reports progress or resolves has accepted."""
    if state.stage is m.Stage.DELIVERED and not isinstance(act, m.Receive):
        yield m.Received(now, act.by)
    if state.stage is not m.Stage.ACCEPTED and isinstance(act, m.Progress | m.Resolve):
        yield m.Accepted(now, act.by)


def _fact(state: m.Assignment, act: m.Act, now: datetime) -> m.Fact:
    match act:
        case m.Receive(by=by):
            return m.Received(now, by)
        case m.Accept(by=by):
            return m.Accepted(now, by)
        case m.Progress(by=by, note=note, step=step):
            return m.Progressed(now, by, note, step)
        case m.Ask(by=by, question=question):
            number = max((item.number for item in state.requests), default=0) + 1
            return m.Requested(now, by, number, question)
        case m.Return(by=by, reason=reason, better_office=better):
            return m.Returned(now, by, reason, better)
        case m.Resolve(by=by, outcome=outcome):
            return m.Resolved(now, by, outcome)
        case _:
            raise TypeError(act)

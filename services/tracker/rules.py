"""What the tracker decides: pure functions, no clock and no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta

from services.runtime.domain import NotYetError, RefusedError, business_day
from services.tracker import ledger, risk
from services.tracker import model as m

ALLOWED: Mapping[m.Stage, tuple[m.Stage, ...]] = {
    m.Stage.REGISTERED: (m.Stage.STUDYING,),
    m.Stage.STUDYING: (m.Stage.FUNDED,),
    m.Stage.FUNDED: (m.Stage.RESUMED,),
    m.Stage.RESUMED: (m.Stage.DELIVERED, m.Stage.STUDYING),
    m.Stage.DELIVERED: (),
}
"""One step at a time; a project that stalls again is studied again."""

NEEDS_MONEY = (m.Stage.FUNDED, m.Stage.RESUMED)
"""Not entered while the ledger's total is 0, as after a reversal."""

WEEKDAYS: Mapping[m.Meeting, int] = {
    m.Meeting.PETITION_RECEPTION: 0,
    m.Meeting.STUDY: 3,
    m.Meeting.CITY_CONSTRUCTION: 4,
}
"""Monday, Thursday, Friday (seed brief row 14)."""
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MEETING_OF: Mapping[m.Stage, m.Meeting] = {
    m.Stage.REGISTERED: m.Meeting.STUDY,
    m.Stage.STUDYING: m.Meeting.STUDY,
    m.Stage.FUNDED: m.Meeting.CITY_CONSTRUCTION,
    m.Stage.RESUMED: m.Meeting.CITY_CONSTRUCTION,
}
"""The weekly meeting that takes a project, by its stage; petition reception goes by disputes."""


def decide(state: m.Project, given: m.Input, now: datetime) -> Sequence[m.Fact]:
    """Decide what follows. What is there already, word for word, gives nothing.

    Raises NotYetError for a project without a file (only a case about its troubles opens one, a
    dispute's waits for it); RefusedError for a move that isn't allowed, a reference used for
    something else, and values that can't be.
    """
    day = business_day(now)
    match given:
        case m.Link():
            return _link(state, given, day)
        case m.Sue():
            return _sue(state, given, day)
    if state.registered_on is None:
        raise NotYetError(state.id)
    match given:
        case m.Move():
            return _move(state, given, day)
        case m.Fund() | m.Reverse():
            return ledger.enter(state.ledger, given, day)
        case m.Dispute():
            return _dispute(state, given, day)
        case m.Meet():
            return _meet(state, given, day)


def evolve(state: m.Project, fact: m.Fact) -> m.Project:
    """Give the state after a fact."""
    match fact:
        case m.Registered() | m.CaseLinked():
            return _linked(state, fact)
        case m.StageChanged():
            return _moved(state, fact)
        case m.Funded():
            return replace(state, ledger=(*state.ledger, fact))
        case m.Disputed():
            return replace(state, disputes=(*state.disputes, fact))
        case m.RiskRaised():
            return replace(state, warnings=(*state.warnings, fact))
        case m.MeetingHeld():
            return replace(state, meetings=(*state.meetings, fact))


def next_meetings(day: date) -> Sequence[tuple[date, m.Meeting]]:
    """Give the next meeting of each kind, on `day` or after it, in order of time."""
    return sorted(
        (day + timedelta(days=(weekday - day.weekday()) % 7), meeting)
        for meeting, weekday in WEEKDAYS.items()
    )


def days_stalled(since: date | None, until: date | None, day: date) -> int | None:
    """Give the length of a standstill that lasts (`until` None) or has ended; None: no start."""
    return None if since is None else max(0, ((until or day) - since).days)


def _link(state: m.Project, link: m.Link, day: date) -> Sequence[m.Fact]:
    if state.registered_on is None:
        opened = m.Registered(day, link.division, link.name, link.case_id, link.kind, link.about)
        return (opened, *_risk_at_opening(state, day))
    if any(case.case_id == link.case_id for case in state.cases):
        return ()
    return (m.CaseLinked(day, link.case_id, link.kind, link.about),)


def _risk_at_opening(state: m.Project, day: date) -> Sequence[m.Fact]:
    """Warn where the disputes that waited for the file are a risk already."""
    if not state.disputes:
        return ()
    limit = state.disputes[-1].limit
    number = risk.in_window(state.disputes, limit.window_days, day)
    return (m.RiskRaised(number, limit, day),) if number >= limit.threshold else ()


def _sue(state: m.Project, given: m.Sue, day: date) -> Sequence[m.Fact]:
    """Count a case's disputes on its project, once, and link the case."""
    if any(case.case_id == given.link.case_id for case in state.cases):
        return ()
    link = given.link
    linked = m.CaseLinked(day, link.case_id, link.kind, link.about)
    dispute = m.Dispute(m.BY_CASE + link.case_id, given.count, given.on, given.limit)
    facts = _dispute(state, dispute, day)
    if state.registered_on is None:  # nobody is warned of a project that has no file
        facts = [fact for fact in facts if not isinstance(fact, m.RiskRaised)]
    return (linked, *facts)


def _linked(state: m.Project, fact: m.Registered | m.CaseLinked) -> m.Project:
    state = replace(state, about=_merge(state.about, fact.about), cases=(*state.cases, fact))
    if isinstance(fact, m.Registered):
        return replace(state, registered_on=fact.on, division=fact.division, name=fact.name)
    return state


def _move(state: m.Project, move: m.Move, day: date) -> Sequence[m.Fact]:
    if state.moves and _same(state.moves[-1], move):
        return ()
    if move.to not in ALLOWED[state.stage]:
        allowed = ", ".join(ALLOWED[state.stage]) or "nothing: it is the last stage"
        msg = f"a project that is {state.stage} can't become {move.to}; allowed: {allowed}"
        raise RefusedError(msg)
    if move.to in NEEDS_MONEY and ledger.total(state.ledger) <= 0:
        msg = f"{move.to} needs money in the ledger, whose total is 0 fen: record funding first"
        raise RefusedError(msg)
    if move.to is m.Stage.STUDYING and not move.reason:
        raise RefusedError("is needed: why is it studied (again) without a study meeting", "reason")
    _not_in_the_future(move.on, day)
    if state.moves and move.on < state.moves[-1].on:
        msg = f"is before the project became {state.stage} on {state.moves[-1].on}"
        raise RefusedError(msg, "on")
    return (m.StageChanged(state.stage, move.to, move.on, move.reason),)


def _same(moved: m.StageChanged, move: m.Move) -> bool:
    return (moved.after, moved.on, moved.reason) == (move.to, move.on, move.reason)


def _moved(state: m.Project, fact: m.StageChanged) -> m.Project:
    state = replace(state, stage=fact.after, moves=(*state.moves, fact))
    if fact.after is m.Stage.RESUMED:
        return replace(state, resumed_on=fact.on)
    if fact.before is m.Stage.RESUMED and fact.after is m.Stage.STUDYING:
        return replace(state, resumed_on=None, stalled_again_on=fact.on)
    return state


def _dispute(state: m.Project, given: m.Dispute, day: date) -> Sequence[m.Fact]:
    known = next((item for item in state.disputes if item.reference == given.reference), None)
    if known and (known.count, known.on) == (given.count, given.on):
        return ()
    if known:
        msg = f"the project has other disputes with the reference {given.reference}"
        raise RefusedError(msg)
    if given.count < 1:
        raise RefusedError("must be at least 1", "count")
    if given.count + sum(item.count for item in state.disputes) > m.MAX_DISPUTES:
        msg = f"would take the project's disputes above {m.MAX_DISPUTES}"
        raise RefusedError(msg, "count")
    _not_in_the_future(given.on, day)
    new = m.Disputed(given.reference, given.count, given.on, given.limit)
    number = risk.crosses(state.disputes, new, given.limit, day)
    return (new,) if number is None else (new, m.RiskRaised(number, given.limit, day))


def _meet(state: m.Project, given: m.Meet, day: date) -> Sequence[m.Fact]:
    new = m.MeetingHeld(given.meeting, given.on, given.decisions, given.moved_because)
    known = [item for item in state.meetings if (item.meeting, item.on) == (new.meeting, new.on)]
    if known == [new]:
        return ()
    if known:
        msg = f"the {given.meeting} meeting of {given.on} is recorded with other content"
        raise RefusedError(msg)
    _not_in_the_future(given.on, day)
    regular = WEEKDAYS[given.meeting]
    if given.on.weekday() != regular and not given.moved_because:
        msg = f"is needed: {given.meeting} is held on {DAY_NAMES[regular]}s, {given.on} is a "
        raise RefusedError(msg + DAY_NAMES[given.on.weekday()], "moved_because")
    if given.meeting is m.Meeting.STUDY and state.stage is m.Stage.REGISTERED:
        reason = "专题研判会议 / study meeting"
        return (new, m.StageChanged(state.stage, m.Stage.STUDYING, given.on, reason))
    return (new,)


def _not_in_the_future(on: date, day: date) -> None:
    if on > day:
        raise RefusedError("lies in the future", "on")


def _merge(known: m.About, said: m.About) -> m.About:
    """Keep what is known and fill in what is said for the first time."""
    missing = {
        field.name: getattr(said, field.name)
        for field in fields(m.About)
        if getattr(known, field.name) is None
    }
    return replace(known, **missing)

"""What the liaison office decides: pure functions, no clock and no I/O."""

import hashlib
import re
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.liaison import budgeting, instructing, meeting, people
from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.parts import Member

_OWN = re.compile(r"[im][a-z2-7]{24}")


def initial(subject: str) -> m.State:
    """Start a subject, told by its name. Raises ValueError for one that is none of this room's."""
    for front, kind in (
        (m.MEMBER, m.Person), (m.BUDGET, m.Budget), (m.CONFERENCE, m.Year), (m.LOSSES, m.Losses),
    ):  # fmt: skip
        if subject.startswith(front):
            return kind(subject)
    if not _OWN.fullmatch(subject):
        msg = f"no subject of the liaison office: {subject!r}"
        raise ValueError(msg)
    return m.Instruction(subject) if subject[0] == "i" else m.Meeting(subject)


def member_subject(member: Member) -> str:
    """Name a member: the same name of the same organ in the same division is the same one."""
    said = f"{member.division}\n{member.office}\n{member.name}".encode()
    return m.MEMBER + b32encode(hashlib.sha256(said).digest()).decode().lower()[:16]


def decide(state: m.State, given: m.Input, now: datetime) -> Sequence[f.Fact]:  # noqa: C901, PLR0911 - a table
    """Decide what follows. What was said before, word for word, gives nothing.

    Raises NotYetError for what isn't there, DiffersError for the same with another content,
    RefusedError naming the field for what can't be.
    """
    match state, given:
        case m.Instruction(), m.Issue():
            return instructing.issue(state, given, now)
        case m.Instruction(), m.Tick():
            return instructing.pass_time(state, now)
        case m.Instruction(), m.Close():
            return instructing.close(state, given, now)
        case m.Meeting(), m.Record():
            return meeting.record(state, given, now)
        case m.Meeting(), m.Instruct():
            return meeting.instruct(state, given, now)
        case m.Year(), m.Convene():
            return meeting.convene(state, given, now)
        case m.Losses(), m.Note():
            return meeting.note(state, given, now)
        case m.Person(), m.Add():
            return people.add(state, given, now)
        case m.Person(), m.Change():
            return people.change(state, given, now)
        case m.Person(), m.End():
            return people.end(state, given, now)
        case m.Budget(), m.SetBudget():
            return budgeting.set_(state, given, now)
        case m.Budget(), m.Spend():
            return budgeting.spend(state, given, now)
    msg = f"{type(given).__name__} can't be decided on {type(state).__name__}"
    raise TypeError(msg)


def evolve(state: m.State, fact: f.Fact) -> m.State:
    """Give the state after a fact."""
    changed: m.State | None = None
    match state:
        case m.Instruction():
            changed = _instruction(state, fact)
        case m.Meeting():
            changed = _meeting(state, fact)
        case m.Person():
            changed = _person(state, fact)
        case m.Budget() | m.Year() | m.Losses():
            changed = _other(state, fact)
    if changed is None:
        msg = f"{type(fact).__name__} is no fact of a {type(state).__name__}"
        raise TypeError(msg)
    return changed


def _instruction(state: m.Instruction, fact: f.Fact) -> m.State | None:
    match fact:
        case f.Issued():
            return replace(state, issued=fact)
        case f.IssuedSent():
            return state
        case f.Overdue():
            return replace(state, overdue=fact)
        case f.Closed():
            return replace(state, closed=fact)
    return None


def _meeting(state: m.Meeting, fact: f.Fact) -> m.State | None:
    match fact:
        case f.Recorded():
            return replace(state, recorded=fact)
        case f.Instructed(decision):
            known = state.instructed.get(decision, ())
            return replace(state, instructed={**state.instructed, decision: (*known, fact)})
    return None


def _person(state: m.Person, fact: f.Fact) -> m.State | None:
    match fact:
        case f.Added(member, since):
            changed = replace(state, member=member, since=since, until=None)
        case f.Changed(member):
            changed = replace(state, member=member)
        case f.Ended(until):
            changed = replace(state, until=until)
        case _:
            return None
    return replace(changed, history=(*state.history, fact))


def _other(state: m.Budget | m.Year | m.Losses, fact: f.Fact) -> m.State | None:
    match state, fact:
        case m.Budget(), f.BudgetSet():
            return replace(state, settings=(*state.settings, fact))
        case m.Budget(), f.Spent():
            return replace(state, spent=(*state.spent, fact))
        case m.Year(), f.Convened():
            return replace(state, held=(*state.held, fact))
        case m.Losses(), f.Noted():
            key = (fact.meeting_id, fact.case_id)
            return replace(state, notes={**state.notes, key: fact})
    return None

"""The directory: who joins, what changes about them, who leaves. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.instructing import SAID_BEFORE, differing, not_in_the_future
from services.liaison.parts import Member
from services.runtime.domain import NotYetError, RefusedError


def add(state: m.Person, given: m.Add, now: datetime) -> Sequence[f.Fact]:
    """Let somebody join, again too after having left."""
    added = [item for item in state.history if isinstance(item, f.Added)]
    if any((item.member, item.since) == (given.member, given.since) for item in added):
        return ()
    not_in_the_future(given.since, now, "since")
    if state.member is not None and state.until is None:
        found = differing(state.member, given.member) or ("since",)
        raise m.DiffersError(f"{given.member.name} of {given.member.office} {SAID_BEFORE}", found)
    if state.until is not None and given.since <= state.until:
        raise RefusedError(f"is not after the day it ended on, {state.until}", "since")
    return (f.Added(given.member, given.since, given.by, now),)


def change(state: m.Person, given: m.Change, now: datetime) -> Sequence[f.Fact]:
    """Change something about who is there."""
    member, since = _there(state)
    if state.until is not None:
        raise RefusedError(f"ended on {state.until}: add it again")
    changes: dict[str, Any] = dict(given.changes)
    changed = replace(member, **changes)
    if changed == member:
        return ()
    not_in_the_future(given.since, now, "since")
    if given.since < since:
        raise RefusedError(f"is before the day it is so since, {since}", "since")
    return (f.Changed(changed, given.since, given.by, now),)


def end(state: m.Person, given: m.End, now: datetime) -> Sequence[f.Fact]:
    """Let somebody leave."""
    _, since = _there(state)
    if state.until is not None:
        if state.until != given.until:
            raise m.DiffersError(f"the end of it {SAID_BEFORE}", ("until",))
        return ()
    not_in_the_future(given.until, now, "until")
    if given.until < since:
        raise RefusedError(f"is before the day it is so since, {since}", "until")
    return (f.Ended(given.until, given.by, now),)


def _there(state: m.Person) -> tuple[Member, date]:
    if state.member is None or state.since is None:
        raise NotYetError(state.id)
    return state.member, state.since

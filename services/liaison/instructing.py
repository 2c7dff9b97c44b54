"""Instructions: issued, overdue, closed. Pure."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.liaison import facts as f
from services.liaison import model as m
from services.runtime.domain import SHANGHAI, NotYetError, RefusedError, business_day

END_OF_DAY = time(18, tzinfo=SHANGHAI)
"""When a day's work ends, as of every deadline here."""
SAID_BEFORE = "was said before with another content"


def due_at(due_on: date) -> datetime:
    """Give the last moment of a day on which what is due then is in time."""
    return datetime.combine(due_on, END_OF_DAY).astimezone(UTC)


def first_in_time(now: datetime) -> date:
    """Give the first day that has not passed: today, until its work ends."""
    today = business_day(now)
    return today if now <= due_at(today) else today + timedelta(days=1)


def not_in_the_future(day: date, now: datetime, field: str) -> None:
    """Refuse a day that hasn't come yet."""
    if day > (today := business_day(now)):
        raise RefusedError(f"is in the future: today is {today} (Asia/Shanghai)", field)


def differing(before: Any, after: Any) -> tuple[str, ...]:  # noqa: ANN401 - two of one dataclass
    """Name the fields in which two of a kind differ."""
    names = (field.name for field in fields(before))
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def issue(state: m.Instruction, given: m.Issue, now: datetime) -> Sequence[f.Fact]:
    """Take an instruction up; the same again is the same."""
    order = given.order
    if state.issued is not None:
        if found := differing(state.issued.order, order):
            raise m.DiffersError(f"the instruction {order.number} {SAID_BEFORE}", found)
        return ()
    not_in_the_future(order.issued_on, now, "issued_on")
    if order.due_on < order.issued_on:
        raise RefusedError(f"is before the day it was issued on, {order.issued_on}", "due_on")
    return (f.Issued(order, given.by, now), f.IssuedSent())


def pass_time(state: m.Instruction, now: datetime) -> Sequence[f.Fact]:
    """Say once that its day has passed."""
    if state.issued is None or state.closed or state.overdue or not _late(state.issued, now):
        return ()
    return (f.Overdue(state.issued.order.due_on, now),)


def close(state: m.Instruction, given: m.Close, now: datetime) -> Sequence[f.Fact]:
    """Close it: in time or not by the clock of whoever decides, never by what is written.

    One that is closed late was overdue, whether or not the timer has come by to say it.
    """
    if state.issued is None:
        raise NotYetError(state.id)
    if state.closed is not None:
        said = {"result": given.result, "closed_on": given.closed_on}
        found = tuple(name for name, value in said.items() if getattr(state.closed, name) != value)
        if found:
            raise m.DiffersError(f"the closing of it {SAID_BEFORE}", found)
        return ()
    not_in_the_future(given.closed_on, now, "closed_on")
    if given.closed_on < (issued_on := state.issued.order.issued_on):
        raise RefusedError(f"is before the day it was issued on, {issued_on}", "closed_on")
    in_time = not _late(state.issued, now)
    closed = f.Closed(given.result, given.closed_on, in_time, given.office, given.by, now)
    return (*pass_time(state, now), closed)


def _late(issued: f.Issued, now: datetime) -> bool:
    return now > due_at(issued.order.due_on)

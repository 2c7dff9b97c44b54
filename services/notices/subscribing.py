"""The life of a subscription: pending until checked, then active, failing, paused, suspended."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.notices import model as m
from services.notices.vocabulary import Channel, Event, Party
from services.runtime.domain import NotYetError, RefusedError

EVENTS = {
    Party.FILER: (Event.FILED, Event.WAITING, Event.OVERDUE, Event.CLOSED),
    Party.OFFICE: (
        Event.WAITING,
        Event.DUE_SOON,
        Event.URGED,
        Event.OVERDUE,
        Event.INSTRUCTION,
        Event.RECALLED,
        Event.CLOSED,
    ),
    Party.DIVISION: (Event.UNROUTABLE, Event.ESCALATED, Event.OVERDUE, Event.INSTRUCTION),
}
"""What each side may be told; all of it where nothing is chosen."""

SubscriptionFact = m.Created | m.Moved | m.Rotated


def chosen(party: Party, events: Sequence[Event]) -> tuple[Event, ...]:
    """Give the events of a subscription in one order, each once.

    Raises RefusedError for one this side is never told.
    """
    offered = EVENTS[party]
    for event in events:
        if event not in offered:
            raise RefusedError(
                f"{event} is not for this role; choose of {', '.join(offered)}", "events"
            )
    return tuple(event for event in offered if not events or event in events)


def decide(
    state: m.Subscription, given: m.SubscriptionInput, now: datetime
) -> Sequence[SubscriptionFact]:
    """Decide. Raises NotYetError for one there isn't, RefusedError for what can't be now."""
    if isinstance(given, m.Create):
        return _create(state, given, now)
    if state.terms is None or state.standing in ("unknown", "removed"):
        raise NotYetError(state.id)
    match given:
        case m.Pause() | m.Resume():
            return _by_owner(state, given, now)
        case m.Rotate():
            if state.terms.channel is not Channel.WEBHOOK:
                raise RefusedError("only a webhook has a secret")
            return (m.Rotated(now + timedelta(seconds=given.overlap_seconds)),)
        case m.Remove():
            # a removal keeps why it was suspended: it must not be the way round
            return (m.Moved("removed", now, state.why if state.why == "operator" else None),)
        case m.Suspend():
            already = state.standing == "suspended"
            return () if already else (m.Moved("suspended", now, given.why, given.said),)
        case _:
            return _as_found(state, given, now)


def _as_found(
    state: m.Subscription, given: m.Verify | m.Fail | m.Recover, now: datetime
) -> Sequence[SubscriptionFact]:
    """Follow what sending to it has shown."""
    match given:
        case m.Verify():
            checked = state.standing == "pending" and given.version == state.version
            return (m.Moved("active", now),) if checked else ()
        case m.Fail():
            failing = m.Moved("failing", now, "unreached", given.error)
            return (failing,) if state.standing == "active" else ()
        case m.Recover():
            return (m.Moved("active", now),) if state.standing == "failing" else ()


def _create(state: m.Subscription, given: m.Create, now: datetime) -> Sequence[SubscriptionFact]:
    if state.standing == "removed" and state.why == "operator":
        raise RefusedError("an operator had suspended it when it was removed: ask the operators")
    if state.standing in ("unknown", "removed"):
        return (m.Created(given.terms, given.key, now),)
    if state.terms == given.terms:
        return ()
    raise RefusedError(f"there is one for this target already, {state.id}: remove it first")


def _by_owner(
    state: m.Subscription, given: m.Pause | m.Resume, now: datetime
) -> Sequence[SubscriptionFact]:
    if isinstance(given, m.Pause):
        if state.standing == "paused":
            return ()
        if state.standing not in ("active", "failing"):
            raise RefusedError(f"a subscription that is {state.standing} can't be paused")
        return (m.Moved("paused", now),)
    if state.standing in ("active", "failing", "pending"):
        return ()
    if state.why == "operator":
        raise RefusedError("an operator has suspended it: ask the operators")
    return (m.Moved("active" if state.verified else "pending", now, key=given.key),)


def evolve(state: m.Subscription, fact: SubscriptionFact) -> m.Subscription:
    """Give the subscription after a fact."""
    match fact:
        case m.Created():
            return m.Subscription(
                id=state.id,
                terms=fact.terms,
                key=fact.key,
                standing="pending",
                since=fact.at,
                created_at=fact.at,
                version=state.version + 1,
            )
        case m.Moved():
            # it becomes active for the first time by being verified, and in no other way
            return replace(
                state,
                standing=fact.to,
                since=fact.at,
                why=fact.why,
                said=fact.said,
                key=fact.key or state.key,
                verified=state.verified or fact.to == "active",
            )
        case m.Rotated():
            return replace(state, version=state.version + 1, old_until=fact.old_until)

"""Meetings, the one conference of a year, and losses that recur. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.instructing import SAID_BEFORE, differing, not_in_the_future
from services.liaison.parts import Review
from services.runtime.domain import NotYetError, RefusedError


def record(state: m.Meeting, given: m.Record, now: datetime) -> Sequence[f.Fact]:
    """Record a meeting; the same again is the same."""
    minutes = given.minutes
    if state.recorded is not None:
        found = differing(state.recorded.minutes, minutes)
        if _said(state.recorded.reviews) != _said(given.reviews):
            found = (*found, "reviews")
        if found:
            raise m.DiffersError(f"the meeting {minutes.reference} {SAID_BEFORE}", found)
        return ()
    not_in_the_future(minutes.on, now, "on")
    if minutes.type == "loss_review" and not given.reviews:
        raise RefusedError("is needed: a loss review names the lost lawsuits", "reviews")
    if minutes.type != "loss_review" and given.reviews:
        raise RefusedError("belongs to a loss_review only", "reviews")
    if minutes.type != "joint_conference" and minutes.moved_because:
        raise RefusedError("belongs to a joint_conference only", "moved_because")
    return (f.Recorded(minutes, given.reviews, given.recurrent, given.by, now),)


def instruct(state: m.Meeting, given: m.Instruct, now: datetime) -> Sequence[f.Fact]:
    """Note that a decision became an instruction; it may become several, for several owners."""
    if not state.has(given.decision):
        raise NotYetError(state.id)
    known = state.instructed.get(given.decision, ())
    if any(item.instruction_id == given.instruction_id for item in known):
        return ()
    return (f.Instructed(given.decision, given.instruction_id, given.by, now),)


def convene(state: m.Year, given: m.Convene, now: datetime) -> Sequence[f.Fact]:
    """Give a joint conference its place: one a year, a further one only with its reason."""
    if any(item.meeting_id == given.meeting_id for item in state.held):
        return ()
    if state.held and not given.moved_because:
        first = state.held[0]
        raise RefusedError(
            f"is needed: the joint conference of {first.on.year} was held on {first.on} "
            f"({first.reference}); say why there is a further one",
            "moved_because",
        )
    return (f.Convened(given.meeting_id, given.reference, given.on, given.moved_because, now),)


def note(state: m.Losses, given: m.Note, now: datetime) -> Sequence[f.Fact]:
    """Note a reviewed loss, and whether a loss of the same cause had been reviewed before.

    Before: noted before this one, at a meeting held no later, of another lawsuit.
    """
    known = state.notes.get((given.meeting_id, given.case_id))
    if known and (known.causes, known.on) == (given.causes, given.on):
        return ()
    causes = {_plain(cause) for cause in given.causes}
    recurrent = any(
        causes & {_plain(cause) for cause in earlier.causes}
        for earlier in state.notes.values()
        if earlier.case_id != given.case_id and earlier.on <= given.on
    )
    return (f.Noted(given.meeting_id, given.case_id, given.causes, given.on, recurrent, now),)


def _said(reviews: Sequence[Review]) -> list[Review]:
    """Give reviews as they were said: the defendant is what routing says."""
    return [replace(item, defendant="") for item in reviews]


def _plain(cause: str) -> str:
    return "".join(cause.split()).casefold()

"""What follows from news in an office's inbox: recalls, refusals, answers, urges and more. Pure.

News may overtake the assignment it is about (which is issued again until it is here). It is then
kept in the assignment's stream and counts once that arrives: an inbox has no retry ladder.
"""

from collections.abc import Sequence
from datetime import datetime

from services.agencies import model as m
from services.runtime.domain import RefusedError


def heard(state: m.Assignment, told: m.Told, now: datetime) -> Sequence[m.Fact]:
    """Take news of an assignment; what is known already gives nothing.

    Raises RefusedError for news of another office's assignment.
    """
    if state.office not in ("", told.inbox):
        msg = f"the assignment is {state.office}'s, this is the inbox of {told.inbox}"
        raise RefusedError(msg)
    fact = _fact(state, told, now)
    return (fact,) if fact else ()


def _fact(  # noqa: PLR0911 - a table
    state: m.Assignment, told: m.Told, now: datetime
) -> m.Fact | None:
    match told:
        case m.Recall(_, why, reason, by):
            # Routing recalls only what has not ended there: an end that was said here is not taken.
            return None if state.recalled else m.Recalled(now, why, reason, by)
        case m.Refuse(_, said, message, error, field, number):
            known = any(item.message_id == message for item in state.refused)
            return None if known else m.Refused(now, said, message, error, field, number)
        case m.Supply(_, request, answer, attachments, due):
            known = any(
                item.number == request and item.answered_at is not None for item in state.requests
            )
            return None if known else m.Supplied(now, request, answer, attachments, due)
        case m.Attach(_, attachment):
            return m.Attached(now, attachment) if attachment not in state.attachments else None
        case m.Cluster(_, clusters):
            new = tuple(item for item in clusters if item not in state.clusters)
            return m.Clustered(now, new) if new else None
        case m.Urge(_, number, what, due, reason, by):
            known = any(item.number == number for item in state.urges)
            return None if known else m.Urged(now, number, what, due, reason, by)
        case m.Instruct(_, instruction):
            name = instruction["instruction_id"]
            known = any(item["instruction_id"] == name for item in state.instructions)
            return None if known else m.Instructed(now, instruction)
        case m.Link(_, link):
            return m.Linked(now, link) if link not in state.links else None
        case _:
            raise TypeError(told)

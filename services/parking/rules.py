"""What is kept and what may be sent again. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.parking.model import Fact, Input, Park, Parked, Replayed, ReplayNoted, State
from services.runtime.domain import NotYetError, RefusedError


def decide(state: State, input_: Input, now: datetime) -> Sequence[Fact]:
    """Keep a message once, however often it is found; send it again when a person says so.

    Raises NotYetError for an unknown message, RefusedError when it was sent again already and has
    not come back.
    """
    if isinstance(input_, Park):
        return () if state.state == "parked" else (Parked(input_.message, now),)
    if state.message is None:
        raise NotYetError
    if state.state == "replayed":
        last = state.replays[-1]
        msg = f"already sent again by {last.by} at {last.at:%Y-%m-%d %H:%M:%S}Z"
        raise RefusedError(msg)
    if not input_.why.strip():
        raise RefusedError("say why it is sent again", "why")
    return (Replayed(input_.by, input_.why, now), ReplayNoted())


def evolve(state: State, fact: Fact) -> State:
    """Give the state after a fact."""
    match fact:
        case Parked():
            return replace(
                state,
                message=fact.message,
                state="parked",
                first_parked_at=state.first_parked_at or fact.at,
                parked_at=fact.at,
                times_parked=state.times_parked + 1,
            )
        case Replayed():
            return replace(state, state="replayed", replays=(*state.replays, fact))
        case ReplayNoted():
            return state

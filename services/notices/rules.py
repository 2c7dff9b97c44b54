"""What is decided: a case's notices (`telling.py`), a subscription's life (`subscribing.py`)."""

from collections.abc import Sequence
from datetime import datetime

from services.notices import happenings as h
from services.notices import model as m
from services.notices import subscribing, telling

SUBSCRIPTION = "s"
"""A subscription's id begins so, a case's with a `c`."""


def initial(subject: str) -> m.State:
    """Give a subject nothing has happened to."""
    return m.Subscription(subject) if subject.startswith(SUBSCRIPTION) else h.Case(subject)


def decide(state: m.State, input_: m.Input, now: datetime) -> Sequence[m.Fact]:
    """Give the facts. Raises RefusedError and NotYetError as `subscribing.decide` does."""
    if isinstance(state, h.Case):
        if not isinstance(input_, h.Heard | h.Spread):
            raise TypeError(type(input_).__name__)
        return telling.decide(state, input_)
    if isinstance(input_, h.Heard | h.Spread):
        raise TypeError(type(input_).__name__)
    return subscribing.decide(state, input_, now)


def evolve(state: m.State, fact: m.Fact) -> m.State:
    """Give the state after a fact."""
    if isinstance(fact, m.Created | m.Moved | m.Rotated):
        if isinstance(state, h.Case):
            raise TypeError(type(fact).__name__)
        return subscribing.evolve(state, fact)
    if isinstance(state, m.Subscription):
        raise TypeError(type(fact).__name__)
    return telling.evolve(state, fact)

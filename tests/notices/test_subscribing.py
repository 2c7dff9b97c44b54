"""The life of a subscription."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices import model as m
from services.notices.rules import decide, evolve
from services.notices.subscribing import EVENTS, chosen
from services.notices.vocabulary import Channel, Digest, Event, Party
from services.runtime.domain import NotYetError, RefusedError

NOW = datetime(2024, 9, 6, 2, 0, tzinfo=UTC)
TERMS = m.Terms("office:tax.410526", Channel.WEBHOOK, "https://a.example/", (Event.WAITING,))
OTHER = m.Terms("office:tax.410526", Channel.WEBHOOK, "https://a.example/", (), Digest.DAILY)
CREATE, VERIFY = m.Create(TERMS, "k1"), m.Verify(1)
GONE = m.Suspend("gone", "410")


def after(*inputs: m.SubscriptionInput) -> m.Subscription:
    state: m.State = m.Subscription("s" + "a" * 24)
    for given_ in inputs:
        for fact in decide(state, given_, NOW):
            state = evolve(state, fact)
    assert isinstance(state, m.Subscription)
    return state


@pytest.mark.parametrize(
    ("inputs", "standing"),
    [
        ((CREATE,), "pending"),
        ((CREATE, CREATE), "pending"),
        ((CREATE, VERIFY), "active"),
        ((CREATE, m.Verify(2)), "pending"),
        ((CREATE, m.Rotate(60), VERIFY), "pending"),
        ((CREATE, m.Fail("x")), "pending"),
        ((CREATE, VERIFY, m.Fail("x")), "failing"),
        ((CREATE, VERIFY, m.Fail("x"), m.Recover()), "active"),
        ((CREATE, VERIFY, m.Fail("x"), GONE), "suspended"),
        ((CREATE, VERIFY, GONE, m.Recover()), "suspended"),
        ((CREATE, VERIFY, GONE, m.Resume("k2")), "active"),
        ((CREATE, GONE, m.Resume("k2")), "pending"),
        ((CREATE, VERIFY, m.Pause()), "paused"),
        ((CREATE, VERIFY, m.Pause(), m.Fail("x")), "paused"),
        ((CREATE, VERIFY, m.Pause(), m.Resume("k1")), "active"),
        ((CREATE, VERIFY, m.Remove()), "removed"),
        ((CREATE, VERIFY, m.Remove(), CREATE), "pending"),
    ],
)
def test_it_stands(inputs: tuple[m.SubscriptionInput, ...], standing: str) -> None:
    assert after(*inputs).standing == standing


@pytest.mark.parametrize(
    "inputs",
    [
        (CREATE, m.Create(OTHER, "k1")),
        (CREATE, m.Pause()),
        (CREATE, VERIFY, GONE, m.Pause()),
        (CREATE, VERIFY, m.Suspend("operator"), m.Resume("k1")),
        (CREATE, VERIFY, m.Suspend("operator"), m.Remove(), CREATE),
    ],
)
def test_it_is_refused(inputs: tuple[m.SubscriptionInput, ...]) -> None:
    after(*inputs[:-1])
    with pytest.raises(RefusedError):
        after(*inputs)


@pytest.mark.parametrize(
    "given_", [VERIFY, m.Pause(), m.Resume("k"), GONE, m.Remove(), m.Rotate(1)]
)
@pytest.mark.parametrize("before", [(), (CREATE, m.Remove())])
def test_what_is_not_there_can_not_be_changed(
    before: tuple[m.SubscriptionInput, ...], given_: m.SubscriptionInput
) -> None:
    with pytest.raises(NotYetError):
        after(*before, given_)


def test_it_stands_on_the_key_it_was_resumed_with() -> None:
    assert after(CREATE, VERIFY, GONE, m.Resume("k2")).key == "k2"


def test_a_secret_is_never_used_twice() -> None:
    assert after(CREATE, m.Rotate(60), m.Remove(), CREATE).version == 3
    assert after(CREATE, m.Rotate(60)).old_until == NOW + timedelta(seconds=60)


STEPS = st.sampled_from(
    [CREATE, VERIFY, m.Verify(2), m.Pause(), m.Resume("k2"), GONE, m.Rotate(5), m.Remove(),
     m.Fail("x"), m.Recover()]
)  # fmt: skip


@given(st.lists(STEPS, max_size=12))
def test_nothing_is_sent_beside_checks_to_what_was_never_verified(
    steps: list[m.SubscriptionInput],
) -> None:
    state: m.State = m.Subscription("s" + "a" * 24)
    verified = False
    for step in steps:
        try:
            facts = decide(state, step, NOW)
        except (RefusedError, NotYetError):
            continue
        verified = verified and not isinstance(step, m.Create)
        verified = verified or (isinstance(step, m.Verify) and bool(facts))
        for fact in facts:
            state = evolve(state, fact)
        assert isinstance(state, m.Subscription)
        if state.standing in ("active", "failing", "paused"):
            assert verified or state.verified
        if state.standing in ("active", "failing"):
            assert state.verified


@pytest.mark.parametrize("party", Party)
def test_nothing_chosen_is_everything_this_side_is_told(party: Party) -> None:
    assert chosen(party, ()) == EVENTS[party]


@pytest.mark.parametrize(
    ("party", "event"),
    [
        (Party.FILER, Event.DUE_SOON),
        (Party.OFFICE, Event.ESCALATED),
        (Party.DIVISION, Event.CLOSED),
        (Party.OFFICE, Event.TEST),
    ],
)
def test_what_a_side_is_never_told_is_refused(party: Party, event: Event) -> None:
    with pytest.raises(RefusedError) as refused:
        chosen(party, [event])
    assert refused.value.field == "events"

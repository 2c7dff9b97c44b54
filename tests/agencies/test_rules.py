"""What an office's service decides: the order of acts, repeats, ends, the declared policy."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.agencies import model as m
from services.agencies.rules import allowed, decide, evolve
from services.runtime.domain import NotYetError, RefusedError

OFFICE = "tax.410526"
ID = "c" + "a" * 24 + ".tax_clearance.1"
OWED = {"task": "tax_clearance", "concluded_on": "2026-03-04", "result": "done", "owed_fen": 5}
RECEIVE, ACCEPT = m.Receive(OFFICE, "王"), m.Accept(OFFICE, "王")
ASK = m.Ask(OFFICE, "王", "缺少账册")
NOTE, RETURN = m.Progress(OFFICE, "王", "已调取"), m.Return(OFFICE, "王", "不属本局", "tax.410500")
RESOLVE = m.Resolve(OFFICE, "王", OWED)
FAIL = m.Fail(OFFICE, "c" + "a" * 24, "KeyError: 'x'")
TEMPLATE = {"task": "tax_clearance", "result": "done", "owed_fen": 0}
AUTO = m.Policy(receive=True, accept=True, outcome=TEMPLATE)
CODE = {"debtor": {"name": "某公司", "credit_code": "91410500MA40A2B3XF"}}

NOBODY = m.Policy()

Play = Callable[..., tuple[m.Assignment, list[str]]]


def steps(
    now: datetime, inputs: Sequence[m.Input], state: m.Assignment | None = None
) -> tuple[m.Assignment, list[m.Fact]]:
    """Decide on each input in turn; what is refused changes nothing."""
    state = state or m.Assignment(ID)
    facts: list[m.Fact] = []
    for number, given in enumerate(inputs):
        try:
            new = decide(state, given, now + timedelta(minutes=number))
        except (RefusedError, NotYetError):
            continue
        facts += new
        state = reduce(evolve, new, state)
    return state, facts


@pytest.fixture
def play(given: Any, now: datetime) -> Play:
    """Give the state and the names of the facts after an assignment arrived and acts were done."""

    def run(*acts: m.Input, policy: m.Policy = NOBODY, **more: Any) -> Any:
        state, facts = steps(now, [m.Issue(given(**more), OFFICE, policy), *acts])
        return state, [fact.type for fact in facts]

    return run


@pytest.mark.parametrize(
    ("acts", "facts"),
    [
        ([], ["delivered"]),
        ([RECEIVE], ["delivered", "received"]),
        ([ACCEPT], ["delivered", "received", "accepted"]),
        ([RECEIVE, ACCEPT], ["delivered", "received", "accepted"]),
        ([NOTE], ["delivered", "received", "accepted", "progressed"]),
        ([ASK], ["delivered", "received", "requested"]),
        ([ASK, ASK, ACCEPT], ["delivered", "received", "requested", "accepted"]),
        ([ASK, RESOLVE], ["delivered", "received", "requested", "accepted", "resolved"]),
        ([RETURN], ["delivered", "received", "returned"]),
        ([ACCEPT, RETURN], ["delivered", "received", "accepted", "returned"]),
        ([RESOLVE], ["delivered", "received", "accepted", "resolved"]),
        ([FAIL], ["delivered", "failed"]),
        ([RECEIVE, FAIL], ["delivered", "received"]),
        ([RESOLVE, RECEIVE, ACCEPT, RESOLVE], ["delivered", "received", "accepted", "resolved"]),
        ([RETURN, RETURN, RECEIVE], ["delivered", "received", "returned"]),
        ([NOTE, NOTE], ["delivered", "received", "accepted", "progressed"]),
    ],
)
def test_an_act_implies_the_earlier_ones_and_a_repeat_gives_nothing(
    play: Play, acts: list[m.Input], facts: list[str]
) -> None:
    assert play(*acts)[1] == facts


@pytest.mark.parametrize(
    ("before", "act"),
    [
        ([RESOLVE], RETURN),
        ([RESOLVE], NOTE),
        ([RESOLVE], replace(RESOLVE, outcome={**OWED, "owed_fen": 6})),
        ([RETURN], ACCEPT),
        ([RETURN], ASK),
        ([ASK], replace(ASK, question="缺少公章")),
        ([RETURN], RESOLVE),
        ([RETURN], replace(RETURN, reason="其他原因")),
        ([RETURN], replace(RETURN, better_office=None)),
        ([FAIL], RECEIVE),
    ],
)
def test_after_the_end_another_act_or_other_words_are_refused(
    play: Play, now: datetime, before: list[m.Input], act: m.Input
) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(play(*before)[0], act, now)
    assert refused.value.field is None


def test_a_note_said_again_after_another_note_is_a_new_note(play: Play) -> None:
    other = replace(NOTE, note="已核对")
    assert [note.note for note in play(NOTE, other, NOTE)[0].notes] == [
        "已调取",
        "已核对",
        "已调取",
    ]


def test_notes_are_bounded(play: Play, now: datetime) -> None:
    notes = [replace(NOTE, note=str(number)) for number in range(m.MAX_NOTES)]
    state, _ = play(*notes)
    with pytest.raises(RefusedError):
        decide(state, NOTE, now)


def test_an_act_of_another_office_finds_nothing(play: Play, now: datetime) -> None:
    with pytest.raises(NotYetError):
        decide(play()[0], replace(RECEIVE, office="tax.410500"), now)


def test_an_act_on_an_unknown_assignment_finds_nothing(now: datetime) -> None:
    with pytest.raises(NotYetError):
        decide(m.Assignment(ID), RECEIVE, now)


def test_an_assignment_in_another_offices_inbox_is_refused(given: Any, now: datetime) -> None:
    with pytest.raises(RefusedError, match=r"inbox of tax\.410500"):
        decide(m.Assignment(ID), m.Issue(given(), "tax.410500"), now)


def test_an_assignment_that_changed_its_office_is_refused(
    play: Play, given: Any, now: datetime
) -> None:
    moved = m.Issue(given(office="tax.410500"), "tax.410500")
    with pytest.raises(RefusedError, match="before"):
        decide(play()[0], moved, now)


@pytest.mark.parametrize("acts", [[], [RECEIVE], [RESOLVE], [RETURN]])
def test_issued_again_says_delivered_again_takes_the_new_dues_and_nothing_else(
    play: Play, given: Any, now: datetime, acts: list[m.Input]
) -> None:
    state, _ = play(*acts, **CODE)
    later = replace(given(**CODE), resolution_due=now + timedelta(days=30))
    facts = decide(state, m.Issue(later, OFFICE, AUTO), now)
    after = reduce(evolve, facts, state)
    assert [fact.type for fact in facts] == ["redelivered"]
    assert (after.stage, after.acts, after.deliveries) == (state.stage, state.acts, 2)
    assert after.given
    assert after.given.resolution_due == now + timedelta(days=30)


def test_a_failed_assignment_that_is_issued_again_starts_anew(given: Any, now: datetime) -> None:
    state, facts = steps(now, [FAIL, FAIL, m.Issue(given(), OFFICE), ACCEPT])
    assert [fact.type for fact in facts] == ["failed", "delivered", "received", "accepted"]
    assert state.stage is m.Stage.ACCEPTED


def test_an_office_cannot_name_itself_as_the_better_one(play: Play, now: datetime) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(play()[0], replace(RETURN, better_office=OFFICE), now)
    assert refused.value.field == "better_office"


ACTS = st.sampled_from(
    [
        RECEIVE, ACCEPT, NOTE, ASK, RETURN, RESOLVE, FAIL,
        replace(NOTE, note="已核对"),
        replace(RETURN, reason="其他原因"),
        replace(RESOLVE, outcome={**OWED, "owed_fen": 6}),
        replace(ACCEPT, office="tax.410500"),
        "issue", "auto", "astray",
    ]
)  # fmt: skip
ORDER = ["delivered", "received", "accepted", "progressed"]
ENDS = {"resolved", "returned"}


@settings(max_examples=200, deadline=None)
@for_all(st.lists(ACTS, max_size=12))
def test_any_sequence_of_acts_keeps_the_order_and_reports_each_thing_once(
    given: Any, now: datetime, acts: list[Any]
) -> None:
    issues = {
        "issue": m.Issue(given(**CODE), OFFICE),
        "auto": m.Issue(given(**CODE), OFFICE, AUTO),
        "astray": m.Issue(given(**CODE), "tax.410500", AUTO),
    }
    state, facts = steps(now, [issues[act] if isinstance(act, str) else act for act in acts])
    aside = ("redelivered", "failed", "requested")
    names: list[str] = [fact.type for fact in facts if fact.type not in aside]
    count = Counter(names)
    assert all(count[name] <= 1 for name in ("received", "accepted", *ENDS))
    assert sum(count[name] for name in ENDS) <= 1
    assert not ENDS & set(names[:-1]), "nothing but deliveries after the end"
    places = [ORDER.index(name) for name in names if name in ORDER]
    assert places == sorted(places), "acts come in their order"
    if set(names) & {"progressed", "resolved"}:
        assert names[: names.index("accepted")].count("received") == 1
    if not {"issue", "auto"} & {act for act in acts if isinstance(act, str)}:
        assert state.stage in (m.Stage.UNKNOWN, m.Stage.FAILED)


@settings(max_examples=100, deadline=None)
@for_all(st.lists(ACTS, max_size=10), ACTS)
def test_doing_the_last_thing_twice_is_doing_it_once(
    given: Any, now: datetime, acts: list[Any], last: Any
) -> None:
    issue = m.Issue(given(**CODE), OFFICE)
    state, _ = steps(now, [issue, *(act for act in acts if not isinstance(act, str))])
    if isinstance(last, str):
        last = issue
    once, _ = steps(now, [last], state)
    twice, facts = steps(now, [last], once)
    assert [fact.type for fact in facts] in ([], ["redelivered"])
    assert (twice.stage, twice.acts) == (once.stage, once.acts)


@settings(max_examples=100, deadline=None)
@for_all(st.lists(ACTS, max_size=8))
def test_what_is_offered_next_is_allowed_and_nothing_else(
    given: Any, now: datetime, acts: list[Any]
) -> None:
    issue = m.Issue(given(**CODE), OFFICE)
    state, _ = steps(now, [issue, *(act for act in acts if not isinstance(act, str))])
    doable = {"receive": RECEIVE, "accept": ACCEPT, "return": RETURN, "resolve": RESOLVE}
    doable |= {"progress": replace(NOTE, note="新的进展"), "information": ASK}
    for name, act in doable.items():
        _, facts = steps(now, [act], state)
        assert bool(facts) == (name in allowed(state))

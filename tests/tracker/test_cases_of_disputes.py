"""Disputes that were filed as cases: counted once, whenever the project's file is opened."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runtime.domain import NotYetError, RefusedError
from services.tracker import model as m
from services.tracker.handlers import view
from services.tracker.pages import file
from services.tracker.rules import decide, evolve

Play = Callable[..., m.Project]
LIMIT = m.Limit(10, 30)
TODAY = date(2024, 9, 6)
LINK = m.Link("c" + "d" * 24, "civil_dispute", "410527", "锦绣家园")
SUIT = m.Sue(LINK, 277, date(2024, 9, 2), LIMIT)


def types(state: m.Project, given_: m.Input, now: datetime) -> list[str]:
    return [fact.type for fact in decide(state, given_, now)]


def test_a_case_links_counts_and_warns_and_filed_again_gives_nothing(
    play: Play, now: datetime
) -> None:
    known = play()
    assert types(known, SUIT, now) == ["case_linked", "disputed", "risk_raised"]
    state = play(SUIT, state=known)
    assert decide(state, SUIT, now) == ()
    assert [entry.reference for entry in state.disputes] == [f"case:{LINK.case_id}"]
    shown = file(state, TODAY)
    assert (shown["disputes"]["total"], shown["disputes"]["at_risk"]) == (277, True)
    assert [case["kind"] for case in shown["cases"]] == ["stalled_project", "civil_dispute"]


def test_singly_filed_cases_warn_once_they_are_many_enough(play: Play) -> None:
    cases = [
        replace(SUIT, link=replace(LINK, case_id=f"c{number:024}"), count=1) for number in range(12)
    ]
    state = play(*cases)
    assert [raised.disputes for raised in state.warnings] == [10]


def test_disputes_heard_of_before_the_project_wait_for_its_file(
    new: m.Project, link: m.Link, now: datetime
) -> None:
    assert types(new, SUIT, now) == ["case_linked", "disputed"]
    early = reduce(evolve, decide(new, SUIT, now), new)
    assert view(early) is None
    with pytest.raises(NotYetError):
        decide(early, m.Move(m.Stage.STUDYING, TODAY, "来访反映"), now)
    opening = decide(early, link, now)
    assert [fact.type for fact in opening] == ["registered", "risk_raised"]
    state = reduce(evolve, opening, early)
    assert (state.name, state.about.developer) == ("锦绣家园", "某置业公司")
    shown = view(state)
    assert shown
    assert (shown["disputes"], shown["warnings"], shown["cases"]) == (277, 1, 2)


def test_disputes_that_lapsed_before_the_file_was_opened_are_counted_and_no_warning(
    new: m.Project, link: m.Link, now: datetime
) -> None:
    early = reduce(evolve, decide(new, SUIT, now), new)
    later = now + timedelta(days=30)
    assert types(early, link, later) == ["registered"]


def test_a_case_of_the_future_is_refused(play: Play, now: datetime) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(play(), replace(SUIT, on=date(2024, 9, 7)), now)
    assert refused.value.field == "on"


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(4)), st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_whatever_comes_first_the_same_disputes_are_counted(
    order: list[int], counts: list[int]
) -> None:
    now = datetime.fromisoformat("2024-09-06T02:00:00Z")
    cases: list[m.Input] = [
        replace(SUIT, link=replace(LINK, case_id=f"c{number:024}"), count=count)
        for number, count in enumerate(counts)
    ]
    inputs = [*cases, m.Link("c" + "a" * 24, "stalled_project", "410527", "锦绣家园")]
    state = m.Project("p")
    for place in [*order, *order]:
        state = reduce(evolve, decide(state, inputs[place], now), state)
    assert sum(item.count for item in state.disputes) == sum(counts)
    assert len(state.cases) == 4
    assert len(state.warnings) == (sum(counts) >= LIMIT.threshold)

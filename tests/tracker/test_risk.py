"""The warning of group litigation: one for each crossing, never two."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runtime.domain import SHANGHAI, RefusedError
from services.tracker import model as m
from services.tracker.risk import crosses, in_window, risk_until
from services.tracker.rules import decide, evolve

Play = Callable[..., m.Project]
FIRST = date(2024, 1, 1)
LIMIT = m.Limit(10, 30)


def noon(day: int) -> datetime:
    return datetime.combine(FIRST + timedelta(days=day), time(12), SHANGHAI)


def disputes(*items: tuple[int, int]) -> list[m.Dispute]:
    """From pairs of day and count."""
    return [
        m.Dispute(f"d{number}", count, FIRST + timedelta(days=day), LIMIT)
        for number, (day, count) in enumerate(items)
    ]


@pytest.mark.parametrize(
    ("items", "day", "expected"),
    [
        ([], 0, 0),
        ([(0, 4)], 0, 4),
        ([(0, 4), (29, 5)], 29, 9),
        ([(0, 4), (30, 5)], 30, 5),
        ([(10, 4), (31, 5)], 20, 4),
    ],
    ids=["none", "today's", "the 30th day", "the 31st day", "a later one"],
)
def test_the_window_is_its_days_and_ends_today(
    items: list[tuple[int, int]], day: int, expected: int | None
) -> None:
    assert in_window(disputes(*items), 30, FIRST + timedelta(days=day)) == expected


@pytest.mark.parametrize(
    ("before", "new", "expected"),
    [
        ([], (40, 9), None),
        ([], (40, 10), 10),
        ([(39, 9)], (40, 1), 10),
        ([(39, 10)], (40, 5), None),
        ([(10, 10)], (40, 9), None),
        ([(10, 10)], (40, 10), 10),
        ([(39, 9)], (5, 100), None),
    ],
    ids=["below", "at once", "together", "above already", "lapsed, below", "again", "long ago"],
)
def test_a_crossing_is_from_below_to_the_threshold(
    before: list[tuple[int, int]], new: tuple[int, int], expected: int | None
) -> None:
    (given,) = disputes(new)
    assert crosses(disputes(*before), given, LIMIT, FIRST + timedelta(days=40)) == expected


@pytest.mark.parametrize(
    ("items", "until"),
    [
        ([], None),
        ([(0, 9)], None),
        ([(0, 10)], 29),
        ([(0, 4), (20, 6)], 29),
        ([(0, 4), (20, 10)], 49),
        ([(0, 10), (35, 1)], None),
    ],
)
def test_a_risk_ends_when_the_oldest_dispute_it_needs_leaves_the_window(
    items: list[tuple[int, int]], until: int | None
) -> None:
    expected = None if until is None else FIRST + timedelta(days=until)
    assert risk_until(disputes(*items), LIMIT) == expected


def test_277_disputes_of_one_community_give_one_warning(play: Play, now: datetime) -> None:
    given = m.Dispute("内黄-2024", 277, date(2024, 9, 1), LIMIT)
    facts = decide(play(), given, now)
    assert facts[1:] == (m.RiskRaised(277, LIMIT, date(2024, 9, 6)),)


def test_disputes_count_once_and_cannot_be_reworded(play: Play, now: datetime) -> None:
    given = m.Dispute("d", 3, date(2024, 9, 1), LIMIT)
    state = play(given, given)
    assert [item.count for item in state.disputes] == [3]
    with pytest.raises(RefusedError, match="other disputes with the reference d"):
        decide(state, m.Dispute("d", 4, date(2024, 9, 1), LIMIT), now)


@pytest.mark.parametrize(
    ("count", "on", "field"),
    [
        (0, date(2024, 9, 1), "count"),
        (m.MAX_DISPUTES + 1, date(2024, 9, 1), "count"),
        (1, date(2024, 9, 7), "on"),
    ],
)
def test_disputes_that_cannot_be_are_refused_with_their_field(
    play: Play, now: datetime, count: int, on: date, field: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(play(), m.Dispute("d", count, on, LIMIT), now)
    assert refused.value.field == field


limits = st.builds(m.Limit, st.integers(1, 8), st.integers(1, 6))
recordings = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(1, 5)), max_size=20
)
"""Days since the recording before, days the disputes lie back, how many."""


@settings(max_examples=150, deadline=None)
@given(recordings, limits)
def test_warnings_are_the_crossings_of_the_number_as_it_was_known_day_by_day(
    items: list[tuple[int, int, int]], limit: m.Limit
) -> None:
    state = m.Project("p", registered_on=FIRST)
    day, below, expected = 10, True, 0
    for number, (later, back, count) in enumerate(items):
        for _ in range(later):  # a day passes: the number may fall, and never rises
            day += 1
            on = FIRST + timedelta(days=day)
            below = below or in_window(state.disputes, limit.window_days, on) < limit.threshold
        on = FIRST + timedelta(days=day - back)
        for fact in decide(state, m.Dispute(str(number), count, on, limit), noon(day)):
            state = evolve(state, fact)
        reached = in_window(state.disputes, limit.window_days, FIRST + timedelta(days=day))
        if below and reached >= limit.threshold:
            expected += 1
            below = False
            assert state.warnings[-1].disputes == reached
        assert len(state.warnings) == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=12), limits)
def test_a_day_from_the_newest_dispute_on_has_the_risk_up_to_the_last_day_given(
    items: list[tuple[int, int]], limit: m.Limit
) -> None:
    known = disputes(*items)
    until = risk_until(known, limit)
    newest = max((item.on for item in known), default=FIRST)
    for days in range(40):
        day = newest + timedelta(days=days)
        reached = in_window(known, limit.window_days, day) >= limit.threshold
        assert reached == (until is not None and day <= until)

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.rulebook import Due
from services.routing.workdays import due, extended
from services.runtime.domain import SHANGHAI

START = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "days", "expected"),
    [
        ("2026-03-02T09:00", 1, "2026-03-03"),  # Monday → Tuesday
        ("2026-03-06T09:00", 1, "2026-03-09"),  # Friday → Monday
        ("2026-03-06T23:59", 1, "2026-03-09"),  # late on a Friday, still Friday's
        ("2026-09-30T09:00", 1, "2026-10-08"),  # over the National Day holidays
        ("2026-09-30T09:00", 3, "2026-10-10"),  # a Saturday that is worked to make up
        ("2024-02-09T09:00", 1, "2024-02-18"),  # a Sunday worked to make up after Spring Festival
    ],
)
def test_holidays_are_left_out_and_make_up_days_count(after: str, days: int, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    found = due(moment, days)
    assert found.at == datetime.fromisoformat(f"{expected}T10:00+00:00")
    assert not found.provisional


def test_the_day_begins_in_shanghai_not_in_greenwich() -> None:
    evening = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # already the 3rd in Anyang
    assert due(evening, 1).at.astimezone(SHANGHAI).date() == date(2026, 3, 4)


def test_beyond_the_holiday_table_only_weekends_are_left_out_and_it_is_said() -> None:
    found = due(datetime(2026, 12, 31, 1, tzinfo=UTC), 2)
    assert found.provisional
    assert found.at.astimezone(SHANGHAI).date() == date(2027, 1, 4)


@settings(max_examples=50)
@given(hours=st.integers(0, 8 * 365 * 24), days=st.integers(1, 40))
def test_more_days_are_always_later_and_end_at_six(hours: int, days: int) -> None:
    after = START + timedelta(hours=hours)
    shorter, longer = due(after, days), due(after, days + 1)
    assert after < shorter.at < longer.at
    assert (shorter.at.hour, shorter.at.minute) == (10, 0)


MOMENTS = st.integers(0, 6 * 365 * 24).map(lambda hours: START + timedelta(hours=hours))
BEYOND = datetime(2026, 12, 1, tzinfo=UTC)


@settings(max_examples=80)
@given(asked=MOMENTS, days=st.integers(1, 40), waited=st.integers(0, 90 * 24))
def test_after_the_answer_as_many_working_days_are_left_as_there_were_at_the_question(
    asked: datetime, days: int, waited: int
) -> None:
    answered = asked + timedelta(hours=waited)
    assert extended(due, due(asked, days), asked, answered).at == due(answered, days).at


@settings(max_examples=80)
@given(asked=MOMENTS, before=MOMENTS, waited=st.integers(0, 90 * 24), more=st.integers(0, 500))
def test_waiting_never_brings_a_deadline_forward_and_waiting_longer_moves_it_further(
    asked: datetime, before: datetime, waited: int, more: int
) -> None:
    answered = asked + timedelta(hours=waited)
    moved = extended(due, Due(before), asked, answered).at
    assert before <= moved <= extended(due, Due(before), asked, answered + timedelta(hours=more)).at


@settings(max_examples=50)
@given(asked=MOMENTS, before=MOMENTS, provisional=st.booleans())
def test_an_answer_on_the_same_day_moves_nothing(
    asked: datetime, before: datetime, *, provisional: bool
) -> None:
    midnight = datetime.combine(asked.astimezone(SHANGHAI).date(), time.max, SHANGHAI)
    kept = Due(before, provisional)
    assert extended(due, kept, asked, midnight) == kept


def test_what_was_provisional_stays_so_and_what_comes_to_be_is_said() -> None:
    asked = datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert extended(due, Due(asked, provisional=True), asked, asked + timedelta(days=3)).provisional
    assert not extended(due, Due(asked), asked, asked + timedelta(days=3)).provisional
    assert extended(due, due(BEYOND, 10), BEYOND, BEYOND + timedelta(days=30)).provisional

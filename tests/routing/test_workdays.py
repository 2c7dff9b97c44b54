from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.workdays import due
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

from datetime import date

import pytest

from services.metrics.periods import Period, parse
from services.runtime.domain import RefusedError


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-01..2024-06", date(2024, 1, 1), date(2024, 6, 30)),
        ("2024-06-30..2024-06-30", date(2024, 6, 30), date(2024, 6, 30)),
        ("2022-10..2024", date(2022, 10, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_is_its_first_and_last_day(text: str, begin: date, end: date) -> None:
    assert parse(text) == Period(begin, end)


@pytest.mark.parametrize(
    "text",
    [
        "", "..", "2024-01..", "..2024-06", "2024-06..2024-01", "2024-13", "2024-00", "2024-02-30",
        "0000", "24-01", "2024-1", "2024-01...2024-06", "2024-01..2024-06..2024-07", " 2024",
        "２０２４", "2024-01-", "2024\n", "last year",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        parse(text)
    assert refused.value.field == "period"

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


@pytest.mark.parametrize(
    ("text", "written", "before", "year_before"),
    [
        ("2024-01..2024-06", "2024-01..2024-06", "2023-07..2023-12", "2023-01..2023-06"),
        ("2024", "2024-01..2024-12", "2023-01..2023-12", "2023-01..2023-12"),
        ("2021-07..2024-06", "2021-07..2024-06", "2018-07..2021-06", "2020-07..2023-06"),
        ("2024-02", "2024-02", "2024-01", "2023-02"),
        ("2025-02-01..2025-02-28", "2025-02", "2025-01", "2024-02"),
        ("2024-02-29", "2024-02-29", "2024-02-28", "2023-02-28"),
        ("2024-01-15..2024-02-10", "2024-01-15..2024-02-10", "2023-12-19..2024-01-14",
         "2023-01-15..2023-02-10"),
    ],
)  # fmt: skip
def test_a_period_is_written_one_way_and_knows_what_it_is_compared_with(
    text: str, written: str, before: str, year_before: str
) -> None:
    period = parse(text)
    assert (period.text, parse(period.text)) == (written, period)
    assert (period.before().text, period.year_before().text) == (before, year_before)

"""Periods of business dates: `2024`, `2024-06`, `2024-06-30`, or two of them with `..` between."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from services.runtime.domain import RefusedError

PART = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `begin` to `end`, both included."""

    begin: date
    end: date


def parse(text: str) -> Period:
    """Read a period. Raises RefusedError with the field `period` for one that can't be."""
    begin, dots, end = text.partition("..")
    period = Period(_days(begin).begin, _days(end if dots else begin).end)
    if period.end < period.begin:
        raise RefusedError(f"ends ({period.end}) before it begins ({period.begin})", "period")
    return period


def _days(text: str) -> Period:
    wrong = RefusedError("expected a period such as 2024-01..2024-06", "period")
    match = PART.fullmatch(text)
    if match is None:
        raise wrong
    year, month, day = match.group("year", "month", "day")
    try:
        begin = date(int(year), int(month or 1), int(day or 1))
    except ValueError as error:
        raise wrong from error
    if day:
        return Period(begin, begin)
    last_month = begin.month if month else 12
    return Period(begin, date(begin.year, last_month, monthrange(begin.year, last_month)[1]))

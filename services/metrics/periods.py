"""Periods of business dates: `2024`, `2024-06`, `2024-06-30`, or two of them with `..` between."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from services.runtime.domain import RefusedError

PART = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `begin` to `end`, both included."""

    begin: date
    end: date

    @property
    def months(self) -> int | None:
        """Count its months; None where it is not made of whole ones."""
        if self.begin.day != 1 or self.end.day != monthrange(self.end.year, self.end.month)[1]:
            return None
        return (self.end.year - self.begin.year) * 12 + self.end.month - self.begin.month + 1

    @property
    def text(self) -> str:
        """Write it in one way only: by months where it is made of whole ones, else by days."""
        form = "%Y-%m" if self.months else "%Y-%m-%d"
        begin, end = self.begin.strftime(form), self.end.strftime(form)
        return begin if begin == end else f"{begin}..{end}"

    def before(self) -> "Period":
        """Give the period of the same length that ends the day before it begins."""
        end = self.begin - timedelta(days=1)
        if self.months:
            return Period(_moved(self.begin, -self.months), end)
        return Period(end - (self.end - self.begin), end)

    def year_before(self) -> "Period":
        """Give the same period a year earlier; of a month that ends the month, to its end."""
        begin = _moved(self.begin, -12)
        if self.months:
            return Period(begin, _moved(self.end + timedelta(days=1), -12) - timedelta(days=1))
        return Period(begin, _moved(self.end, -12))


def _moved(day: date, months: int) -> date:
    """Move by months; a day that the month lacks becomes its last."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


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

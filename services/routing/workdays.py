"""Working days of the Chinese calendar (State Council notices, by `chinesecalendar`). Pure data."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from chinese_calendar import is_workday

from services.routing.rulebook import Calendar, Due
from services.runtime.domain import SHANGHAI, business_day

END_OF_DAY = time(18, tzinfo=SHANGHAI)
FRIDAY = 4


def due(after: datetime, days: int) -> Due:
    """Give the end (18:00 in Shanghai) of the `days`-th working day after the day of `after`.

    Make-up working days count, holidays don't. Beyond the years of the table only weekends are
    left out, and the deadline is marked provisional.
    """
    return _due(business_day(after), days)


def extended(calendar: Calendar, before: Due, asked: datetime, answered: datetime) -> Due:
    """Move a deadline by the working days on which the clock stood: from question to answer.

    A deadline of n working days after the day of the question is then n after that of the answer;
    an answer on the same day moves nothing.
    """
    days, stood = 0, Due(asked)
    while business_day((one_more := calendar(asked, days + 1)).at) <= business_day(answered):
        days, stood = days + 1, one_more
    if not days:
        return before
    after = calendar(before.at, days)
    return Due(after.at, before.provisional or stood.provisional or after.provisional)


@lru_cache(maxsize=1024)
def _due(start: date, days: int) -> Due:
    day, left, provisional = start, days, False
    while left:
        day += timedelta(days=1)
        works, known = _works(day)
        provisional = provisional or not known
        left -= works
    return Due(datetime.combine(day, END_OF_DAY).astimezone(UTC), provisional)


def _works(day: date) -> tuple[bool, bool]:
    try:
        return is_workday(day), True
    except NotImplementedError:
        return day.weekday() <= FRIDAY, False

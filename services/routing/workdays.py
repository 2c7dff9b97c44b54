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
    days, last = stood(calendar, asked, answered)
    if not days:
        return before
    after = calendar(before.at, days)
    return Due(after.at, before.provisional or last.provisional or after.provisional)


def stood(calendar: Calendar, asked: datetime, answered: datetime) -> tuple[int, Due]:
    """Count the working days on which the clock stood, and give the end of the last."""
    days, last = 0, Due(asked)
    while business_day((one_more := calendar(asked, days + 1)).at) <= business_day(answered):
        days, last = days + 1, one_more
    return days, last


def later(moment: datetime, days: int) -> datetime:
    """Give a deadline's own moment, or the end of a later working day.

    Counted whenever it is asked for: a holiday table that comes in time counts.
    """
    return due(moment, days).at if days else moment


def known(day: date) -> bool:
    """Tell whether the table of holidays reaches to this day."""
    return _works(day)[1]


def between(begin: datetime, end: datetime) -> int:
    """Count the working days after the day of `begin`, up to that of `end`: as deadlines do."""
    return _passed(business_day(begin), business_day(end))


def passed(since: datetime, now: datetime) -> int:
    """Count the working days that have ended since a moment."""
    today = business_day(now)
    ended = today if now >= datetime.combine(today, END_OF_DAY) else today - timedelta(days=1)
    return _passed(business_day(since), ended)


@lru_cache(maxsize=4096)
def _passed(since: date, until: date) -> int:
    days = (since + timedelta(days=number) for number in range(1, (until - since).days + 1))
    return sum(_works(day)[0] for day in days)


@lru_cache(maxsize=16_384)
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

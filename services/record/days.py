"""When what happens: few days of the clock, each quarter's in one go, and the business dates. Pure.

A round is a Monday on which what has come together since the round before is filed, and the
Thursday and the Friday week on which offices answer; so the weekly meetings of stalled projects
(Monday, Thursday, Friday) have their days. All are working days; none lies after 2024-06-28.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from chinese_calendar import is_workday

BEGIN = date(2021, 7, 1)
END = date(2024, 7, 1)
"""The morning after it all."""
ONE_DAY = timedelta(days=1)
MECHANISM = date(2022, 10, 10)
"""The mechanism began in October 2022."""
MEDIATED_UNTIL = date(2024, 5, 31)
"""截至5月."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of filing, both included."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Round:
    """A day of filing and the days of the answers."""

    number: int
    window: Span
    """Business dates of what is filed: after the last round's Monday, up to this one's."""
    monday: date
    thursday: date
    friday: date
    """Of the next week; before the mechanism began, the Thursday once more: one day less."""


@cache
def rounds() -> tuple[Round, ...]:
    """Give all rounds in order."""
    found: list[Round] = []
    since = BEGIN
    for number, monday in enumerate(_MONDAYS):
        thursday = monday + timedelta(days=3)
        friday = monday + timedelta(days=11) if monday > MECHANISM else thursday
        found.append(Round(number, Span(since, monday), monday, thursday, friday))
        since = monday + ONE_DAY
    return tuple(found)


def following(round_: Round) -> Round | None:
    """Give the next round; None after the last."""
    return rounds()[round_.number + 1] if round_.number + 1 < len(rounds()) else None


def acting_days() -> tuple[date, ...]:
    """Give every day on which the clock stands, in order."""
    return tuple(sorted({day for it in rounds() for day in (it.monday, it.thursday, it.friday)}))


def within(round_: Round, span: Span) -> tuple[date, ...]:
    """Give the working days of a round's window that lie in a span."""
    return workdays(max(round_.window.since, span.since), min(round_.window.until, span.until))


@cache
def workdays(since: date, until: date) -> tuple[date, ...]:
    """Give the working days from one day to another."""
    every = _every_workday()
    return every[bisect_left(every, since) : bisect_right(every, until)]


def later(day: date, working_days: int, most: date) -> date:
    """Give the day so many working days after another, but none after `most`."""
    every = _every_workday()
    place = bisect_left(every, day) + working_days
    return min(every[place], most) if place < len(every) else most


@cache
def _every_workday() -> tuple[date, ...]:
    number = (END - BEGIN).days
    every = (BEGIN + timedelta(days=offset) for offset in range(number))
    return tuple(day for day in every if is_workday(day))


_MONDAYS = (
    date(2021, 9, 6), date(2021, 12, 6), date(2022, 3, 7), date(2022, 6, 6), date(2022, 9, 5),
    date(2022, 12, 5), date(2023, 3, 6), date(2023, 6, 5), date(2023, 9, 4), date(2023, 12, 4),
    date(2024, 1, 22), date(2024, 3, 11), date(2024, 5, 20), date(2024, 6, 17),
)  # fmt: skip

"""群体性诉讼风险: when the disputes of a project become a risk of group litigation. Pure.

The number within the window rises only when disputes are recorded (none lie in the future) and
falls by itself as days pass. So a crossing is a recording before which the number, counted on that
very day, was below the threshold, and after which it is not; each gives one warning.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol

from services.tracker.model import Limit


class Counted(Protocol):
    """Disputes of one day."""

    @property
    def count(self) -> int:
        """How many, at least 1."""

    @property
    def on(self) -> date:
        """The day they came up."""


def in_window(disputes: Iterable[Counted], window_days: int, day: date) -> int:
    """Count the disputes of the `window_days` days that end with `day`."""
    first = day - timedelta(days=window_days - 1)
    return sum(item.count for item in disputes if first <= item.on <= day)


def crosses(before: Sequence[Counted], new: Counted, limit: Limit, day: date) -> int | None:
    """Tell whether `new`, recorded on `day`, takes the number across the threshold: to how many."""
    known = in_window(before, limit.window_days, day)
    number = known + in_window([new], limit.window_days, day)
    return number if known < limit.threshold <= number else None


def risk_until(disputes: Sequence[Counted], limit: Limit) -> date | None:
    """Give the last day of the risk if nothing more is recorded; None where there is none.

    Holds for every day from the newest dispute on: such a day has the risk exactly when it is not
    after the one given.
    """
    number = 0
    newest = max((item.on for item in disputes), default=None)
    for item in sorted(disputes, key=lambda item: item.on, reverse=True):
        number += item.count
        if number >= limit.threshold:
            last = item.on + timedelta(days=limit.window_days - 1)
            return last if newest and last >= newest else None
    return None

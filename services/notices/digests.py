"""When notices are sent and how many together; when a try is repeated; when it is given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from chinese_calendar import is_workday

from services.notices.vocabulary import Digest
from services.runtime.domain import SHANGHAI, business_day

SUMMARY_TIME = time(8, 30, tzinfo=SHANGHAI)
MOST_TOGETHER = 200
"""Notices in one message: a bigger digest is sent in several."""
FRIDAY = 4
MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """What a deployment sets."""

    flood_notices: int = 20
    """More than so many in the window, and the rest comes together."""
    flood_window: timedelta = timedelta(minutes=10)
    base: timedelta = timedelta(seconds=5)
    """Wait after the first failure; it doubles with each further one."""
    cap: timedelta = timedelta(hours=1)
    give_up: timedelta = timedelta(days=1)
    failing_after: int = 5
    """So many failures in a row make a subscription `failing`."""


@dataclass(frozen=True, slots=True)
class Recent:
    """What was sent, or is on its way, within the window."""

    notices: int = 0
    digest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Packing:
    """Messages to send now, each of one notice or more; `held_until` for all of them instead."""

    messages: tuple[tuple[str, ...], ...] = ()
    held_until: datetime | None = None


def ready_at(digest: Digest, at: datetime) -> datetime:
    """Tell when a notice of `at` is to be sent: at once, at the full hour, on the next summary."""
    match digest:
        case Digest.NONE:
            return at
        case Digest.HOURLY:
            return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        case Digest.DAILY:
            day = business_day(at)
            while not _works(day) or datetime.combine(day, SUMMARY_TIME) <= at:
                day += timedelta(days=1)
            return datetime.combine(day, SUMMARY_TIME).astimezone(UTC)


def pack(
    ready: Sequence[str], digest: Digest, recent: Recent, now: datetime, limits: Limits
) -> Packing:
    """Put notices that are ready into messages: each in exactly one, in their order; or hold all.

    Without a digest each goes alone, until there are more than the limit within the window; then
    they come together, in at most one digest a window.
    """
    if not ready:
        return Packing()
    alone = digest is Digest.NONE and recent.notices + len(ready) <= limits.flood_notices
    if alone:
        return Packing(tuple((one,) for one in ready))
    if digest is Digest.NONE and recent.digest_at is not None:
        until = recent.digest_at + limits.flood_window
        if now < until:
            return Packing(held_until=until)
    parts = range(0, len(ready), MOST_TOGETHER)
    return Packing(tuple(tuple(ready[start : start + MOST_TOGETHER]) for start in parts))


def backoff(attempts: int, jitter: float, limits: Limits) -> timedelta:
    """Give the wait after so many failed attempts; `jitter` from 0 to 1 takes off up to half."""
    doubled = limits.base * float(2 ** min(max(attempts - 1, 0), MOST_DOUBLINGS))
    return min(limits.cap, doubled) * (1 - jitter / 2)


def verdict(
    failures: int, since: datetime, now: datetime, limits: Limits
) -> Literal["failing", "suspended"] | None:
    """Judge a subscription by its failures in a row, the first of them at `since`."""
    if failures >= limits.failing_after:
        return "suspended" if now - since >= limits.give_up else "failing"
    return None


def _works(day: date) -> bool:
    try:
        return bool(is_workday(day))
    except NotImplementedError:  # beyond the table's years
        return day.weekday() <= FRIDAY

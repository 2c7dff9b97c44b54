"""When notices go out and how many together: none lost, none twice, no floods."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.digests import (
    MOST_TOGETHER,
    Limits,
    Recent,
    backoff,
    pack,
    ready_at,
    verdict,
)
from services.notices.vocabulary import Digest

NOW = datetime(2024, 9, 6, 2, 0, tzinfo=UTC)
LIMITS = Limits()
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def names(count: int) -> list[str]:
    return [f"n{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("digest", "at", "ready"),
    [
        ("none", "2024-09-06T02:00:00", "2024-09-06T02:00:00"),
        ("hourly", "2024-09-06T02:00:00", "2024-09-06T03:00:00"),
        ("hourly", "2024-09-06T23:59:59", "2024-09-07T00:00:00"),
        ("daily", "2024-09-06T00:29:59", "2024-09-06T00:30:00"),  # a Friday, 08:29 in Shanghai
        ("daily", "2024-09-06T00:30:00", "2024-09-09T00:30:00"),  # over the weekend
        ("daily", "2024-09-13T02:00:00", "2024-09-14T00:30:00"),  # a Saturday worked for mid-autumn
        ("daily", "2024-09-30T09:00:00", "2024-10-08T00:30:00"),  # the national holidays
        ("daily", "2099-01-01T23:00:00", "2099-01-02T00:30:00"),  # beyond the table: weekdays
    ],
)
def test_a_notice_is_ready(digest: str, at: str, ready: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert ready_at(Digest(digest), moment) == datetime.fromisoformat(ready).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "recent", "sizes"),
    [
        (1, Recent(), [1]),
        (20, Recent(), [1] * 20),
        (21, Recent(), [21]),
        (1, Recent(19), [1]),
        (1, Recent(20), [1]),
        (3, Recent(18), [3]),
        (3, Recent(40, NOW - 5 * MINUTE), []),
        (3, Recent(15, NOW - 5 * MINUTE), [1, 1, 1]),
    ],
)
def test_more_than_the_limit_in_ten_minutes_comes_together(
    count: int, recent: Recent, sizes: list[int]
) -> None:
    packing = pack(names(count), Digest.NONE, recent, NOW, LIMITS)
    assert [len(one) for one in packing.messages] == sizes
    assert (packing.held_until is not None) == (not sizes)


@pytest.mark.parametrize("digest", [Digest.HOURLY, Digest.DAILY])
def test_a_digest_takes_all_that_is_ready(digest: Digest) -> None:
    assert pack(names(7), digest, Recent(100, NOW), NOW, LIMITS).messages == (tuple(names(7)),)


@given(
    st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 60)), max_size=25),
    st.sampled_from(Digest),
)
def test_a_digest_never_loses_nor_repeats_a_notice_and_keeps_their_order(
    bursts: list[tuple[int, int]], digest: Digest
) -> None:
    """Send bursts of notices with pauses between them, and look again until nothing waits."""
    now, waiting, sent, all_ = NOW, [], [], []
    packed: list[tuple[datetime, int]] = []
    number = 0
    for pause, count in [*bursts, *[(700, 0)] * 2]:
        now += timedelta(seconds=pause)
        fresh = [f"n{number + index}" for index in range(count)]
        number += count
        waiting += fresh
        all_ += fresh
        window = [(at, size) for at, size in packed if at > now - LIMITS.flood_window]
        digests = [at for at, size in window if size > 1]
        recent = Recent(sum(size for _, size in window), max(digests, default=None))
        packing = pack(waiting, digest, recent, now, LIMITS)
        if packing.held_until is not None:
            assert not packing.messages
            assert now < packing.held_until <= now + LIMITS.flood_window
            continue
        sent += [one for message in packing.messages for one in message]
        packed += [(now, len(message)) for message in packing.messages]
        waiting = []
    assert sent == all_
    assert all(size <= MOST_TOGETHER for _, size in packed)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60))
def test_a_flood_is_at_most_the_limit_and_one_digest_in_any_window(seconds: list[int]) -> None:
    now, packed = NOW, list[tuple[datetime, int]]()
    waiting = 0
    for pause in seconds:
        now += timedelta(seconds=pause)
        waiting += 15
        window = [(at, size) for at, size in packed if at > now - LIMITS.flood_window]
        digests = [at for at, size in window if size > 1]
        recent = Recent(sum(size for _, size in window), max(digests, default=None))
        packing = pack(names(waiting)[:MOST_TOGETHER], Digest.NONE, recent, now, LIMITS)
        if packing.held_until is None:
            packed += [(now, len(message)) for message in packing.messages]
            waiting = 0
    for at, _ in packed:
        inside = [size for other, size in packed if at <= other < at + LIMITS.flood_window]
        assert Counter(size > 1 for size in inside)[False] <= LIMITS.flood_notices + 1
        assert Counter(size > 1 for size in inside)[True] <= 1


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_wait_grows_from_the_base_to_the_cap(attempts: int, jitter: float) -> None:
    wait = backoff(attempts, jitter, LIMITS)
    assert LIMITS.base / 2 <= wait <= LIMITS.cap
    assert wait <= backoff(attempts + 1, jitter, LIMITS)


def test_the_wait_doubles() -> None:
    waits = [backoff(number, 0, LIMITS).total_seconds() for number in range(1, 13)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


@pytest.mark.parametrize(
    ("failures", "age", "expected"),
    [
        (1, DAY * 3, None),
        (4, MINUTE, None),
        (5, MINUTE, "failing"),
        (50, DAY - MINUTE, "failing"),
        (50, DAY, "suspended"),
    ],
)
def test_a_subscription_is_judged(failures: int, age: timedelta, expected: str | None) -> None:
    assert verdict(failures, NOW - age, NOW, LIMITS) == expected

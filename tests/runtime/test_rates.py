"""A bucket empties, fills again by the second, and is nobody else's."""

import pytest
from starlette.requests import HTTPConnection

from services.runtime import rates as module
from services.runtime.http import Problem
from services.runtime.rates import Rate, Rates, address
from services.runtime.settings import Settings


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def granted(rate: Rate, who: str, tries: int) -> int:
    return sum(rate.wait(who) == 0 for _ in range(tries))


def test_so_many_at_once_then_so_many_a_second(clock: Clock) -> None:
    rate = Rate("caller", 2, 5, clock)
    assert granted(rate, "a", 10) == 5
    assert rate.wait("a") == pytest.approx(0.5)
    clock.seconds += 0.5
    assert granted(rate, "a", 10) == 1
    clock.seconds += 3600
    assert granted(rate, "a", 10) == 5


def test_what_one_asks_is_not_taken_from_another(clock: Clock) -> None:
    rate = Rate("caller", 1, 3, clock)
    assert granted(rate, "a", 10) == 3
    assert granted(rate, "b", 10) == 3


def test_who_is_refused_is_told_when_to_come_again(clock: Clock) -> None:
    rate = Rate("wrong_key", 10 / 60, 1, clock)
    rate.take("a")
    with pytest.raises(Problem) as caught:
        rate.take("a")
    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "6"})


def test_askers_with_a_full_bucket_are_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MIN_SWEPT", 100)
    rate = Rate("stranger", 1, 1, clock, _sweep_at=100)
    for number in range(1000):
        clock.seconds += 0.1
        rate.take(str(number))
    assert len(rate._full_at) <= 101


def test_no_rate_holds_nobody_back() -> None:
    assert granted(Rates.none().strangers, "a", 10_000) == 10_000


def test_the_settings_hold_back_guessing_and_leave_work_alone() -> None:
    rates = Rates.of(Settings())
    assert granted(rates.wrong_keys, "a", 100) == 10
    assert granted(rates.callers, "a", 1000) == 1000


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_what_one_subscriber_has(host: str, expected: str) -> None:
    assert address(HTTPConnection({"type": "http", "client": (host, 1)})) == expected
    assert not address(HTTPConnection({"type": "http", "client": None}))

"""A bucket empties, fills again by the second, and is nobody else's."""

from typing import Annotated

import httpx
import pytest
from fastapi import Depends
from starlette.requests import HTTPConnection

from services.runtime import rates as module
from services.runtime.auth import CHALLENGE, Caller, Role, needs
from services.runtime.http import Problem
from services.runtime.rates import Rate, Rates, address
from services.runtime.settings import Settings
from services.runtime.web import ANY_BODY, build_app


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


class Verifier:
    """Takes a key's id for a token of it."""

    async def verify(self, token: str) -> Caller:
        if not token.startswith("key"):
            raise Problem(401, "not valid", headers=CHALLENGE)
        return Caller(token, Role.OPERATOR, None, None, "x")


async def test_a_caller_is_held_back_alone_and_guessing_tokens_holds_back_nobody_else() -> None:
    async def ready() -> dict[str, bool]:
        return {}

    rates = Rates(Rate("caller", 1, 3), Rate("stranger", 1, 2), Rate("wrong_key", 1, 1))
    app = build_app("toy", ready, lambda: b"", ANY_BODY, rates)
    app.state.verifier = Verifier()

    @app.get("/mine")
    async def mine(caller: Annotated[Caller, Depends(needs())]) -> str:
        return caller.key_id

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as http:

        async def asked(token: str, times: int) -> list[int]:
            headers = {"authorization": f"Bearer {token}"}
            answers = [await http.get("/mine", headers=headers) for _ in range(times)]
            return [answer.status_code for answer in answers]

        assert await asked("key-1", 5) == [200, 200, 200, 429, 429]
        assert await asked("guess", 4) == [401, 401, 429, 429]
        assert await asked("key-2", 3) == [200, 200, 200]

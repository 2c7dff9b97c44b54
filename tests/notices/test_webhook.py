"""Posting to an endpoint: to the checked address only, in bounded time and size."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from services.notices.addresses import Policy, networks
from services.notices.messages import Answer
from services.notices.webhook import Guard, Patience, Webhooks
from tests.notices.conftest import Site

LAB = Policy(allow_http=True, ports=(), networks=networks("127.0.0.1/32"))
TLS = httpx.create_ssl_context(trust_env=False)
BODY = json.dumps({"type": "verify", "challenge": "abc"}).encode()


class Names:
    """A name server of the test's own; each lookup gives the next answer."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def webhooks(names: Any, policy: Policy = LAB) -> Webhooks:
    return Webhooks(Guard(policy, names, 0.2), Patience(0.5, 0.5, 1000), TLS)


async def post(site: Site, path: str, challenge: str | None = None) -> Answer:
    names = Names(["127.0.0.1"])
    url = f"http://people.example:{site.port}{path}"
    return await webhooks(names).post(url, BODY, {"X": "1"}, challenge)


async def test_it_goes_to_the_looked_up_address_under_the_names_host(site: Site) -> None:
    site.url("/good")
    answer = await post(site, "/good", "abc")
    assert answer.ok
    (got,) = site.got["/good"]
    assert got.headers["host"] == f"people.example:{site.port}"
    assert got.headers["x"] == "1"
    assert got.raw == BODY


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        (b"abc", True),
        (b' {"challenge": "abc"}\n', True),
        (b"", False),
        (b"abcd", False),
        (b'{"challenge": 1}', False),
        (b'["abc"]', False),
        (b"\xff\xfe", False),
        (b"[" * 900, False),
        (b"x" * 100_000, False),
    ],
)
async def test_a_check_is_passed_by_repeating_the_challenge_only(
    site: Site, text: bytes, ok: bool  # noqa: FBT001 - a table
) -> None:  # fmt: skip
    site.url("/check", lambda _body: (200, text))
    assert (await post(site, "/check", "abc")).ok is ok


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 410, 429, 500, 503])
async def test_anything_but_a_2xx_is_a_failure_and_redirects_are_not_followed(
    site: Site, status: int
) -> None:
    site.url("/bad", lambda _body: (status, b""))
    answer = await post(site, "/bad")
    assert (answer.ok, answer.status, answer.gone) == (False, status, status == 410)
    assert len(site.got["/bad"]) == 1


async def test_an_endpoint_that_never_answers_times_out(site: Site) -> None:
    site.url("/never", lambda _body: None)
    started = time.monotonic()
    answer = await post(site, "/never")
    assert not answer.ok
    assert "no answer" in answer.said or "timed out" in answer.said
    assert time.monotonic() - started < 5


async def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    """DNS rebinding: public when it is checked, inner when it is connected to."""
    names = Names(["1.1.1.1"], ["127.0.0.1"])
    strict = webhooks(names, Policy())
    assert await strict.guard.addresses("people.example", 443) == ["1.1.1.1"]
    answer = await strict.post("https://people.example/x", BODY, {})
    assert not answer.ok
    assert "the machine itself" in answer.said
    assert names.asked == ["people.example"] * 2


async def test_it_connects_to_the_checked_address_and_asks_no_second_time(site: Site) -> None:
    names = Names(["127.0.0.1"], ["192.0.2.1"])
    site.url("/once")
    answer = await webhooks(names).post(f"http://people.example:{site.port}/once", BODY, {})
    assert answer.ok
    assert names.asked == ["people.example"]


async def test_a_name_server_that_is_silent_is_not_waited_for() -> None:
    async def silent(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    answer = await webhooks(silent).post("http://people.example/", BODY, {})
    assert "could not be looked up" in answer.said


async def test_nobody_listening_is_said_so(unused_port: int) -> None:
    answer = await webhooks(Names(["127.0.0.1"])).post(f"http://a.example:{unused_port}/", BODY, {})
    assert not answer.ok
    assert "Connect" in answer.said


@pytest.fixture
async def unused_port() -> int:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port

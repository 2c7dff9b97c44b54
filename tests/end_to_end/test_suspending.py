"""An office with live connections is suspended: it is out at once, and what is its waits for it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiormq
import pytest
from aiormq.exceptions import AMQPError
from typer.testing import CliRunner, Result

from fuyuan_contracts.envelope import decode
from services.cli import app
from services.client import Client
from services.stack.handing import FILE
from tests.support.world import Json, World, until

OFFICE = "culture.410523"
CUT_SECONDS = 5
REFUSED = (AMQPError, asyncio.CancelledError)
"""aiormq ends what waits for a closing connection with a CancelledError, when that is faster."""


@pytest.fixture(scope="module")
def told(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Have an office join; gives its credentials."""
    out: Path = tmp_path_factory.mktemp("culture")
    world.joined.append(OFFICE)
    names = ("--agency-zh", "文化局", "--agency-en", "Culture Bureau")
    done = fuyuan(world, "agency", "add", OFFICE, "--why", "加入", *names, "--out", str(out))
    assert done.exit_code == 0, done.output
    lines = (out / FILE).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def fuyuan(world: World, *words: str) -> Result:
    environ = {"FUYUAN_STACK": str(world.local.directory / "stack.json")}
    return CliRunner().invoke(app, words, env=environ)


def suspended(world: World, *words: str) -> Json:
    done = fuyuan(world, "agency", "suspend", OFFICE, *words, "--json")
    assert done.exit_code == 0, done.output
    found: Json = json.loads(done.stdout)
    return found


@pytest.fixture
def officer(world: World, told: dict[str, str]) -> Client:
    assert told
    made = world.operator.post(
        "intake", "/v1/keys", {"role": "officer", "office": OFFICE, "name": "x"}
    )
    return Client(world.local.urls, made["key"])


@asynccontextmanager
async def listening(told: dict[str, str], heard: list[Any]) -> AsyncIterator[Any]:
    """Read an inbox as its office, acknowledging nothing: what it holds comes again."""
    connection = await aiormq.connect(told["FUYUAN_AMQP_URL"])
    channel = await connection.channel()

    async def take(message: Any) -> None:
        heard.append(decode(message.body))

    await channel.basic_consume(told["FUYUAN_INBOX"], take)
    try:
        yield connection
    finally:
        await connection.close()


def dispute(world: World) -> str:
    details = {
        "kind": "administrative_dispute", "cause": "disclosure", "phase": "before",
        "respondent": OFFICE, "needs": ["pre_suit_communication"],
    }  # fmt: skip
    return world.file(world.filing("某馆信息公开", "410523", details), "court.410523")


async def test_it_is_cut_off_and_what_comes_meanwhile_waits(
    world: World, told: dict[str, str], officer: Client
) -> None:
    officer.get("routing", "/v1/offices")
    heard: list[Any] = []
    async with listening(told, heard) as connection:
        planned = await asyncio.to_thread(suspended, world, "--dry-run")
        assert (planned["connections"], planned["keys"]) == (1, 1)
        assert not connection.is_closed
        began = time.monotonic()
        acting = asyncio.create_task(asyncio.to_thread(suspended, world))
        await asyncio.wait([connection.closing], timeout=CUT_SECONDS)
        assert connection.is_closed
        assert time.monotonic() - began < CUT_SECONDS
        done = await acting
        assert (done["suspended"], done["keys"]) == (True, 1)
    with pytest.raises(REFUSED):
        await aiormq.connect(told["FUYUAN_AMQP_URL"])
    until(lambda: _refused(world, officer))
    await world.local.bus.redeclare()  # as any provisioning does
    with pytest.raises(REFUSED):
        await aiormq.connect(told["FUYUAN_AMQP_URL"])
    case = await asyncio.to_thread(dispute, world)
    until(lambda: world.status(case)["assignments"] or None)
    assert (await asyncio.to_thread(suspended, world, "--resume"))["suspended"] is False
    async with listening(told, heard):
        there = lambda: any(case in item.subject for item in heard) or None  # noqa: E731
        await asyncio.to_thread(until, there)
    withdrawn = {"reason": "不再需要"}
    world.filer("court.410523").post("intake", f"/v1/cases/{case}/withdraw", withdrawn)
    world.in_state(case, "closed")


def _refused(world: World, officer: Client) -> bool | None:
    token = officer._token
    headers = {"authorization": f"Bearer {token}"}
    answer = world.http("GET", "routing", "/v1/offices", headers=headers)
    return answer.status_code == 401 or None


def test_an_office_that_our_services_serve_only_loses_its_keys(world: World) -> None:
    done = fuyuan(world, "agency", "suspend", "tax.410581", "--dry-run", "--json")
    found = json.loads(done.stdout)
    assert (found["own_consumer"], found["connections"]) == (False, 0)


def test_an_office_there_is_not_is_named(world: World) -> None:
    done = fuyuan(world, "agency", "suspend", "nobody.410581")
    assert done.exit_code == 1
    assert "there is no office nobody.410581" in done.stderr

"""The line to the broker: cut and back, by TLS; what the self-test says about it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiormq
import pytest
import pytest_asyncio

from fuyuan_contracts.agency.self_test import Check, self_test
from fuyuan_contracts.agency.settings import Settings
from services.stack.bus import Bus
from tests.kit.made import issued
from tests.kit.proxy import certificate, proxied

APP = Path(__file__).parent / "app.py"
OFFICE, OTHER = "tax.410526", "tax.410500"
Told = Callable[..., Settings]


@pytest.fixture
def told(module_bus: Bus, management: Any, tmp_path: Path) -> Told:
    """Give the right settings with some of them changed."""
    assert management

    def make(**more: Any) -> Settings:
        right: dict[str, Any] = {
            "office": OFFICE,
            "url": module_bus.url(OFFICE),
            "inbox": module_bus.inbox(OFFICE),
            "store": tmp_path / "tax.sqlite3",
        }
        return Settings(**(right | more))

    return make


def verdicts(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.verdict for check in checks}


async def test_a_line_that_is_cut_comes_back_and_nothing_is_lost(
    start: Any, send: Any, reports: Any, module_bus: Bus
) -> None:
    async with proxied(module_bus.url(OFFICE)) as line:
        app = await start(APP, FUYUAN_AMQP_URL=line.url)
        await send(issued("before"), 1)
        assert len(await reports(5)) == 5
        await line.cut()
        await send(issued("meanwhile"), 1)
        await asyncio.sleep(0.5)
        await line.open()
        assert len(await reports(5)) == 5
        assert line.accepted >= 4, "one connection to read, one to write, and both again"
        assert await app.stop() == 0


async def test_of_several_nodes_the_next_is_tried(
    start: Any, send: Any, reports: Any, module_bus: Bus
) -> None:
    several = module_bus.url(OFFICE).replace("@", "@127.0.0.1:1,")
    app = await start(APP, FUYUAN_AMQP_URL=several)
    await send(issued("second-node"), 1)
    assert len(await reports(5)) == 5
    assert await app.stop() == 0


async def test_it_waits_for_a_broker_that_is_not_there_yet_and_stops_without_one(
    start: Any, send: Any, reports: Any, module_bus: Bus
) -> None:
    async with proxied(module_bus.url(OFFICE)) as line:
        await line.cut()
        app = await start(APP, FUYUAN_AMQP_URL=line.url)
        await app.logged("broker (inbox)")
        await send(issued("early"), 1)
        await line.open()
        assert len(await reports(5)) == 5
        await line.cut()
        assert await app.stop() == 0


async def test_by_tls_with_the_brokers_ca(
    start: Any, send: Any, reports: Any, module_bus: Bus, tmp_path: Path
) -> None:
    context, ca = certificate(tmp_path)
    async with proxied(module_bus.url(OFFICE), context) as line:
        app = await start(APP, FUYUAN_AMQP_URL=line.url, FUYUAN_CA=str(ca))
        await send(issued("by tls"), 1)
        assert len(await reports(5)) == 5
        assert await app.stop() == 0


@pytest_asyncio.fixture
async def waiting(send: Any, module_bus: Bus) -> Any:
    """Have one message wait in the inbox; it is taken away afterwards."""
    await send(issued("waiting"), 1)
    yield
    connection = await aiormq.connect(module_bus.url(OFFICE))
    channel = await connection.channel()
    await channel.queue_purge(module_bus.inbox(OFFICE))
    await connection.close()


@pytest.mark.usefixtures("waiting")
async def test_the_self_test_takes_nothing_and_sends_nothing(told: Told, reports: Any) -> None:
    checks = await self_test(told())
    assert {check.verdict for check in checks} <= {"ok", "warn"}
    names = {"settings", "store", "clock", "tls", "login", "inbox", "out"}
    assert verdicts(checks).keys() == names | {"inbox may be read", "out may be written"}
    again = {check.name: check.text for check in await self_test(told())}
    assert again["inbox"].startswith("1 messages waiting, 0 consumers")
    assert await reports(0) == []


async def test_a_wrong_password_is_said_and_not_shown(told: Told) -> None:
    right = told()
    password = right.url.split(":")[2].partition("@")[0]
    checks = await self_test(told(url=right.url.replace(password, "wrong-password")))
    assert verdicts(checks)["login"] == "fail"
    assert "wrong-password" not in str(checks)


async def test_an_inbox_that_is_not_there_or_not_the_offices_is_said(
    told: Told, module_bus: Bus
) -> None:
    gone = await self_test(told(inbox=f"q.office.{OFFICE}.in.0123456789"))
    assert verdicts(gone)["inbox"] == "fail"
    assert verdicts(gone)["inbox may be read"] == "fail"
    (foreign,) = await self_test(told(inbox=module_bus.inbox(OTHER)))
    assert (foreign.name, foreign.verdict) == ("settings", "fail")


async def test_another_offices_credentials_have_no_right_here(told: Told, module_bus: Bus) -> None:
    found = verdicts(await self_test(told(url=module_bus.url(OTHER))))
    assert found["login"] == "ok"
    assert found["inbox may be read"] == found["out may be written"] == "fail"


async def test_a_certificate_nobody_vouches_for_is_said(
    told: Told, module_bus: Bus, tmp_path: Path
) -> None:
    context, ca = certificate(tmp_path)
    async with proxied(module_bus.url(OFFICE), context) as line:
        found = verdicts(await self_test(told(url=line.url)))
        assert found == {"settings": "ok", "store": "ok", "clock": "warn", "tls": "fail"}
        assert verdicts(await self_test(told(url=line.url, ca=ca)))["out may be written"] == "ok"
        (missing,) = await self_test(told(url=line.url, ca=tmp_path / "none.pem"))
        assert "FUYUAN_CA" in missing.text


async def test_a_store_that_cannot_be_written_is_said(told: Told, tmp_path: Path) -> None:
    found = verdicts(await self_test(told(store=tmp_path / "none" / "tax.sqlite3")))
    assert found["store"] == "fail"
    assert found["login"] == "ok"

"""One office's credentials in wrong hands: a thousand connections and channels; shut out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiormq
import pytest

from fuyuan_contracts.channels import OFFICE_LIMITS
from services.stack.joining import Broker
from services.stack.suspending import resume, suspend
from tests.faults.harness import Faults

pytestmark = pytest.mark.faults
OFFICE = "tax.410500"
MANY, AT_ONCE = 1000, 25
WAITING_CASES = 140


def test_a_thousand_connections_of_one_office_keep_nobody_out(faults: Faults) -> None:
    url = faults.local.bus.url(OFFICE)
    with faults.load("an office opens 1000 connections and 1000 channels") as load:
        faults.wait_closed(load, 10)
        load.broken()
        open_ = asyncio.run(many(lambda: aiormq.connect(url)))
        channels = asyncio.run(on_one_connection(url))
        faults.wait_ready()
        load.mended()
    # the broker counts them a moment later
    assert 0 < open_ < OFFICE_LIMITS["max-connections"] + AT_ONCE
    assert 0 < channels <= OFFICE_LIMITS["max-channels"]


async def many(opening: Callable[[], Awaitable[Any]]) -> int:
    """Open as many as are let, and keep them; tell how many that were."""
    gate, kept = asyncio.Semaphore(AT_ONCE), []

    async def one() -> None:
        async with gate:
            try:
                kept.append(await opening())
            except (Exception, asyncio.CancelledError):  # noqa: BLE001 - refused, as aiormq has it
                return

    await asyncio.gather(*(one() for _ in range(MANY)))
    for item in kept:
        await item.close()
    return len(kept)


async def on_one_connection(url: str) -> int:
    connection = await aiormq.connect(url)
    opened = 0
    try:
        for _ in range(MANY):
            await connection.channel()
            opened += 1
    except (Exception, asyncio.CancelledError):  # noqa: BLE001 - refused, as aiormq has it
        return opened
    finally:
        await connection.close()
    return opened


def test_an_office_suspended_under_load_loses_nothing(faults: Faults) -> None:
    """What is given to it meanwhile waits; the others' cases go on to their ends."""
    bus = faults.local.bus
    broker = Broker(bus.servers, bus.secrets, bus.vhost)
    with faults.load("an office suspended and let in again", WAITING_CASES, pause=0.3) as load:
        faults.wait_closed(load, 20)
        load.broken()
        assert suspend(broker, OFFICE) > 0
        try:
            faults.wait_until(lambda: len(set(load.accepted)) == WAITING_CASES)
            faults.wait_until(lambda: faults.oracle.closed(load.accepted) > WAITING_CASES // 2)
            assert faults.oracle.closed(load.accepted) < WAITING_CASES
        finally:
            resume(broker, OFFICE)
        faults.wait_ready()
        load.mended()

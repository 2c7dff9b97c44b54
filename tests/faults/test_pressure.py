"""Too much of something: the broker's alarms, a full inbox, one who is slow, one who floods."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiormq
import httpx
import pytest
from aiormq.abc import AbstractChannel
from aiormq.exceptions import ChannelPreconditionFailed

from fuyuan_contracts.channels import MAX_MESSAGE_BYTES, office_out_exchange
from tests.faults.harness import Faults, stack
from tests.faults.table import Table
from tests.faults.test_inbox import close_connections

pytestmark = pytest.mark.faults
AWAY_SECONDS = 15
ALARMS = {
    "memory": ("set_vm_memory_high_watermark", "absolute", "1"),
    "disk": ("set_disk_free_limit", "1000000000000000"),
}
USUAL = (
    ("set_vm_memory_high_watermark", "absolute", "1GB"),
    ("set_disk_free_limit", "67108864"),
)
OFFICE, SERVICE = "tax.410500", "agency-tax"
FULL = 2
FLOOD = 3000
SOON_SECONDS = 15
"""What a neighbour's case may take, from filing to its end, on a machine that is busy."""


@contextmanager
def alarmed(faults: Faults, kind: str) -> Iterator[None]:
    """Raise an alarm; it is over in the end, whatever happens."""
    faults.broker.control(*ALARMS[kind])
    try:
        yield
    finally:
        for words in USUAL:
            faults.broker.control(*words)


@pytest.mark.parametrize("kind", ALARMS)
def test_an_alarm_of_the_broker_is_waited_for(faults: Faults, kind: str) -> None:
    # filing takes 20 s: an alarm of a broker in a container is not there at once
    with faults.load(f"broker: {kind} alarm", 200, pause=2) as load:
        faults.wait_closed(load, 5)
        load.broken()
        with alarmed(faults, kind):
            faults.wait_until(lambda: 503 in load.refused)
            accepted = len(load.accepted)
            time.sleep(AWAY_SECONDS)
            assert len(load.accepted) == accepted
        faults.wait_ready()
        load.mended()


@contextmanager
def bounded(faults: Faults, length: int) -> Iterator[None]:
    """Let an inbox hold no more than so many: the smaller of a policy and the argument holds."""
    bus, broker = faults.local.bus, faults.broker
    with httpx.Client(
        base_url=f"{broker.management_url}/api/", auth=broker.admin, trust_env=False
    ) as management:
        path = f"policies/{bus.vhost}/full"
        definition = {"max-length": length}
        body = {"pattern": f"^{bus.inbox(OFFICE)}$", "definition": definition, "apply-to": "queues"}
        management.put(path, json=body).raise_for_status()
        try:
            yield
        finally:
            management.delete(path).raise_for_status()


def neighbour(faults: Faults) -> float:
    """Have a case that is none of this office's handled; tell the seconds it took."""
    began = time.monotonic()
    case = faults.world.file(faults.world.bankruptcy("social_insurance"))
    faults.wait_until(lambda: faults.oracle.closed([case]))
    return time.monotonic() - began


def test_what_a_full_inbox_refuses_waits_and_nobody_else_notices(faults: Faults) -> None:
    with faults.load("a full inbox", 200) as load, bounded(faults, FULL):
        with faults.standing_still(SERVICE):
            close_connections(faults, OFFICE)  # else it takes what it doesn't read
            faults.wait_until(lambda: len(set(load.accepted)) == 200)
            load.broken()
            faults.wait_until(faults.oracle.unsent)
            assert neighbour(faults) < SOON_SECONDS
        load.mended()


def test_a_slow_office_slows_nobody_else(faults: Faults) -> None:
    with faults.load("an office that does nothing for a while", 200) as load:
        with faults.standing_still(SERVICE):
            faults.wait_until(lambda: len(set(load.accepted)) == 200)
            load.broken()
            assert neighbour(faults) < SOON_SECONDS
            time.sleep(AWAY_SECONDS)
        load.mended()


def test_an_office_that_floods_delays_itself(place: Path, table: Table) -> None:
    with (
        stack(place, table, seed=5500) as faults,
        faults.load(f"an office floods: {FLOOD} messages nobody can read", parked=FLOOD) as load,
    ):
        faults.wait_closed(load, 5)
        load.broken()
        asyncio.run(flood(faults.local.bus.url(OFFICE)))
        assert neighbour(faults) < SOON_SECONDS
        load.mended()
        faults.wait_until(lambda: faults.oracle.parked() == FLOOD)


async def flood(url: str) -> None:
    """Say thousands of things nobody can read, as an office, as fast as it goes."""
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel(publisher_confirms=False)
        for number in range(FLOOD):
            await say(channel, json.dumps({"junk": number}).encode())
        await channel.close()
    finally:
        await connection.close()


async def say(channel: AbstractChannel, body: bytes) -> None:
    properties = aiormq.spec.Basic.Properties(delivery_mode=2)
    await channel.basic_publish(body, exchange=office_out_exchange(OFFICE), properties=properties)


def test_a_message_that_is_too_large_is_refused_and_its_sender_goes_on(faults: Faults) -> None:
    with faults.load("a message over the limit", 60) as load:
        faults.wait_closed(load, 5)
        asyncio.run(too_large(faults.local.bus.url(OFFICE)))


async def too_large(url: str) -> None:
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel()
        with pytest.raises(ChannelPreconditionFailed):
            await say(channel, b"x" * (MAX_MESSAGE_BYTES + 1))
    finally:
        await connection.close()

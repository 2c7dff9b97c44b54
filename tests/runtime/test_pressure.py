"""A broker short of memory or disk reads from nobody: it is said, waited for, and nothing lost."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from services.runtime.frames import Wire
from services.runtime.streams import Work
from services.stack.broker import PrivateBroker
from services.stack.servers import Servers
from tests.runtime.conftest import Rig, Start, Until, ready
from tests.runtime.toy import QUEUE, ToyService

LOW = ("set_vm_memory_high_watermark", "absolute", "1")
USUAL = ("set_vm_memory_high_watermark", "absolute", "1GB")
WIRE = Wire("evt", "message.parked", b"{}", "m", None)


@pytest.fixture
def broker(servers: Servers) -> Iterator[PrivateBroker]:
    if servers.broker is None:
        pytest.skip("only a private broker's limits can be changed")
    yield servers.broker
    servers.broker.control(*USUAL)


async def short_of_memory(broker: PrivateBroker, toy: ToyService, until: Until) -> None:
    """Raise the alarm, and wait until the service has been told: it is when it publishes."""
    await asyncio.to_thread(broker.control, *LOW)

    async def told() -> bool:
        await toy.bus.publish([WIRE])
        return not toy.bus.up

    await until(told)


async def test_the_broker_says_so_and_readiness_with_it_till_the_alarm_is_over(
    start: Start, broker: PrivateBroker, until: Until
) -> None:
    async with start(health_seconds=0.05) as toy:
        await short_of_memory(broker, toy, until)
        assert not toy.engine.ready()
        async with asyncio.timeout(5):  # it isn't waited for answers that can't come
            assert await toy.bus.publish([WIRE]) == [False]
        transport = httpx.ASGITransport(toy.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://toy") as asking:

            async def not_ready() -> bool:
                answer = await asking.get("/ready")
                checks = {"broker": False, "database": True, "consumers": True}
                return answer.status_code == 503 and answer.json()["checks"] == checks

            await until(not_ready)
        await asyncio.to_thread(broker.control, *USUAL)
        await until(lambda: ready(toy))
        assert await toy.bus.publish([WIRE]) == [True]


async def test_what_was_decided_meanwhile_is_said_afterwards(
    start: Start, rig: Rig, broker: PrivateBroker, until: Until
) -> None:
    async with start() as toy:
        await short_of_memory(broker, toy, until)
        await toy.engine.submit(Work("s", "go", by="k1"))
        await rig.take("q.metrics")
        await asyncio.to_thread(broker.control, *USUAL)

        found: list[bytes] = []

        async def said() -> bool:
            found.extend(body for body, _ in await rig.take("q.metrics"))
            return any(b'"subject":"s"' in body for body in found)

        await until(said)


async def test_what_fails_meanwhile_waits_and_uses_up_no_deliveries(
    start: Start, rig: Rig, broker: PrivateBroker, until: Until
) -> None:
    await rig.say("s", "boom", 1)
    await asyncio.to_thread(broker.control, *LOW)
    async with start(wait=False) as toy:
        looking = Rig(rig.bus, await (await rig.connect()).channel())  # its own is blocked now

        async def told() -> bool:
            return toy.bus.blocked

        await until(told)
        connection = toy.bus.links[""]._consuming
        await asyncio.sleep(3)
        assert toy.bus.links[""]._consuming is connection
        assert await looking.count(f"{QUEUE}.wait.1") == 0
        await asyncio.to_thread(broker.control, *USUAL)

        async def waits() -> bool:
            return await looking.count(f"{QUEUE}.wait.1") > 0

        await until(waits)
        assert toy.bus.links[""]._consuming is connection
        assert await looking.count(f"{QUEUE}.dead") == 0

"""What an office can do on the bus with its real credentials beyond what it is for: nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiormq
import httpx
import pytest
from aiormq.abc import AbstractConnection
from aiormq.exceptions import (
    AMQPError,
    ChannelAccessRefused,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
)

from fuyuan_contracts.channels import OFFICE_LIMITS, office_out_exchange, office_out_queue
from fuyuan_contracts.envelope import CONTENT_TYPE
from fuyuan_contracts.events import AssignmentProgressed
from tests.support.world import Json, World, envelope, until

OURS, OTHER = "tax.410523", "tax.410526"
FAR = 900
"""Numbers that the office's service has not used."""
TAP = "abuse.tap"
REFUSED = (AMQPError, asyncio.CancelledError)
"""aiormq ends what waits for a closing connection with a CancelledError, when that is faster."""
LATE = 5
"""So many more may come in before the broker has counted those before."""
KNOWN = ("q.routing", office_out_queue(OTHER), "q.intake.dead")
Properties = aiormq.spec.Basic.Properties
DEATH = [{"queue": "q.intake", "reason": "delivery_limit", "count": 9, "exchange": "evt"}]
TRICKS: dict[str, Json] = {
    "CC": {"headers": {"CC": ["q.metrics", OTHER, "case.closed.bankruptcy"]}},
    "BCC": {"headers": {"BCC": ["q.metrics", OTHER, "case.closed.bankruptcy"]}},
    "reply_to": {"reply_to": "q.metrics", "correlation_id": "x"},
    "priority": {"priority": 255},
    "its own user_id": {"user_id": OURS},
    "x-death": {"headers": {"x-death": DEATH, "x-first-death-queue": "q.intake"}},
    "our own headers": {
        "headers": {
            "fuyuan-attempts": 3, "fuyuan-reason": "forged", "fuyuan-queue": "q.intake",
            "fuyuan-message-id": "forged", "fuyuan-error": "forged",
        }
    },
    "a replayed message's id": {"message_id": "q.metrics"},
}  # fmt: skip
"""Each with a report that is right: what else is written on it must go nowhere."""


@pytest.fixture(scope="module")
def given(world: World) -> Json:
    """An assignment of OURS that stays open."""
    found: Json = world.delivered(world.file(world.bankruptcy("tax_relief", division="410523")))
    return dict(found["assignments"][0])


@asynccontextmanager
async def connected(world: World) -> AsyncIterator[AbstractConnection]:
    connection = await aiormq.connect(world.local.bus.url(OURS))
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def tapped(world: World) -> AsyncIterator[Any]:
    """Copy, as the administrator, all that goes to services, to other inboxes, to the dead."""
    connection = await aiormq.connect(world.local.bus.admin_url)
    channel = await connection.channel()
    await channel.queue_declare(TAP, exclusive=True)
    for exchange in ("evt", "retry.routing"):
        await channel.queue_bind(TAP, exchange, "#")
    for office in world.local.bus.offices:
        await channel.queue_bind(TAP, "inbox", office)
    for name in ("routing", "intake", "offices"):
        await channel.queue_bind(TAP, "dead", name)
        await channel.queue_bind(TAP, "replay", f"q.{name}")
    try:
        yield channel
    finally:
        await connection.close()


async def taken(channel: Any) -> list[Any]:
    found = []
    while (got := await channel.basic_get(TAP, no_ack=True)).message_count is not None:
        found.append(got)
    return found


def report(given: Json, number: int, note: str) -> bytes:
    id_ = given["assignment_id"]
    return envelope(
        f"/offices/{OURS}", id_, FAR + number, AssignmentProgressed(assignment_id=id_, note=note)
    )


def noted(world: World, given: Json) -> list[str]:
    case = given["assignment_id"].partition(".")[0]
    history = world.status(case)["history"]
    return [item["text"] for item in history if item["what"]["code"] == "progressed"]


async def test_what_is_written_on_a_report_beside_it_goes_nowhere(
    world: World, given: Json
) -> None:
    async with tapped(world) as tap, connected(world) as connection:
        for number, (name, more) in enumerate(TRICKS.items(), 1):
            channel = await connection.channel()
            body = report(given, number, name)
            properties = Properties(
                **{"delivery_mode": 2, "content_type": CONTENT_TYPE, "message_id": name, **more}
            )
            exchange = office_out_exchange(OURS)
            await channel.basic_publish(body, exchange=exchange, properties=properties)
            await asyncio.to_thread(until, lambda name=name: name in noted(world, given) or None)
            await channel.close()
        found = await taken(tap)
    assert sorted(noted(world, given)) == sorted(TRICKS)  # each counted once
    sources = [json.loads(item.body)["source"] for item in found]
    assert sources.count("/services/routing") >= len(TRICKS)
    assert f"/offices/{OURS}" not in sources  # nothing went on as it came
    for item in found:
        text = str(item.header.properties.headers) + str(item.header.properties.reply_to)
        assert not any(word in text for word in ("forged", "CC", "x-death", "fuyuan", "q.metrics"))
    assert not world.parked(lambda item: "forged" in json.dumps(item))


async def test_what_expires_by_its_senders_wish_is_handled_or_parked(
    world: World, given: Json
) -> None:
    async with connected(world) as connection:
        channel = await connection.channel()
        properties = Properties(delivery_mode=2, expiration="1", message_id="expiring")
        body, exchange = report(given, 50, "expiring"), office_out_exchange(OURS)
        await channel.basic_publish(body, exchange=exchange, properties=properties)

    def there() -> bool | None:
        lies = world.parked(lambda item: item["message_id"] == "expiring")
        return "expiring" in noted(world, given) or bool(lies) or None

    await asyncio.to_thread(until, there)


async def test_nobody_speaks_in_anothers_name(world: World, given: Json) -> None:
    async with connected(world) as connection:
        for name in (OTHER, "routing", "admin"):
            channel = await connection.channel()
            with pytest.raises(ChannelPreconditionFailed):
                await channel.basic_publish(
                    report(given, 60, "forged"),
                    exchange=office_out_exchange(OURS),
                    properties=Properties(delivery_mode=2, user_id=name),
                )
    assert "forged" not in noted(world, given)


async def test_an_inbox_is_not_found_without_its_suffix(world: World) -> None:
    """Before RabbitMQ 4.2.6 anyone may ask a queue's length who knows its name (80 bits here)."""
    async with connected(world) as connection:
        for guess in (f"q.office.{OTHER}.in", f"q.office.{OTHER}.in.", f"q.{OTHER}", "inbox"):
            channel = await connection.channel()
            with pytest.raises(ChannelNotFoundEntity):
                await channel.queue_declare(guess, passive=True)
    suffixes = {world.local.bus.inbox(name).rpartition(".")[2] for name in world.local.bus.offices}
    assert len(suffixes) == len(world.local.bus.offices)
    assert min(map(len, suffixes)) >= 16


async def test_a_name_that_is_known_tells_two_counts_and_nothing_else(world: World) -> None:
    """Every name but an inbox's can be known. From RabbitMQ 4.2.6 on the question is refused."""
    async with connected(world) as connection:
        for name in KNOWN:
            channel = await connection.channel()
            try:
                answer = await channel.queue_declare(name, passive=True)
            except ChannelAccessRefused:
                continue
            # the protocol's answer has room for nothing else
            assert answer.queue == name
            assert isinstance(answer, aiormq.spec.Queue.DeclareOk)


async def channels(connection: AbstractConnection, number: int) -> None:
    for _ in range(number):
        await connection.channel()


async def test_an_office_opens_so_many_connections_and_channels_and_no_more(world: World) -> None:
    url, opened, refused = world.local.bus.url(OURS), [], 0
    try:
        for _ in range(OFFICE_LIMITS["max-connections"] + 2 * LATE):
            try:
                opened.append(await aiormq.connect(url))
            except REFUSED:
                refused += 1
            if refused == LATE:
                break
            await asyncio.sleep(0.05)
        assert len(opened) < OFFICE_LIMITS["max-connections"] + LATE
        assert refused == LATE
        with pytest.raises((*REFUSED, RuntimeError)):
            await asyncio.wait_for(channels(opened[0], OFFICE_LIMITS["max-channels"] + 5), 30)
    finally:
        for connection in opened:
            await connection.close()
    case = await asyncio.to_thread(world.file, world.bankruptcy("tax_clearance"))
    await asyncio.to_thread(world.delivered, case)  # the others don't notice


async def test_another_virtual_host_is_closed(world: World) -> None:
    bus = world.local.bus
    with pytest.raises(REFUSED):
        await aiormq.connect(bus.servers.url(OURS, bus.secrets.broker_password(OURS), "/"))


def test_the_management_api_is_closed(world: World) -> None:
    bus = world.local.bus
    account = OURS, bus.secrets.broker_password(OURS)
    vhost, url = bus.vhost, bus.servers.management_url
    assert url
    paths = ("overview", "queues", "connections", "users", "definitions", "whoami")
    with httpx.Client(base_url=f"{url}/api/", auth=account, trust_env=False) as asking:
        for path in (*paths, f"queues/{vhost}/q.routing", f"vhosts/{vhost}/permissions"):
            assert asking.get(path).status_code == 401, path
        body: Json = {"vhost": vhost, "name": "evt", "properties": {}, "payload": "{}"}
        assert asking.post(f"exchanges/{vhost}/evt/publish", json=body).status_code == 401

"""What is provisioned is there, again and again, and each user reaches its own and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiormq
import pytest
from aiormq.abc import AbstractChannel
from aiormq.exceptions import AMQPError, ChannelAccessRefused

from fuyuan_contracts.channels import OFFICE_LIMITS, office_out_exchange, office_out_queue
from services.stack.bus import Bus
from services.stack.provision import IncompleteError
from services.stack.provision_amqp import declare_over_amqp, remove_over_amqp
from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.conftest import fresh_bus

OURS, OTHER = "tax.410526", "tax.410500"
REFUSED = (AMQPError, asyncio.CancelledError)
"""aiormq ends what waits for a closing connection with a CancelledError, when that is faster."""
LATE, COUNTING_SECONDS = 20, 0.5
"""The broker counts connections and channels a moment after they are open."""
PERSISTENT = aiormq.spec.Basic.Properties(delivery_mode=2)


@pytest.fixture
async def admin(bus: Bus) -> AsyncIterator[AbstractChannel]:
    connection = await aiormq.connect(bus.admin_url)
    yield await connection.channel()
    await connection.close()


async def test_provisioning_twice_changes_nothing(
    bus: Bus, admin: AbstractChannel, servers: Servers, secrets: Secrets
) -> None:
    await admin.basic_publish(
        b"kept", exchange="inbox", routing_key=OURS, properties=PERSISTENT, mandatory=True
    )
    again = await Bus.declare(servers, secrets, bus.vhost, bus.offices)
    await again.verify()
    got = await admin.basic_get(bus.inbox(OURS), no_ack=True)
    assert got.body == b"kept"


async def lose_binding(_bus: Bus, admin: AbstractChannel) -> str:
    await admin.queue_unbind("q.routing", "evt", "case.filed.#")
    return "binding evt --case.filed.#--> q.routing"


async def lose_queue(bus: Bus, admin: AbstractChannel) -> str:
    await admin.queue_delete(bus.inbox(OURS))
    return f"queue {bus.inbox(OURS)}"


async def lose_exchange(_bus: Bus, admin: AbstractChannel) -> str:
    await admin.exchange_delete(office_out_exchange(OURS))
    return f"exchange {office_out_exchange(OURS)}"


async def change_queue(_bus: Bus, admin: AbstractChannel) -> str:
    await admin.queue_delete("q.routing")
    await admin.queue_declare("q.routing", durable=True, arguments={"x-queue-type": "quorum"})
    return "queue q.routing"


@pytest.mark.usefixtures("management")
@pytest.mark.parametrize("harm", [lose_binding, lose_queue, lose_exchange, change_queue])
async def test_verifying_names_what_is_missing(
    bus: Bus,
    admin: AbstractChannel,
    harm: Callable[[Bus, AbstractChannel], Awaitable[str]],
) -> None:
    await bus.verify()
    lost = await harm(bus, admin)
    with pytest.raises(IncompleteError) as caught:
        await bus.verify()
    assert any(name.startswith(lost) for name in caught.value.missing)


@pytest.mark.usefixtures("management")
async def test_provisioning_again_repairs_a_lost_binding(
    bus: Bus, admin: AbstractChannel, servers: Servers, secrets: Secrets
) -> None:
    await lose_binding(bus, admin)
    await Bus.declare(servers, secrets, bus.vhost, bus.offices)


async def publish_to(channel: AbstractChannel, exchange: str, key: str = "") -> None:
    await channel.basic_publish(
        b"{}", exchange=exchange, routing_key=key, properties=PERSISTENT, mandatory=True
    )


async def ignore(_message: object) -> None:
    """Take a message that must not come."""


FORBIDDEN: dict[str, Callable[[Bus, AbstractChannel], Awaitable[Any]]] = {
    "publish an event": lambda _bus, ours: publish_to(ours, "evt", "case.filed.bankruptcy"),
    "publish as another office": lambda _bus, ours: publish_to(ours, office_out_exchange(OTHER)),
    "publish to an inbox": lambda _bus, ours: publish_to(ours, "inbox", OTHER),
    "publish to a queue by name": lambda bus, ours: publish_to(ours, "", bus.inbox(OTHER)),
    "publish to the dead": lambda _bus, ours: publish_to(ours, "dead", "routing"),
    "read another inbox": lambda bus, ours: ours.basic_get(bus.inbox(OTHER)),
    "consume another inbox": lambda bus, ours: ours.basic_consume(bus.inbox(OTHER), ignore),
    "purge another inbox": lambda bus, ours: ours.queue_purge(bus.inbox(OTHER)),
    "read its own reports": lambda _bus, ours: ours.basic_get(office_out_queue(OURS)),
    "read a service's queue": lambda _bus, ours: ours.basic_get("q.routing"),
    "declare a queue": lambda _bus, ours: ours.queue_declare("q.office.mine", durable=True),
    "declare an unnamed queue": lambda _bus, ours: ours.queue_declare(exclusive=True),
    "declare an exchange": lambda _bus, ours: ours.exchange_declare("office.mine.out"),
    "delete its inbox": lambda bus, ours: ours.queue_delete(bus.inbox(OURS)),
    "bind its inbox to events": lambda bus, ours: ours.queue_bind(bus.inbox(OURS), "evt", "#"),
}


@pytest.mark.usefixtures("management")
@pytest.mark.parametrize("act", FORBIDDEN.values(), ids=FORBIDDEN)
async def test_an_office_is_refused_to(
    module_bus: Bus, act: Callable[[Bus, AbstractChannel], Awaitable[Any]]
) -> None:
    connection = await aiormq.connect(module_bus.url(OURS))
    try:
        with pytest.raises(ChannelAccessRefused):
            await act(module_bus, await connection.channel())
    finally:
        await connection.close()


async def test_an_office_reports_and_reads_its_own_inbox(module_bus: Bus) -> None:
    office = await aiormq.connect(module_bus.url(OURS))
    routing = await aiormq.connect(module_bus.url("routing"))
    try:
        ours, theirs = await office.channel(), await routing.channel()
        await publish_to(ours, office_out_exchange(OURS))
        assert (await theirs.basic_get(office_out_queue(OURS), no_ack=True)).body == b"{}"
        await publish_to(theirs, "inbox", OURS)
        assert (await ours.basic_get(module_bus.inbox(OURS), no_ack=True)).body == b"{}"
    finally:
        await office.close()
        await routing.close()


@pytest.mark.usefixtures("management")
async def test_a_wrong_password_is_refused(module_bus: Bus) -> None:
    secret = module_bus.secrets.broker_password(OURS)
    with pytest.raises((AMQPError, ConnectionError)):
        await aiormq.connect(module_bus.url(OURS).replace(secret, "wrong"))


async def test_without_management_it_is_declared_and_removed_over_amqp(
    bus: Bus, admin: AbstractChannel
) -> None:
    await remove_over_amqp(bus.admin_url, bus.topology)
    await declare_over_amqp(bus.admin_url, bus.topology)
    await declare_over_amqp(bus.admin_url, bus.topology)
    await bus.verify()
    await remove_over_amqp(bus.admin_url, bus.topology)
    with pytest.raises(aiormq.exceptions.ChannelNotFoundEntity):
        await admin.queue_declare("q.routing", passive=True)


@pytest.fixture
async def limited(
    servers: Servers, secrets: Secrets, request: pytest.FixtureRequest
) -> AsyncIterator[Bus]:
    """Two offices nobody else has: a user's connections are counted in all virtual hosts."""
    name = "line" if "channels" in request.node.name else "link"
    async for made in fresh_bus(servers, secrets, (f"{name}.410526", f"{name}.410500")):
        yield made


async def again_and_again(act: Callable[[], Awaitable[Any]]) -> None:
    for _ in range(LATE):
        await act()
        await asyncio.sleep(COUNTING_SECONDS)


@pytest.mark.usefixtures("management")
async def test_an_office_may_open_only_so_many_connections(limited: Bus) -> None:
    ours, other = (limited.url(office) for office in limited.offices)
    open_ = [await aiormq.connect(ours) for _ in range(OFFICE_LIMITS["max-connections"])]
    try:

        async def one_more() -> None:
            open_.append(await aiormq.connect(ours))

        with pytest.raises(REFUSED):
            await again_and_again(one_more)
        await (await aiormq.connect(other)).close()
    finally:
        for connection in open_:
            await connection.close()


@pytest.mark.usefixtures("management")
async def test_an_office_may_open_only_so_many_channels(limited: Bus) -> None:
    connection = await aiormq.connect(limited.url(limited.offices[0]))
    try:
        for _ in range(OFFICE_LIMITS["max-channels"]):
            await connection.channel()
        with pytest.raises(REFUSED):
            await again_and_again(connection.channel)
    finally:
        await connection.close()

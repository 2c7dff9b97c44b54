"""The toy room as a real service, in this process, and what the tests do around it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiormq
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pamqp.commands import Basic

from fuyuan_contracts.envelope import Envelope
from services.runtime import sweeper
from services.runtime.mongo import close_client, database, open_client
from services.runtime.room import Room
from services.runtime.service import Service
from services.runtime.settings import Settings
from services.stack.bus import Bus
from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.conftest import fresh_bus
from tests.runtime.gate import Gate, gate_to
from tests.runtime.toy import QUEUE, ROOM, ToyService, envelope

KEY = Ed25519PrivateKey.generate()
WAIT_SECONDS = 60
TOYS = ("intake", "routing", "metrics", "parking")


@dataclass
class Rig:
    """What the tests do around the service: put messages into queues, look what came of it."""

    bus: Bus
    channel: Any

    async def put(self, body: bytes, queue: str = QUEUE, exchange: str = "", **more: Any) -> None:
        properties = Basic.Properties(delivery_mode=2, **more)
        await self.channel.basic_publish(
            body, exchange=exchange, routing_key=queue, properties=properties
        )

    async def say(self, subject: str, word: str, number: int, **more: Any) -> None:
        message = envelope(subject, word, number, **more)
        await self.put(message.encode(), message_id=message.id)

    async def count(self, queue: str) -> int:
        answer = await self.channel.queue_declare(queue, passive=True)
        return int(answer.message_count)

    async def consumers(self, queue: str) -> int:
        answer = await self.channel.queue_declare(queue, passive=True)
        return int(answer.consumer_count)

    async def connect(self) -> Any:
        return await aiormq.connect(self.bus.admin_url)

    async def take(self, queue: str) -> list[Any]:
        """Take all messages of a queue: `(body, properties)`."""
        found: list[Any] = []
        while True:
            message = await self.channel.basic_get(queue, no_ack=True)
            if not isinstance(message.delivery, Basic.GetOk):
                return found
            found.append((message.body, message.header.properties))

    async def heard(self, queue: str = "q.metrics") -> list[Envelope]:
        """Take what the service has said on `evt`."""
        bodies = [body for body, _ in await self.take(queue)]
        return [Envelope.model_validate_json(body) for body in bodies]


Start = Callable[..., AbstractAsyncContextManager[ToyService]]
Until = Callable[..., Awaitable[None]]


@pytest_asyncio.fixture(params=["pymongo", "motor"])
async def db(request: pytest.FixtureRequest, mongo_url: str, db_name: str) -> AsyncIterator[Any]:
    """A database through either driver."""
    client = open_client(mongo_url, request.param)
    yield database(client, db_name)
    await close_client(client)


@pytest.fixture
def until() -> Until:
    """Wait until something holds."""

    async def wait(holds: Callable[[], Awaitable[Any]], seconds: float = WAIT_SECONDS) -> None:
        async with asyncio.timeout(seconds):
            while True:
                if await holds():
                    return
                await asyncio.sleep(0.02)

    return wait


@pytest.fixture
async def bus(servers: Servers, secrets: Secrets) -> AsyncIterator[Bus]:
    """Those services alone that the toy has to do with: a queue less is 10 ms less a test."""
    async for made in fresh_bus(servers, secrets, services=TOYS):
        yield made


@pytest_asyncio.fixture
async def rig(bus: Bus) -> AsyncIterator[Rig]:
    connection = await aiormq.connect(bus.admin_url)
    yield Rig(bus, await connection.channel(publisher_confirms=True))
    await connection.close()


@pytest.fixture
def start(bus: Bus, mongo_url: str, database_prefix: str, until: Until) -> Start:
    """Run the toy as a service: `async with start() as service`."""

    @asynccontextmanager
    async def running(
        room: Room[Any, Any, Any] = ROOM, *, wait: bool = True, **changes: Any
    ) -> AsyncIterator[ToyService]:
        settings = Settings(
            **{
                "amqp_url": bus.url(room.name),
                "mongo_url": mongo_url,
                "database_prefix": database_prefix,
                "token_public_key": base64.b64encode(KEY.public_key().public_bytes_raw()).decode(),
                "project_seconds": 0.05,
                "sweep_seconds": 0.2,
                "drain_seconds": 3,
                **changes,
            }
        )
        service: ToyService = Service(room, settings)
        try:
            await service.start()
            if wait:
                await until(lambda: ready(service))
            yield service
        finally:
            await service.stop()

    return running


@pytest.fixture
def young(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sweeper look at commits that are 0.3 s old, not 5."""
    monkeypatch.setattr(sweeper, "YOUNG", sweeper.YOUNG * 0.06)


async def ready(service: ToyService) -> bool:
    return all(service.watch.checks.values())


async def stored(service: ToyService, subject: str) -> list[dict[str, Any]]:
    return (await service.commits.load([subject]))[subject]


@pytest_asyncio.fixture
async def broker_gate(bus: Bus) -> AsyncIterator[Gate]:
    async with gate_to(bus.url("routing")) as gate:
        yield gate


@pytest_asyncio.fixture
async def mongo_gate(mongo_url: str) -> AsyncIterator[Gate]:
    async with gate_to(mongo_url) as gate:
        # a driver that knows of the replica set would go round the gate
        gate.url = f"{gate.url.partition('?')[0]}?directConnection=true"
        yield gate

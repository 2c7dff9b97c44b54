"""The parking service on the real broker, and the services whose messages it keeps."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiormq
import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pamqp.commands import Basic

from fuyuan_contracts.channels import DEAD
from services.parking.app import build
from services.parking.model import Fact, Input, State
from services.runtime.auth import AUDIENCE, ISSUER
from services.runtime.service import Service
from services.runtime.settings import Settings
from services.stack.bus import Bus

KEY = Ed25519PrivateKey.generate()
WAIT_SECONDS = 60
Parking = Service[State, Input, Fact]
Ask = Callable[..., Awaitable[httpx.Response]]
Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]


@dataclass
class Rig:
    """What happens around the service: messages die, queues are looked into."""

    bus: Bus
    channel: Any

    async def put(self, body: bytes, exchange: str, key: str, **more: Any) -> None:
        properties = Basic.Properties(delivery_mode=2, **more)
        await self.channel.basic_publish(
            body, exchange=exchange, routing_key=key, properties=properties
        )

    async def die(self, body: bytes, message_id: str, *, service: str = "metrics") -> None:
        """Give a message up, as a service does; each copy has an id of its own."""
        headers = {
            "fuyuan-queue": f"q.{service}",
            "fuyuan-reason": "refused",
            "fuyuan-error": "不可以",
            "fuyuan-attempts": 0,
            "fuyuan-message-id": message_id,
        }
        copy = f"dead.{message_id}"[:60]
        kind = "application/cloudevents+json"
        await self.put(body, DEAD, service, message_id=copy, content_type=kind, headers=headers)

    async def take(self, queue: str) -> list[Any]:
        """Take all messages of a queue: `(body, properties)`."""
        found: list[Any] = []
        while True:
            message = await self.channel.basic_get(queue, no_ack=True)
            if not isinstance(message.delivery, Basic.GetOk):
                return found
            found.append((message.body, message.header.properties))

    async def give_up(self, queue: str, times: int) -> None:
        """Take what a queue gives and die without an acknowledgement, over and over."""
        for _ in range(times):
            connection = await aiormq.connect(self.bus.admin_url)
            channel = await connection.channel()
            await channel.basic_get(queue)
            await connection.close()


@pytest_asyncio.fixture
async def rig(bus: Bus) -> AsyncIterator[Rig]:
    connection = await aiormq.connect(bus.admin_url)
    yield Rig(bus, await connection.channel(publisher_confirms=True))
    await connection.close()


@pytest_asyncio.fixture
async def parking(bus: Bus, mongo_url: str, database_prefix: str) -> AsyncIterator[Parking]:
    settings = Settings(
        amqp_url=bus.url("parking"),
        mongo_url=mongo_url,
        database_prefix=database_prefix,
        token_public_key=base64.b64encode(KEY.public_key().public_bytes_raw()).decode(),
        project_seconds=0.05,
        sweep_seconds=0.2,
        drain_seconds=3,
    )
    service: Parking = Service(build(), settings)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
def ask(parking: Parking) -> Ask:
    """Send a request as somebody: `ask("GET", "", role="operator")`."""

    async def send(
        method: str,
        path: str = "",
        *,
        role: str | None = "operator",
        under: str = "/v1/parked",
        **more: Any,
    ) -> httpx.Response:
        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "k1", "jti": "j1", "role": role}
        claims |= {"name": "李某", "office": "tax.410526", "division": "410500"}
        token = jwt.encode(claims | {"iat": now, "exp": now + timedelta(minutes=5)}, KEY, "EdDSA")
        headers = {"Authorization": f"Bearer {token}"} if role else {}
        transport = httpx.ASGITransport(parking.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://parking") as client:
            return await client.request(method, f"{under}{path}", headers=headers, **more)

    return send


@pytest.fixture
def until() -> Until:
    """Wait until something holds."""

    async def wait(holds: Callable[[], Awaitable[Any]]) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                if await holds():
                    return
                await asyncio.sleep(0.02)

    return wait


@pytest.fixture
def listed(ask: Ask, until: Until) -> Callable[..., Awaitable[list[dict[str, Any]]]]:
    """Wait until the list has so many messages in a state."""

    async def wait(count: int, state: str = "parked") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []

        async def there() -> bool:
            nonlocal items
            items = (await ask("GET", f"?state={state}")).json()["items"]
            return len(items) == count

        await until(there)
        return items

    return wait

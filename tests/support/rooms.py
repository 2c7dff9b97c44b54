"""A room as it runs, on the real database, and requests to it as somebody."""

import base64
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from services.runtime.auth import AUDIENCE, ISSUER
from services.runtime.mongo import close_client, open_client
from services.runtime.room import Room
from services.runtime.service import Service
from services.runtime.settings import Settings
from services.runtime.streams import F, Q, S

KEY = Ed25519PrivateKey.generate()
"""What the access tokens of this run are signed with."""

Ask = Callable[..., Awaitable[httpx.Response]]


def quick(mongo_url: str) -> dict[str, Any]:
    """Settings of a service under test: a database of its own, no long waits."""
    return {
        "mongo_url": mongo_url,
        "database_prefix": f"test{uuid.uuid4().hex[:8]}_",
        "token_public_key": base64.b64encode(KEY.public_key().public_bytes_raw()).decode(),
        "project_seconds": 0.05,
        "drain_seconds": 2,
    }


@asynccontextmanager
async def running(room: Room[S, Q, F], settings: Settings) -> AsyncIterator[Service[S, Q, F]]:
    """Run a service as long as it is used; its database is dropped afterwards."""
    service = Service(room, settings)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()
        client = open_client(settings.mongo_url)
        await client.drop_database(service.db.name)
        await close_client(client)


def bearer(role: str | None, **claims: Any) -> dict[str, str]:
    """Give the header of a caller; none where `role` is None."""
    if role is None:
        return {}
    now = datetime.now(UTC)
    said: dict[str, Any] = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "k1", "jti": "j1", "name": "王某", "role": role,
        "iat": now, "exp": now + timedelta(minutes=15),
    }  # fmt: skip
    return {"Authorization": f"Bearer {jwt.encode(said | claims, KEY, 'EdDSA')}"}


def asking(app: FastAPI, **usually: Any) -> Ask:
    """Send requests as somebody: `ask("GET", path, role="officer", office=…, json=…)`.

    `usually` are the claims of a caller about whom a test says nothing else.
    """

    async def send(method: str, path: str, **more: Any) -> httpx.Response:
        claims = {
            name: more.pop(name, usually.get(name)) for name in ("role", "office", "division")
        }
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://room/v1") as client:
            return await client.request(method, path, headers=bearer(**claims), **more)

    return send

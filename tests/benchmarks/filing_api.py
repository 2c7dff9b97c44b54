"""The HTTP side of the ordinary contestants' intake: JSON Lines in, the case ids out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

from services.intake.bodies import FilingBody

AT_ONCE = 20
"""Filings under way at a time."""
File = Callable[[FilingBody], Awaitable[str]]


def build_app(opened: Callable[[], AbstractAsyncContextManager[File]]) -> FastAPI:
    """Make the API; `opened` connects, and gives what files one case."""
    files: list[File] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with opened() as file:
            files.append(file)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/cases/batch", status_code=202)
    async def file_batch(request: Request) -> dict[str, Any]:
        """File each line; all were stored and passed on when the answer comes."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(line: bytes) -> str:
            async with turn:
                return await files[0](FilingBody.model_validate_json(line))

        body = await request.body()
        return {"cases": await asyncio.gather(*(one(line) for line in body.splitlines()))}

    @app.get("/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": bool(files)}

    return app

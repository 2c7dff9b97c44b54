"""What an operator can have every service do: build its projection anew."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from services.runtime.auth import Caller, Role, needs
from services.runtime.engine import Engine
from services.runtime.http import Problem
from services.runtime.mongo import Collection
from services.runtime.projections import rebuild
from services.runtime.rollups import KEPT, Rollups

LINES = "application/jsonl"
Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]


def build_routes(
    engine: Engine[Any, Any, Any], collection: Collection | None, rollups: Rollups | None = None
) -> APIRouter:
    """Make the route; `collection` is the room's projection, None where it has none."""
    router = APIRouter(prefix="/v1/projection", tags=["operate"])

    @router.get("")
    async def size(_caller: Operator) -> dict[str, int]:
        """Tell how many subjects there are, which is how many a rebuild goes through."""
        return {"subjects": await engine.commits.subjects()}

    @router.post(
        "/rebuild", response_class=StreamingResponse, responses={200: {"content": {LINES: {}}}}
    )
    async def build_anew(_caller: Operator) -> StreamingResponse:
        """Write the projection again from the commits: a JSON line `{done}` after each step.

        The service goes on meanwhile; a document that changes is never written over by an older
        one.
        """
        if collection is None:
            raise Problem(409, "this service has no projection")
        if rollups is not None:  # what is rolled up is derived, too
            await rollups.reset()
        kept = KEPT if rollups else None
        steps = rebuild(engine.stream, engine.commits, collection, kept)
        return StreamingResponse(_lines(steps), media_type=LINES)

    return router


async def _lines(steps: AsyncIterator[int]) -> AsyncIterator[bytes]:
    async for done in steps:
        yield json.dumps({"done": done}).encode() + b"\n"

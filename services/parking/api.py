"""Parked messages, and the note of each backup, over HTTP, for operators."""

from base64 import b64decode
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field

from services.parking.model import Fact, Input, Replay, State
from services.parking.store import Store
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError
from services.runtime.engine import Engine
from services.runtime.http import Body
from services.runtime.mongo import Database
from services.runtime.streams import Work

Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]


class ReplayRequest(Body):
    """Why a message is sent again."""

    why: Annotated[str, Field(min_length=1, max_length=500)]


class BackupNote(Body):
    """What `fuyuan backup` tells of a backup that it has written."""

    taken_at: AwareDatetime
    """The moment it is of."""
    documents: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]
    """Of the file; 0 where that isn't known (it went to a pipe)."""
    sealed: bool
    verified: bool
    """It was read back and found whole."""


def build_routes(engine: Engine[State, Input, Fact], db: Database) -> APIRouter:
    """Make the routes: list, show, replay; backups."""
    router = APIRouter()
    router.include_router(_parked(engine, db))
    router.include_router(_backups(db))
    return router


def _backups(db: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/backups", tags=["backups"])
    store = Store(db)

    @router.get("")
    async def listed(
        _caller: Operator, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> dict[str, Any]:
        return {"items": await store.backups(limit)}

    @router.post("")
    async def note(body: BackupNote, caller: Operator) -> dict[str, Any]:
        told = body.model_dump(exclude={"taken_at"}) | {"by": caller.name}
        await store.note_backup(body.taken_at, told)
        return {"taken_at": body.taken_at}

    return router


def _parked(engine: Engine[State, Input, Fact], db: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/parked", tags=["parked"])
    store = Store(db)

    @router.get("")
    async def page(
        _caller: Operator,
        state: Literal["parked", "replayed", "any"] = "parked",
        after: Annotated[str, Query(max_length=40)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        items = await store.page(None if state == "any" else state, after, limit)
        following = items[-1]["id"] if len(items) == limit else None
        return {"items": items, "next": following, "parked": await store.count("parked")}

    @router.get("/{parked_id}")
    async def show(parked_id: str, _caller: Operator) -> dict[str, Any]:
        folded = await engine.state(parked_id)
        if folded.state.message is None:
            raise NotYetError
        shown = asdict(folded.state)
        shown["message"]["text"] = b64decode(folded.state.message.body).decode("utf-8", "replace")
        return shown

    @router.post("/{parked_id}/replay")
    async def replay(parked_id: str, body: ReplayRequest, caller: Operator) -> dict[str, Any]:
        work: Work[Input] = Work(parked_id, Replay(caller.name, body.why), by=caller.key_id)
        done = await engine.submit(work)
        return {"id": parked_id, "state": done.state.state}

    return router

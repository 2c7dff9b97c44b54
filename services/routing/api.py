"""HTTP of routing: a case's status, with the cases it is joined to."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from services.routing import joining, underway
from services.routing.access import may_see
from services.routing.current import Current
from services.routing.facts import Fact
from services.routing.holding import clock
from services.routing.model import Case, Input
from services.routing.status import status
from services.routing.store import Store
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError
from services.runtime.engine import Engine
from services.runtime.mongo import Database

Anyone = Annotated[Caller, Depends(needs())]
Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]
Json = dict[str, Any]


def build_routes(engine: Engine[Case, Input, Fact], db: Database, current: Current) -> APIRouter:
    """Make routing's routes."""
    router = APIRouter(prefix="/v1")
    store = Store(db)

    @router.get("/cases/{case_id}")
    async def show(case_id: str, caller: Anyone) -> Json:
        state = (await engine.state(case_id)).state
        if not may_see(caller, state):
            raise NotYetError  # who may not see a case is not told that there is one
        return {
            **status(state, current.book, engine.now()),
            "links": await joining.links(store, caller, state),
            "clusters": await joining.told_clusters(store, caller, state),
        }

    @router.get("/cases/{case_id}/clock")
    async def held(case_id: str, caller: Anyone) -> Json:
        """阻塞视图. Who waits for whom, and how long each has held the case."""
        state = (await engine.state(case_id)).state
        if not may_see(caller, state):
            raise NotYetError
        return clock(state, current.book, engine.now())

    @router.get("/progress")
    async def progress(_caller: Operator) -> Json:
        """Count what is under way and what is due; lags by up to a second, like every list."""
        return await underway.progress(store.view, engine.now())

    return router

"""HTTP of routing: cases linked by a person's word, and cases found alike."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from fuyuan_contracts.identifiers import CaseId
from fuyuan_contracts.link_events import Relation
from services.routing import joining
from services.routing.access import may_see
from services.routing.clusters import Sizing
from services.routing.facts import Fact
from services.routing.inputs import Link
from services.routing.model import Case, Input
from services.routing.store import Store
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError
from services.runtime.engine import Engine
from services.runtime.http import Body, FieldError, Problem
from services.runtime.mongo import Database
from services.runtime.personal import Told
from services.runtime.streams import Work

Anyone = Annotated[Caller, Depends(needs())]
Linker = Annotated[Caller, Depends(needs(Role.FILER, Role.LIAISON, Role.OPERATOR))]
Json = dict[str, Any]
MOST_NAMED = 200


class LinkBody(Body):
    """The other case, how the two belong together, and why one says so."""

    other: CaseId
    relation: Relation
    reason: Told


def build_routes(engine: Engine[Case, Input, Fact], db: Database, sizing: Sizing) -> APIRouter:
    """Make the routes; `sizing` is what makes a cluster."""
    router = APIRouter(prefix="/v1/cases")
    store = Store(db)

    async def visible(case_id: str, caller: Caller) -> Case:
        state = (await engine.state(case_id)).state
        if not may_see(caller, state):
            raise NotYetError  # who may not see a case is not told that there is one
        return state

    @router.post("/{case_id}/links")
    async def link(case_id: str, body: LinkBody, caller: Linker) -> Json:
        """Link two cases that the caller may both see. The same link once more changes nothing."""
        await visible(case_id, caller)
        try:
            await visible(body.other, caller)
        except NotYetError as error:
            wrong = FieldError("other", "expected the id of a case that you may see")
            raise Problem(404, "not found", [wrong]) from error
        by = caller.name[:MOST_NAMED].strip() or caller.key_id
        given = Link(body.other, body.relation, body.reason, by=by)
        done = await engine.submit(Work(case_id, given, by=caller.key_id))
        return {"links": await joining.links(store, caller, done.state)}

    @router.get("/{case_id}/links")
    async def links(case_id: str, caller: Anyone) -> Json:
        state = await visible(case_id, caller)
        return {"links": await joining.links(store, caller, state)}

    @router.get("/{case_id}/clusters")
    async def clusters(case_id: str, caller: Anyone) -> Json:
        """Count the cases alike to this one, as they are listed now."""
        state = await visible(case_id, caller)
        found = await joining.clusters_now(store, caller, state, sizing)
        return {"clusters": found, "window_days": sizing.window_days, "least": sizing.least}

    return router

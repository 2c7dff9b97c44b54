"""HTTP of routing: a case's status, the lists, the rules in force and what they would decide."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from fuyuan_contracts.cases import Details, Kind, Lane
from fuyuan_contracts.identifiers import DivisionCode, OfficeId
from services.routing.access import may_see, scope
from services.routing.current import Current
from services.routing.facts import Fact
from services.routing.files import plain
from services.routing.labels import label
from services.routing.model import Case, Input
from services.routing.rulebook import Filing, Rulebook
from services.routing.status import explained, status
from services.routing.store import Search, Store
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError
from services.runtime.engine import Engine
from services.runtime.http import Body, FieldError, Problem
from services.runtime.mongo import Database

Anyone = Annotated[Caller, Depends(needs())]
Desk = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=100)]
State = Annotated[str | None, Query(pattern="^(routing|open|desk|escalated|closed)$")]
Json = dict[str, Any]


class Question(Body):
    """What a filing would say, as far as routing looks at it."""

    division: DivisionCode
    lane: Lane = Lane.ORDINARY
    details: Details


def build_routes(engine: Engine[Case, Input, Fact], db: Database, current: Current) -> APIRouter:
    """Make routing's routes."""
    router = APIRouter(prefix="/v1")
    store = Store(db)

    @router.get("/cases/{case_id}")
    async def show(case_id: str, caller: Anyone) -> Json:
        state = (await engine.state(case_id)).state
        if not may_see(caller, state):
            raise NotYetError  # who may not see a case is not told that there is one
        return status(state, current.book, engine.now())

    @router.get("/cases")
    async def list_(  # noqa: PLR0913, PLR0917 - a query's parameters
        caller: Anyone,
        state: State = None,
        office: OfficeId | None = None,
        kind: Kind | None = None,
        division: DivisionCode | None = None,
        overdue: bool | None = None,  # noqa: FBT001 - a query's parameter
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Json:
        search = Search(state, office, kind, division, overdue)
        return await _page(store, current.book, caller, search, limit, cursor)

    @router.get("/desk")
    async def desk(caller: Desk, limit: Limit = 50, cursor: Cursor = None) -> Json:
        return await _page(store, current.book, caller, Search(desk=True), limit, cursor)

    @router.get("/rules")
    async def rules(_caller: Anyone) -> Json:
        return {**_version(current), **plain(current.version.rules)}

    @router.get("/offices")
    async def offices(_caller: Anyone) -> Json:
        return {**_version(current), **_offices(current)}

    @router.post("/route/explain")
    async def explain_(question: Question, _caller: Anyone) -> Json:
        details = question.details.model_dump(mode="json", exclude_none=True)
        asked = tuple(details.get("needs", ()))
        filing = Filing(details["kind"], question.division, question.lane.value, asked, details)
        return explained(current.book, filing)

    return router


async def _page(  # noqa: PLR0913, PLR0917 - what a page of a list depends on
    store: Store, book: Rulebook, caller: Caller, search: Search, limit: int, cursor: str | None
) -> Json:
    after = _read_cursor(cursor) if cursor else None
    found = await store.cases(scope(caller), search, limit + 1, after)
    shown = found[:limit]
    more = len(found) > limit
    last = _cursor(shown[-1]["filed_at"], shown[-1]["_id"]) if more else None
    return {"cases": [_listed(item, book) for item in shown], "next": last}


def _listed(item: Mapping[str, Any], book: Rulebook) -> Json:
    waiting = item["waiting"] + ([book.liaison_for(item["division"])] if item["desk"] else [])
    shown = {key: value for key, value in item.items() if key not in ("_id", "rev", "next_due")}
    return {
        "case_id": item["_id"],
        **shown,
        "state": label(item["state"]),
        "waiting": [{"office": name, "zh": book.office_name(name).zh} for name in waiting],
    }


def _cursor(filed_at: datetime, case_id: str) -> str:
    return base64.urlsafe_b64encode(f"{filed_at.isoformat()} {case_id}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        moment, case_id = base64.urlsafe_b64decode(cursor).decode().split(" ")
        filed_at = datetime.fromisoformat(moment)
        filed_at.astimezone()
    except (binascii.Error, ValueError, OverflowError) as error:
        wrong = FieldError("cursor", "give the `next` of the page before")
        raise Problem(422, "the cursor is not valid", [wrong]) from error
    return filed_at, case_id


def _version(current: Current) -> Json:
    version = current.version
    return {
        "version": version.book.version,
        "at": version.at,
        "by": version.by,
        "why": version.why,
    }


def _offices(current: Current) -> Json:
    shown = plain(current.version.offices)
    book = current.book
    shown["offices"] = [
        {
            "id": item.id,
            "agency": item.agency,
            "division": item.division,
            "zh": item.name.zh,
            "en": item.name.en,
            "receives": item.receives,
        }
        for item in book.offices.values()
    ]
    return shown

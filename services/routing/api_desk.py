"""HTTP of the liaison desk 联席办: what waits there, and what its officer decides by hand."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from fuyuan_contracts.identifiers import OfficeId
from services.routing.access import may_see, may_send, scope
from services.routing.as_rule import AsRule
from services.routing.changing import Changes, Said
from services.routing.current import Current
from services.routing.facts import Fact
from services.routing.labels import label
from services.routing.model import Case, Input, Recall, Route, Transfer
from services.routing.status import status
from services.routing.store import Store
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError
from services.runtime.engine import Engine
from services.runtime.http import Body, FieldError, Problem
from services.runtime.mongo import Database
from services.runtime.personal import Told
from services.runtime.streams import Work

Desk = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
Officer = Annotated[Caller, Depends(needs(Role.LIAISON))]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=100)]
MAX_LINE = 200
Json = dict[str, Any]


class Place(Body):
    """Where a task goes, and why."""

    office: OfficeId
    reason: Told


class Routed(Place):
    """A task's office, and whether that shall be the rule from now on."""

    as_rule: AsRule | None = None


class Why(Body):
    """Why something is decided."""

    reason: Told


def build_routes(  # noqa: C901 - one function a route
    engine: Engine[Case, Input, Fact], db: Database, current: Current
) -> APIRouter:
    """Make the desk's routes."""
    router = APIRouter(prefix="/v1")
    store, changes = Store(db), Changes(engine, db, current)

    async def decide(case_id: str, given: Input, caller: Caller, *, dry_run: bool) -> Json:
        """Take the decision and show the case after it; a dry run only tells whether it can be."""
        if dry_run:
            state = (await engine.state(case_id)).state
            for fact in engine.stream.decide(state, given, engine.now()):
                state = engine.stream.evolve(state, fact)
        else:
            state = (await engine.submit(Work(case_id, given, by=caller.key_id))).state
        return {"dry_run": dry_run, **status(state, current.book, engine.now())}

    async def see(case_id: str, caller: Caller) -> Case:
        state = (await engine.state(case_id)).state
        if not may_see(caller, state):
            raise NotYetError  # who may not see a case is not told that there is one
        return state

    @router.get("/desk")
    async def desk(caller: Desk, limit: Limit = 50, cursor: Cursor = None) -> Json:
        after = _read_cursor(cursor) if cursor else None
        found = await store.desk(scope(caller).divisions or "", limit + 1, after)
        page, more = found[:limit], len(found) > limit
        items = [item for case in page for item in _items(case)]
        return {"items": items, "next": _cursor(page[-1]) if more else None}

    @router.post("/cases/{case_id}/tasks/{task}/route")
    async def route(
        case_id: str,
        task: str,
        place: Routed,
        caller: Officer,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - a query's parameter
    ) -> Json:
        state = await see(case_id, caller)
        _check(place.office, caller, current)
        given = Route(task, place.office, place.reason, current.book, _name(caller))
        ruled = await _ruled(changes, caller, state, task, place, dry_run=True)
        shown = await decide(case_id, given, caller, dry_run=dry_run)
        if not dry_run:  # both can be, so both are
            ruled = await _ruled(changes, caller, state, task, place, dry_run=False)
        return {**shown, **ruled}

    @router.post("/cases/{case_id}/tasks/{task}/transfer")
    async def transfer(
        case_id: str,
        task: str,
        place: Place,
        caller: Officer,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - a query's parameter
    ) -> Json:
        await see(case_id, caller)
        _check(place.office, caller, current)
        given = Transfer(task, place.office, place.reason, current.book, _name(caller))
        return await decide(case_id, given, caller, dry_run=dry_run)

    @router.post("/cases/{case_id}/assignments/{assignment_id}/recall")
    async def recall(
        case_id: str,
        assignment_id: str,
        why: Why,
        caller: Officer,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - a query's parameter
    ) -> Json:
        await see(case_id, caller)
        given = Recall(assignment_id, why.reason, current.book, _name(caller))
        return await decide(case_id, given, caller, dry_run=dry_run)

    return router


async def _ruled(  # noqa: PLR0913 - what a rule comes from
    changes: Changes, caller: Caller, state: Case, task: str, place: Routed, *, dry_run: bool
) -> Json:
    """Make a rule of what is decided by hand, where that is wanted: `{as_rule: ...}`."""
    if place.as_rule is None or state.filing is None:
        return {}
    why = place.as_rule.why or " ".join(place.reason.split())[:MAX_LINE]
    said = Said(caller, why, dry_run=dry_run, more={"case_id": state.case_id, "task": task})
    made = await changes.from_desk(said, state.filing, task, place.office, place.as_rule)
    return {"as_rule": made}


def _check(office: str, caller: Caller, current: Current) -> None:
    """Refuse an office beyond the caller's reach. One that isn't there the decision refuses."""
    found = current.book.offices.get(office)
    if found is not None and not may_send(caller, found):
        wrong = FieldError("office", f"{office} is neither of your division nor of its city")
        raise Problem(422, "refused", [wrong])


def _name(caller: Caller) -> str:
    return caller.name or caller.key_id


def _items(case: Mapping[str, Any]) -> Iterator[Json]:
    """Give each task of a case that waits at the desk, oldest first."""
    for item in case["desk_items"]:
        why = label(item["why"])
        if level := item.get("level"):
            desk = label(level)
            item["reason"] = f"超期，提级至{desk['zh']} / overdue, risen to {desk['en']}"
        yield {
            "case_id": case["_id"],
            "number": case["number"],
            "title": case["title"],
            "kind": case["kind"],
            "division": case["division"],
            "filer": case["filer"],
            **item,
            "why": why,
            "reason": item.get("reason") or why["zh"],
        }


def _cursor(case: Mapping[str, Any]) -> str:
    said = f"{case['desk_since'].isoformat()} {case['_id']}"
    return base64.urlsafe_b64encode(said.encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        moment, case_id = base64.urlsafe_b64decode(cursor).decode().split(" ")
        since = datetime.fromisoformat(moment)
        since.astimezone()
    except (binascii.Error, ValueError, OverflowError) as error:
        wrong = FieldError("cursor", "give the `next` of the page before")
        raise Problem(422, "the cursor is not valid", [wrong]) from error
    return since, case_id

"""HTTP of the ladder: urging an office by hand 催办, and what has risen, for the agenda 议程."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from fuyuan_contracts.identifiers import DivisionCode
from services.routing.access import may_see, scope
from services.routing.current import Current
from services.routing.facts import Fact
from services.routing.history import named
from services.routing.labels import label
from services.routing.ladder_facts import Level
from services.routing.model import Case, Input, Urge
from services.routing.rulebook import Rulebook
from services.routing.status import status
from services.routing.store import Store
from services.routing.workdays import passed
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError, division_prefix
from services.runtime.engine import Engine
from services.runtime.http import Body, FieldError, Problem
from services.runtime.mongo import Database
from services.runtime.personal import Told
from services.runtime.streams import Work

Desk = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
Officer = Annotated[Caller, Depends(needs(Role.LIAISON))]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=100)]
Json = dict[str, Any]


class Words(Body):
    """What the office is told."""

    reason: Told


def build_routes(engine: Engine[Case, Input, Fact], db: Database, current: Current) -> APIRouter:
    """Make the ladder's routes."""
    router = APIRouter(prefix="/v1")
    store = Store(db)

    @router.post("/cases/{case_id}/assignments/{assignment_id}/urge")
    async def urge(
        case_id: str,
        assignment_id: str,
        words: Words,
        caller: Officer,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - a query's parameter
    ) -> Json:
        """Urge an office: once a day a person, while the task is in the office's hands."""
        state = (await engine.state(case_id)).state
        if not may_see(caller, state):
            raise NotYetError  # who may not see a case is not told that there is one
        book = current.book
        given = Urge(
            assignment_id, words.reason, caller.name or caller.key_id,
            f"liaison.{caller.division}",
        )  # fmt: skip
        if dry_run:
            for fact in engine.stream.decide(state, given, engine.now()):
                state = engine.stream.evolve(state, fact)
        else:
            state = (await engine.submit(Work(case_id, given, by=caller.key_id))).state
        return {"dry_run": dry_run, **status(state, book, engine.now())}

    @router.get("/agenda")
    async def agenda(
        caller: Desk,
        division: DivisionCode | None = None,
        level: Level | None = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Json:
        """List overdue tasks that have risen, the longest overdue first.

        Of the caller's area, or of a division in it with what is below it.
        """
        seen = scope(caller).divisions
        prefixes = [] if seen is None else [seen]
        prefixes += [division_prefix(division)] if division else []
        after = _read_cursor(cursor) if cursor else None
        found = await store.agenda(prefixes, level, limit + 1, after)
        page, more = found[:limit], len(found) > limit
        now, book = engine.now(), current.book
        items = [item for case in page for item in _items(case, level, book, now)]
        return {"items": items, "next": _cursor(page[-1]) if more else None}

    return router


def _items(
    case: Mapping[str, Any], level: str | None, book: Rulebook, now: datetime
) -> Iterator[Json]:
    for item in case["agenda"]:
        if level in (None, item["level"]):
            yield {
                "case_id": case["_id"],
                "number": case["number"],
                "title": case["title"],
                "kind": case["kind"],
                "division": case["division"],
                **item,
                "office": named(book, item["office"]),
                "level_name": label(item["level"]),
                "overdue_days": passed(item["due"], now),
            }


def _cursor(case: Mapping[str, Any]) -> str:
    said = f"{case['agenda_due'].isoformat()} {case['_id']}"
    return base64.urlsafe_b64encode(said.encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        moment, case_id = base64.urlsafe_b64decode(cursor).decode().split(" ")
        due = datetime.fromisoformat(moment)
        due.astimezone()
    except (binascii.Error, ValueError, OverflowError) as error:
        wrong = FieldError("cursor", "give the `next` of the page before")
        raise Problem(422, "the cursor is not valid", [wrong]) from error
    return due, case_id

"""Published bulletins over HTTP: publish, restate, list, read, verify."""

from typing import Any

from fastapi import APIRouter, Response

from fuyuan_contracts.identifiers import DivisionCode, Line
from services.metrics.api_drafts import Cursor, Desk, Desks, Division, Limit
from services.metrics.asking import check_definitions
from services.metrics.catalogue.counting import DEFINITIONS_VERSION
from services.metrics.drafting import Scope
from services.metrics.editions import (
    change_page,
    change_text,
    draft_page,
    edition_page,
    frozen,
    row_page,
)
from services.metrics.periods import Period
from services.metrics.published import (
    ChangedError,
    Publish,
    Published,
    changes,
    check_over,
    decide,
    subject,
)
from services.runtime.domain import NotYetError, division_prefix
from services.runtime.http import Body, FieldError, Problem
from services.runtime.personal import Told
from services.runtime.problems import AGAIN
from services.runtime.streams import Work

Json = dict[str, Any]


class Publishing(Body):
    """发布通报: of a period that is over; `restate` says why one published before is restated."""

    period: Line
    division: DivisionCode | None = None
    restate: Told | None = None
    definitions: int | None = None


def build_routes(desks: Desks) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/v1", tags=["bulletins"])
    engine, drafting = desks.engine, desks.drafting

    @routes.post("/bulletins", status_code=201, responses=AGAIN)
    async def publish(
        body: Publishing, caller: Desk, response: Response, *, dry_run: bool = False
    ) -> Json:
        """发布通报. The same again changes nothing; what changed since needs `restate`."""
        scope = desks.scope(body.period, body.division, caller)
        check_definitions(body.definitions)
        check_over(scope.period.end, engine.now())
        await desks.ready()
        as_of = engine.now()
        sections = await drafting.sections(scope, with_cases=True)
        given = Publish(
            scope.division,
            scope.period.begin,
            scope.period.end,
            DEFINITIONS_VERSION,
            as_of,
            frozen(sections),
            sections,
            caller.name or caller.key_id,
            body.restate,
        )
        about = subject(scope.division, scope.period.text)
        try:
            if dry_run:
                response.status_code = 200
                return await _rehearse(desks, about, given)
            done = await engine.submit(Work(about, given, by=caller.key_id))
        except ChangedError as error:
            wrong = [FieldError(item.figure, change_text(item)) for item in error.changes]
            raise Problem(409, error.message, wrong) from error
        bulletin = done.state.bulletin
        if bulletin is None or bulletin.last is None:
            raise NotYetError
        response.status_code = 201 if done.facts else 200
        return edition_page(bulletin, bulletin.last.edition, drafting.places)

    @routes.get("/bulletins")
    async def listed(
        caller: Desk, division: Division = None, limit: Limit = 50, before: Cursor = None
    ) -> Json:
        """已发布的通报. The latest period first."""
        code = division or caller.division
        if code is not None and not caller.covers(code):
            wrong = [FieldError("division", f"expected one within {caller.division}")]
            raise Problem(403, "another liaison office's division", wrong)
        prefix = division_prefix(code) if code else ""
        rows = await drafting.store.bulletins(prefix, before, limit)
        more = rows[-1]["order"] if len(rows) == limit else None
        return {"bulletins": [row_page(row, drafting.places) for row in rows], "next": more}

    @routes.get("/bulletins/{id_}")
    async def read(id_: str, caller: Desk) -> Json:
        """Read an edition as it was frozen; the last one where none is named (`@2`)."""
        bulletin, edition = await desks.found(id_, caller)
        return edition_page(bulletin, edition.edition, drafting.places)

    @routes.get("/bulletins/{id_}/verify")
    async def verify(id_: str, caller: Desk) -> Json:
        """核对. Count again, and list the figures that differ from what was published."""
        _, edition = await desks.found(id_, caller)
        if edition.definitions != DEFINITIONS_VERSION:
            was, now = edition.definitions, DEFINITIONS_VERSION
            raise Problem(409, f"published by definitions {was}, figures are counted by {now} now")
        await desks.ready()
        return await _verified(desks, edition)

    return routes


async def _rehearse(desks: Desks, about: str, given: Publish) -> Json:
    """Say what publishing would give, and change nothing."""
    state = (await desks.engine.state(about)).state.bulletin
    new = decide(state, given, desks.engine.now())
    last = state.last if state else None
    period, division = Period(given.begin, given.end), given.division
    more: Json = {"as_of": given.as_of, "sections": given.sections, "would_publish": bool(new)}
    found = changes(last.figures, given.figures) if last else []
    more["changes"] = [change_page(item) for item in found]
    return draft_page(period, division, desks.drafting.places, more)


async def _verified(desks: Desks, edition: Published) -> Json:
    """Count again, and list what differs."""
    as_of, period = desks.engine.now(), Period(edition.begin, edition.end)
    sections = await desks.drafting.sections(Scope(edition.division, period), with_cases=True)
    differing = changes(edition.figures, frozen(sections))
    return {
        "id": f"{edition.division}:{period.text}@{edition.edition}",
        "as_of": as_of,
        "published_as_of": edition.as_of,
        "same": not differing,
        "checked": len(edition.figures),
        "differences": [change_page(item) for item in differing],
    }

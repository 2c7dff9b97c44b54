"""HTTP of the offices: which there are, a new one, and what changes about one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from fuyuan_contracts.identifiers import OfficeId
from services.routing.changing import Changes, Said, shown
from services.routing.current import Current, Version
from services.routing.drafts import changed_office, with_office
from services.routing.files import AgencyEntry, OfficeEntry, Offices, Rules, plain
from services.routing.surveying import RoutingEngine
from services.runtime.auth import Caller, Role, needs
from services.runtime.http import Body, FieldError, Problem
from services.runtime.mongo import Database
from services.runtime.personal import ToldLine

Anyone = Annotated[Caller, Depends(needs())]
Desk = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
DryRun = Annotated[bool, Query()]
Base = Annotated[int, Field(ge=1, le=2**31 - 1)]
Json = dict[str, Any]


class NewOffice(Body):
    """An office that joins."""

    id: OfficeId
    zh: ToldLine | None = None
    """Its own name; None: the division's and the agency's."""
    en: ToldLine | None = None
    receives: bool = True
    hosted: bool = True
    agency: AgencyEntry | None = None
    """Its agency, where that is new, too."""
    why: ToldLine
    base_version: Base | None = None
    """None: whichever version is the newest."""


class OfficeChange(Body):
    """What changes about an office; what is left out stays, a name of null is the usual one."""

    zh: ToldLine | None = None
    en: ToldLine | None = None
    receives: bool = True
    hosted: bool = True
    why: ToldLine
    base_version: Base | None = None
    force: bool = False
    """Also when it has open assignments, which go on there, and gets no new ones."""


def build_routes(engine: RoutingEngine, db: Database, current: Current) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/v1")
    changes = Changes(engine, db, current)

    @router.get("/offices")
    async def offices(_caller: Anyone) -> Json:
        return {**shown(current.version), **_offices(current.version)}

    @router.post("/offices", status_code=201)
    async def add(body: NewOffice, caller: Desk, dry_run: DryRun = False) -> Json:  # noqa: FBT002 - a query's parameter
        said = Said(caller, body.why, body.base_version, dry_run)
        fields = body.model_dump(include={"id", "zh", "en", "receives", "hosted"})

        def draft(newest: Version) -> tuple[Rules, Offices]:
            return newest.rules, with_office(newest.offices, OfficeEntry(**fields), body.agency)

        return await changes.make(said, draft)

    @router.patch("/offices/{office_id}")
    async def change(
        office_id: str,
        body: OfficeChange,
        caller: Desk,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        said = Said(caller, body.why, body.base_version, dry_run, body.force)
        given = body.model_fields_set & {"zh", "en", "receives", "hosted"}
        if not given:
            wrong = FieldError("body", "expected one of zh, en, receives, hosted")
            raise Problem(422, "nothing is to be changed", [wrong])
        fields = body.model_dump(include=given)

        def draft(newest: Version) -> tuple[Rules, Offices]:
            return newest.rules, changed_office(newest.offices, office_id, fields)

        return await changes.make(said, draft)

    return router


def _offices(version: Version) -> Json:
    hosted = {item.id: item.hosted for item in version.offices.offices}
    return plain(version.offices) | {
        "offices": [
            {
                "id": item.id,
                "agency": item.agency,
                "division": item.division,
                "zh": item.name.zh,
                "en": item.name.en,
                "receives": item.receives,
                "hosted": hosted[item.id],
            }
            for item in version.book.offices.values()
        ]
    }

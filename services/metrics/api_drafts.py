"""Bulletins as they come out now, over HTTP; and the cases behind a figure."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from fuyuan_contracts.identifiers import DivisionCode, OfficeId
from services.metrics.api import MetricsEngine
from services.metrics.asking import check_definitions, check_office, figure_of, identified, scope_of
from services.metrics.catalogue.counting import DEFINITIONS_VERSION
from services.metrics.catalogue.figure import Figure
from services.metrics.catalogue.sections import FIGURES
from services.metrics.drafting import Drafting, Scope
from services.metrics.editions import draft_page
from services.metrics.page import figure_page, words
from services.metrics.published import Bulletin, Published, subject
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError, business_day
from services.runtime.http import FieldError, Problem

Json = dict[str, Any]
Desk = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
PeriodText = Annotated[str, Query(max_length=40, description="统计期，如 2024-01..2024-06")]
Division = Annotated[DivisionCode | None, Query(description="行政区划；市级代码含其县区")]
Definitions = Annotated[int | None, Query(ge=1, description="口径版本")]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=100)]
BulletinId = Annotated[str, Query(max_length=60, description="如 410500:2024-01..2024-06@1")]


@dataclass(frozen=True, slots=True)
class Desks:
    """What the routes work with."""

    engine: MetricsEngine
    drafting: Drafting

    def scope(self, period: str, division: str | None, caller: Caller) -> Scope:
        """Check what is asked for."""
        today = business_day(self.engine.now())
        return scope_of(period, division, caller, self.drafting.places, today)

    async def ready(self) -> None:
        """Raise Problem (503) while something was counted by other definitions."""
        if await self.drafting.store.outdated():
            raise Problem(503, "cases were counted by other definitions: fuyuan rebuild metrics")

    async def found(self, id_: str, caller: Caller) -> tuple[Bulletin, Published]:
        """Find an edition. Raises NotYetError for one that isn't there, or is another's."""
        division, period, number = identified(id_)
        state = (await self.engine.state(subject(division, period.text))).state.bulletin
        if state is None or state.last is None or not caller.covers(division):
            raise NotYetError
        edition = state.editions.get(number or state.last.edition)
        if edition is None:
            raise NotYetError
        return state, edition


def build_routes(desks: Desks) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/v1", tags=["bulletins"])
    engine, drafting = desks.engine, desks.drafting

    @routes.get("/bulletin")
    async def draft(
        caller: Desk,
        period: PeriodText,
        division: Division = None,
        definitions: Definitions = None,
    ) -> Json:
        """通报（草稿）. Every figure of the period as it stands now."""
        scope = desks.scope(period, division, caller)
        check_definitions(definitions)
        await desks.ready()
        as_of = engine.now()
        more = {"as_of": as_of, "sections": await drafting.sections(scope)}
        return draft_page(scope.period, scope.division, drafting.places, more)

    @routes.get("/bulletin/figures")
    async def catalogue(_caller: Desk) -> Json:
        """指标目录. What is counted, by which date, of which cohort."""
        figures = [
            {
                "id": figure.id,
                **words(figure.name),
                "unit": words(figure.unit),
                "by": words(figure.by),
                "cohort": words(figure.cohort),
                "definition": words(figure.definition),
                "cumulative": figure.cumulative,
                "city_only": figure.city,
            }
            for figure in FIGURES.values()
        ]
        return {"definitions_version": DEFINITIONS_VERSION, "figures": figures}

    @routes.get("/bulletin/figures/{figure}/cases")
    async def explain(  # noqa: PLR0913, PLR0917 - a query's parameters
        figure: str,
        caller: Desk,
        period: PeriodText | None = None,
        division: Division = None,
        bulletin: BulletinId | None = None,
        office: OfficeId | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Json:
        """指标明细. The cases behind a figure, by id: of a period or a bulletin's, of an office."""
        chosen = figure_of(figure)
        check_office(chosen, office)
        if bulletin is not None:
            division, days, _ = identified(bulletin)
            period = days.text
        if period is None:
            raise Problem(422, "a period is needed", [FieldError("period", "Field required")])
        scope = desks.scope(period, division, caller)
        await desks.ready()
        found = await drafting.cases(scope, chosen, office)
        ids = sorted(found)
        page = [id_ for id_ in ids if cursor is None or id_ > cursor][:limit]
        value = await drafting.figure(scope, chosen)
        return {
            "figure": figure_page(chosen, value, {}),
            "total": len(ids),
            "cases": [_behind(found[id_], chosen) for id_ in page],
            "next": page[-1] if page and page[-1] != ids[-1] else None,
        }

    return routes


def _behind(item: Json, figure: Figure) -> Json:
    part = figure.shown_by
    mine = [
        entry
        for entry in item["entries"]
        if part.sum in entry and all(entry.get(name) == it for name, it in part.where.items())
    ]
    office = next((entry["office"] for entry in mine if "office" in entry), None)
    return {
        "case_id": item["_id"],
        "what": item["what"],
        "date": min(entry["on"] for entry in mine),
        "office": office,
        "adds": sum(entry[part.sum] for entry in mine),
    }

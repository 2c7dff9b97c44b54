"""The summary over HTTP, and what metrics knows of one case."""

from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from fuyuan_contracts.cases import Kind
from fuyuan_contracts.identifiers import CaseId, DivisionCode
from services.metrics import store as s
from services.metrics.definitions import definitions
from services.metrics.facts import Fact
from services.metrics.model import Subject
from services.metrics.periods import parse
from services.metrics.rules import Input
from services.metrics.summary import figures, rows
from services.metrics.views import view
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError
from services.runtime.engine import Engine
from services.runtime.http import FieldError, Problem
from services.runtime.mongo import Database

Json = dict[str, Any]
MetricsEngine = Engine[Subject, Input, Fact]
Reader = Annotated[Caller, Depends(needs(Role.OFFICER, Role.LIAISON, Role.OPERATOR))]
Watcher = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
PeriodText = Annotated[
    str | None, Query(max_length=40, description="统计期，如 2024-01..2024-06 (filed_on)")
]


def scoped(query: s.Query, caller: Caller) -> s.Query:
    """Narrow a query to what the caller watches over: its divisions, or its own office.

    Raises Problem (403) for a division that is not the caller's.
    """
    match caller.role:
        case Role.OPERATOR:
            return query
        case Role.LIAISON:
            division = query.division or caller.division
            if division is None or not caller.covers(division):
                wrong = FieldError("division", f"expected one within {caller.division}")
                raise Problem(403, "another liaison office's division", [wrong])
            return replace(query, division=division)
        case _:
            return replace(query, office=caller.office)


def build_routes(engine: MetricsEngine, db: Database) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/v1", tags=["figures"])
    store = s.Store(db)

    @routes.get("/summary")
    async def summary(  # noqa: PLR0913, PLR0917 - a query's parameters
        caller: Reader,
        period: PeriodText = None,
        by: s.By = "agency",
        division: DivisionCode | None = None,
        kind: Kind | None = None,
        lang: Literal["zh", "en"] | None = None,
    ) -> Json:
        """汇总. By default of all time, by agency; definitions in both languages."""
        days = parse(period) if period is not None else None
        wanted = s.Query(days, division, kind.value if kind else None)
        query = scoped(wanted, caller)
        cases, given = await store.cases(query, (by,)), await store.assignments(query, (by,))
        waited = await store.waits(query, (by,))
        # a case is in the row of each of its agencies: the total is no sum of the rows
        totals = figures(await store.cases(query, ()), given, waited)
        if caller.role is not Role.OFFICER:
            totals["parked"] = sum(item.counts["parked"] for item in await store.parked())
        return {
            "as_of": engine.now(),
            "by": by,
            "cohort": asdict(query),
            "rows": rows(cases, given, waited),
            "totals": totals,
            "definitions": definitions(lang),
        }

    @routes.get("/cases/{id_}/facts")
    async def facts(id_: CaseId, caller: Watcher) -> Json:
        """Show what metrics knows of a case, as it is stored now."""
        state = (await engine.state(id_)).state
        if state.case is None or not _watched(caller, state.case.division):
            raise NotYetError  # that it exists is none of another office's business
        return {"case_id": id_, **(view(state) or {})}

    return routes


def _watched(caller: Caller, division: str | None) -> bool:
    return caller.role is Role.OPERATOR or (division is not None and caller.covers(division))

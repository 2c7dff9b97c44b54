"""The yearly scorecard over HTTP: points, what they are made of, and where the cases are."""

from datetime import date
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query

from fuyuan_contracts.identifiers import OfficeId
from services.metrics.api_drafts import Desk, Desks, Division
from services.metrics.asking import scope_of
from services.metrics.catalogue.entries import seat
from services.metrics.drafting import Scope
from services.metrics.page import words
from services.metrics.periods import Period
from services.metrics.places import Places
from services.metrics.scorecard import STREAMS, Card, Part, Weights, cards
from services.runtime.auth import Caller
from services.runtime.domain import RefusedError, business_day

Json = dict[str, Any]
Year = Annotated[int, Query(ge=1950, le=2199, description="年度")]
NOTE = {
    "zh": "某单位没有的项目不计分也不扣分：其权重按比例分给其余各项（weighs）。",
    "en": "A component of which an office has nothing neither punishes nor rewards: its weight is "
    "shared out among the others (weighs).",
}


def build_routes(desks: Desks, weights: Weights) -> APIRouter:
    """Make the route."""
    routes = APIRouter(prefix="/v1", tags=["scorecard"])
    places = desks.drafting.places

    @routes.get("/scorecard")
    async def scorecard(
        caller: Desk, year: Year, division: Division = None, office: OfficeId | None = None
    ) -> Json:
        """年度考核. Each office's points, component by component."""
        if office and not places.has(office):
            raise RefusedError("of no agency and division here", "office")
        today = business_day(desks.engine.now())
        code = division or (seat(office) if office else None)
        asked = scope_of(str(year), code, caller, places, today, "year")
        await desks.ready()
        as_of = desks.engine.now()
        # an office is sued, or owes, in cases of other divisions, too
        whole = Scope(places.city, Period(date(year, 1, 1), date(year, 12, 31)))
        cubes = {stream: await desks.drafting.rows(whole, stream) for stream in STREAMS}
        mine = [card for card in cards(cubes, weights) if _is_of(card, asked.division, office)]
        return {
            "year": year,
            "division": {"code": asked.division, **words(places.division(asked.division))},
            "as_of": as_of,
            "weights_version": weights.version,
            "note": NOTE,
            "offices": [_page(card, whole, weights, places, caller) for card in mine],
        }

    return routes


def _is_of(card: Card, division: str, office: str | None) -> bool:
    if office:
        return card.office == office
    within = division[:4] if division.endswith("00") else division
    return seat(card.office).startswith(within)


def _page(card: Card, scope: Scope, weights: Weights, places: Places, caller: Caller) -> Json:
    division = caller.division or scope.division
    return {
        "office": card.office,
        **words(places.office(card.office)),
        "points": _number(card.points),
        "rank": card.rank,
        "components": [
            _component(part, card.office, scope.period, weights, division) for part in card.parts
        ],
    }


def _component(part: Part, office: str, period: Period, weights: Weights, division: str) -> Json:
    component = part.component
    query = urlencode({"period": period.text, "division": division, "office": office})
    numerator, denominator = (
        f"/v1/bulletin/figures/{figure}/cases?{query}" for figure in component.figures
    )
    return {
        "id": component.id,
        **words(component.name),
        "numerator": part.numerator,
        "denominator": part.denominator,
        "share": float(part.share) if part.share is not None else None,
        "weight": weights.of[component.id],
        "weighs": _number(part.weight),
        "points": _number(part.points),
        "counted": part.counted,
        "cases": {"counted": numerator, "all": denominator},
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 2)

"""What is asked of bulletins: period, division, definitions, figure; checked, field by field."""

from datetime import date

from services.metrics.catalogue.counting import DEFINITIONS_VERSION, STREAMS
from services.metrics.catalogue.figure import Figure
from services.metrics.catalogue.sections import FIGURES
from services.metrics.drafting import Scope
from services.metrics.periods import Period, parse
from services.metrics.places import Places
from services.runtime.auth import Caller
from services.runtime.domain import RefusedError
from services.runtime.http import FieldError, Problem

FIRST = date(1950, 1, 1)
"""Before it nothing is looked for: no case can be as old."""


def scope_of(  # noqa: PLR0913, PLR0917 - what is asked, by whom, where and when
    period: str,
    division: str | None,
    caller: Caller,
    places: Places,
    today: date,
    field: str = "period",
) -> Scope:
    """Check a period and a division; the caller's own, or the city, where none is named.

    Raises RefusedError with a field, Problem (403) for a division that is not the caller's.
    """
    days = parse(period)
    if days.begin < FIRST:
        raise RefusedError(f"begins before {FIRST}", field)
    if days.begin > today:
        raise RefusedError(f"lies in the future: today is {today}", field)
    code = division or caller.division or places.city
    if code not in places.divisions:
        raise RefusedError("not a division of this deployment (deploy/offices.yaml)", "division")
    if not caller.covers(code):
        wrong = [FieldError("division", f"expected one within {caller.division}")]
        raise Problem(403, "another liaison office's division", wrong)
    return Scope(code, days)


def check_definitions(version: int | None) -> None:
    """Refuse a version of the definitions that this system doesn't count by."""
    if version not in {None, DEFINITIONS_VERSION}:
        raise RefusedError(f"unknown: figures are counted by {DEFINITIONS_VERSION}", "definitions")


def figure_of(id_: str) -> Figure:
    """Find a figure. Raises RefusedError for one that isn't in the catalogue."""
    if id_ not in FIGURES:
        raise RefusedError("no such figure: GET /v1/bulletin/figures lists them", "figure")
    return FIGURES[id_]


def check_office(figure: Figure, office: str | None) -> None:
    """Refuse an office where a figure isn't counted by offices."""
    if office and "office" not in STREAMS[figure.shown_by.stream].keys:
        raise RefusedError(f"{figure.id} is not counted by office", "office")


def identified(id_: str) -> tuple[str, Period, int | None]:
    """Take a bulletin's id apart: `410500:2024-01..2024-06`, of an edition with `@2` behind.

    Raises RefusedError for what is none.
    """
    division, colon, rest = id_.partition(":")
    text, at, edition = rest.partition("@")
    if not colon or (at and not (edition.isascii() and edition.isdigit())):
        raise RefusedError("expected an id such as 410500:2024-01..2024-06@1", "id")
    return division, parse(text), int(edition) if at else None

"""HTTP of routing: the lists of cases, searched and paged, within what the caller may see."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from fuyuan_contracts.cases import Kind
from fuyuan_contracts.identifiers import DivisionCode, OfficeId
from services.routing.access import scope
from services.routing.current import Current
from services.routing.facts import Fact
from services.routing.grams import fold
from services.routing.labels import label
from services.routing.model import Case, Input
from services.routing.querying import HIDDEN, RISEN
from services.routing.rulebook import Rulebook, city_of
from services.routing.searching import POSITION, STATES, Scope, Search
from services.routing.store import Store
from services.runtime.auth import Caller, needs
from services.runtime.engine import Engine
from services.runtime.http import FieldError, Problem
from services.runtime.mongo import Database

Anyone = Annotated[Caller, Depends(needs())]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=200)]
State = Annotated[str | None, Query(pattern=f"^({'|'.join(STATES)})$")]
Words = Annotated[str | None, Query(min_length=1, max_length=200)]
Verdict = Literal["lost", "won", "dismissed", "mediated", "withdrawn"]
Json = dict[str, Any]
LIAISON = "liaison"
"""The agency whose desks cases wait at."""


def build_routes(_engine: Engine[Case, Input, Fact], db: Database, current: Current) -> APIRouter:
    """Make the routes of the lists."""
    router = APIRouter(prefix="/v1")
    store = Store(db)

    @router.get("/cases")
    async def search_(  # noqa: PLR0913, PLR0917 - a query's parameters
        caller: Anyone,
        q: Words = None,
        number: Words = None,
        party: Words = None,
        office: OfficeId | None = None,
        state: State = None,
        overdue: bool | None = None,  # noqa: FBT001 - a query's parameter
        desk: bool | None = None,  # noqa: FBT001 - a query's parameter
        waiting: OfficeId | None = None,
        kind: Kind | None = None,
        verdict: Verdict | None = None,
        division: DivisionCode | None = None,
        filed_from: date | None = None,
        filed_to: date | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Json:
        """Search the cases one may see, the latest filed first.

        A page may hold fewer cases than `limit`, even none, and still have a `next`: it then looked
        through as many cases as a page may.
        """
        _not_blank(q=q, number=number, party=party)
        if filed_from and filed_to and filed_to < filed_from:
            wrong = FieldError("filed_to", "expected a day that is not before filed_from")
            raise Problem(422, "the request is not valid", [wrong])
        search = Search(
            state=state, office=office, kind=kind, verdict=verdict, division=division,
            overdue=overdue, desk=desk, waiting=waiting, q=q, number=number, party=party,
            filed_from=filed_from, filed_to=filed_to,
        )  # fmt: skip
        return await _page(store, current.book, scope(caller), search, limit, cursor)

    return router


async def _page(  # noqa: PLR0913, PLR0917 - what a page of a list depends on
    store: Store, book: Rulebook, seen: Scope, search: Search, limit: int, cursor: str | None
) -> Json:
    mark = _mark(seen, search)
    after = _read_cursor(cursor, mark) if cursor else None
    page = await store.cases(seen, _at_desk(search, book), limit, after)
    following = _cursor(page.next, mark) if page.next else None
    return {"cases": [listed(item, book) for item in page.cases], "next": following}


def listed(item: Mapping[str, Any], book: Rulebook) -> Json:
    """Show a listed case."""
    division = item["division"]
    levels = {one.get("level") in RISEN for one in item.get("desk_items", ())}
    desks = [book.liaison_for(city_of(division) if risen else division) for risen in levels]
    waiting = item["waiting"] + sorted(desks)
    inner = {"_id", "rev", "next_due", *HIDDEN}
    shown = {key: value for key, value in item.items() if key not in inner}
    return {
        "case_id": item["_id"],
        **shown,
        "state": label(item["state"]),
        "waiting": [{"office": name, "zh": book.office_name(name).zh} for name in waiting],
    }


def _at_desk(search: Search, book: Rulebook) -> Search:
    """Look for what waits for a liaison office where it is: at the desks it answers for."""
    office = book.offices.get(search.waiting or "")
    if office is None or office.agency != LIAISON:
        return search
    division = office.division
    own = {office.division for office in book.offices.values() if office.agency == LIAISON}
    below = tuple(sorted(own - {division}))
    return replace(search, waiting=None, at_desk_of=(division, below))


def _not_blank(**texts: str | None) -> None:
    for field, text in texts.items():
        if text is not None and not fold(text):
            wrong = FieldError(field, "expected at least one character that is no space")
            raise Problem(422, "the request is not valid", [wrong])


def _mark(seen: Scope, search: Search) -> str:
    """Tell a question apart from another one; pages of any size may follow each other."""
    return hashlib.sha256(repr((seen, search)).encode()).hexdigest()[:16]


def _cursor(position: str, mark: str) -> str:
    return base64.urlsafe_b64encode(f"{mark} {position}".encode()).decode()


def _read_cursor(cursor: str, mark: str) -> str:
    try:
        found, position = base64.urlsafe_b64decode(cursor).decode().split(" ", maxsplit=1)
    except (binascii.Error, ValueError) as error:
        raise _wrong_cursor("give the `next` of the page before") from error
    if found != mark or not POSITION.fullmatch(position):
        raise _wrong_cursor("give the `next` of a page of this same search")
    return position


def _wrong_cursor(said: str) -> Problem:
    return Problem(422, "the cursor is not valid", [FieldError("cursor", said)])

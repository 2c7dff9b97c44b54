"""HTTP of instructions 批示/督办: issued, listed, closed."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Response

from fuyuan_contracts.identifiers import DivisionCode, OfficeId
from fuyuan_contracts.liaison_events import InstructionId
from services.liaison import model as m
from services.liaison.bodies import Closing, Instructing, case_of
from services.liaison.desk import (
    Cursor,
    Desk,
    DryRun,
    Json,
    Keeper,
    Limit,
    Officer,
    Token,
    area,
    name,
)
from services.liaison.instructing import first_in_time
from services.liaison.pages import shown
from services.liaison.store import END, Page
from services.liaison.views import scope
from services.runtime.auth import Caller, Role
from services.runtime.domain import NotYetError, RefusedError, division_prefix
from services.runtime.http import FieldError, Problem
from services.runtime.problems import AGAIN

CREATED, THERE = 201, 200


def build_routes(desk: Desk) -> APIRouter:
    """Make the routes."""
    api = APIRouter(prefix="/v1/instructions", tags=["instructions 批示督办"])

    @api.post("", status_code=CREATED, responses=AGAIN, summary="登记批示")
    async def issue(
        body: Instructing,
        caller: Keeper,
        token: Token,
        response: Response,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        """201 once it is stored; 200 for the same again, 409 for the number with other content."""
        division = await desk.division(caller, token, body.division)
        if body.meeting is not None:
            await _known_meeting(desk, caller, body.meeting)
        order = body.order(division, case_of(body.case_id, body.assignment_id))
        state, new = await desk.issue(order, caller, token, dry_run=dry_run)
        response.status_code = CREATED if new and not dry_run else THERE
        return desk.page(state, dry_run=dry_run)

    @api.get("", summary="批示列表")
    async def listing(  # noqa: PLR0913, PLR0917 - a query's parameters
        caller: Officer,
        state: Literal["open", "overdue", "closed"] | None = None,
        office: OfficeId | None = None,
        division: DivisionCode | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Json:
        """List by due day: an officer's own office's, a liaison office's of its area."""
        page = _page(caller, state, office, division)
        if state in ("open", "overdue"):
            turn = first_in_time(desk.engine.now()).isoformat()
            page = replace_span(page, *((turn, END) if state == "open" else ("", turn)))
        return await paged(desk, page, "instructions", limit, cursor)

    @api.get("/{instruction_id}", summary="批示")
    async def one(instruction_id: InstructionId, caller: Officer) -> Json:
        return desk.page(await _seen(desk, caller, instruction_id))

    @api.post("/{instruction_id}/close", summary="批示办结")
    async def close(
        instruction_id: InstructionId,
        body: Closing,
        caller: Officer,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        """Close it, as its owner's officer or the liaison office; in time or not by our clock."""
        await _seen(desk, caller, instruction_id)
        office = caller.office if caller.role is Role.OFFICER else None
        given = m.Close(body.result, body.closed_on, office, name(caller))
        return await desk.enter(instruction_id, given, caller, dry_run=dry_run)

    return api


async def paged(desk: Desk, page: Page, what: str, limit: int, cursor: str | None) -> Json:
    """Give a page of a list."""
    if cursor:
        page = _from(page, cursor)
    found = await desk.store.page(page, limit + 1)
    listed, now = found[:limit], desk.engine.now()
    following = _cursor(listed[-1]) if len(found) > limit else None
    return {what: [shown(item, now) for item in listed], "next": following}


def narrowed(caller: Caller, division: str | None) -> str | None:
    """Give the area a list is about, within the caller's; None where they don't meet."""
    own, asked = area(caller), division_prefix(division) if division else ""
    if asked.startswith(own):
        return asked
    return own if own.startswith(asked) else None


def replace_span(page: Page, since: str, until: str) -> Page:
    """Look at a span of a list's order only."""
    return Page(page.scope, since, until, page.after, page.latest_first, page.more)


def nothing(what: str) -> Page:
    """Give a list of which nothing is the caller's to see."""
    return Page(scope(what, "none"))


def _page(caller: Caller, state: str | None, office: str | None, division: str | None) -> Page:
    standing = () if state is None else ("closed" if state == "closed" else "open",)
    if caller.role is Role.OFFICER:
        within = division_prefix(division) if division else ""
        own = caller.office or "none"
        if office not in (None, own):
            return nothing("instruction")
        return Page(scope("instruction", own, *standing), more=_within(within))
    within_ = narrowed(caller, division)
    if within_ is None:
        return nothing("instruction")
    if office is None:
        return Page(scope("instruction", within_, *standing))
    return Page(scope("instruction", office, *standing), more=_within(within_))


def _within(prefix: str) -> Mapping[str, Any] | None:
    # ":" comes after "9"
    return {"division": {"$gte": prefix, "$lt": prefix + ":"}} if prefix else None


async def _seen(desk: Desk, caller: Caller, instruction_id: str) -> m.Instruction:
    """Give an instruction that the caller may see and close. Raises NotYetError (404)."""
    state = await desk.state(instruction_id)
    if isinstance(state, m.Instruction) and state.issued is not None:
        order = state.issued.order
        own = caller.role is Role.OFFICER and caller.office == order.office
        if own or caller.covers(order.division):
            return state
    raise NotYetError(instruction_id)  # who may not see it is not told that there is one


async def _known_meeting(desk: Desk, caller: Caller, meeting_id: str) -> None:
    try:
        await desk.meeting(caller, meeting_id)
    except NotYetError:
        raise RefusedError("there is no such meeting, or none of yours", "meeting") from None


def _cursor(document: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{document['order']}\n{document['_id']}".encode()).decode()


def _from(page: Page, cursor: str) -> Page:
    try:
        order, id_ = base64.urlsafe_b64decode(cursor).decode().split("\n")
    except (binascii.Error, ValueError) as error:
        wrong = FieldError("cursor", "give the `next` of the page before")
        raise Problem(422, "the cursor is not valid", [wrong]) from error
    return Page(page.scope, page.since, page.until, (order, id_), page.latest_first, page.more)

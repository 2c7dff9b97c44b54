"""HTTP of the directory of members and liaison offices, and of the budget line."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from fuyuan_contracts.identifiers import DivisionCode
from services.liaison import model as m
from services.liaison.api import CREATED, THERE, narrowed, nothing, paged
from services.liaison.bodies import Budgeting, Changing, Joining, Leaving, Spending
from services.liaison.desk import Cursor, Desk, DryRun, Json, Keeper, Limit, Token, name
from services.liaison.parts import MemberRole
from services.liaison.rules import member_subject
from services.liaison.store import Page
from services.liaison.views import scope
from services.runtime.auth import Caller
from services.runtime.domain import NotYetError
from services.runtime.problems import AGAIN

MemberId = Annotated[str, Path(pattern=r"^[a-z2-7]{16}$")]
Year = Annotated[int, Path(ge=1990, le=2199)]


def build_routes(desk: Desk) -> APIRouter:
    """Make the routes."""
    api = APIRouter(prefix="/v1", tags=["people and budget 成员与经费"])
    _add_directory(api, desk)
    _add_budget(api, desk)
    return api


def _add_directory(api: APIRouter, desk: Desk) -> None:
    @api.post("/directory", status_code=CREATED, responses=AGAIN, summary="增加成员")
    async def add(
        body: Joining,
        caller: Keeper,
        token: Token,
        response: Response,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        """Add somebody, or a liaison office; again after having left, with a later day."""
        member = body.member(await desk.division(caller, token, body.division))
        given = m.Add(member, body.since, name(caller))
        state, facts = await desk.take(member_subject(member), given, caller, dry_run=dry_run)
        response.status_code = CREATED if facts and not dry_run else THERE
        return desk.page(state, dry_run=dry_run)

    @api.get("/directory", summary="成员名录")
    async def listing(  # noqa: PLR0913, PLR0917 - a query's parameters
        caller: Keeper,
        division: DivisionCode | None = None,
        role: MemberRole | None = None,
        former: bool = False,  # noqa: FBT001, FBT002 - a query's parameter
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Json:
        """List who is in the directory (with `former`: and who was), by division and organ."""
        within = narrowed(caller, division)
        standing = () if former else ("current",)
        more = {"role": role} if role else None
        page = Page(scope("member", within, *standing), more=more) if within is not None else None
        return await paged(desk, page or nothing("member"), "members", limit, cursor)

    @api.get("/directory/{member_id}", summary="成员")
    async def one(member_id: MemberId, caller: Keeper) -> Json:
        return desk.page(await _seen(desk, caller, member_id))

    @api.patch("/directory/{member_id}", summary="变更成员")
    async def change(
        member_id: MemberId,
        body: Changing,
        caller: Keeper,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        """Change post, role or phone from a day on; what it was stays in the history."""
        state = await _seen(desk, caller, member_id)
        given = m.Change(body.changes(), body.since, name(caller))
        return await desk.enter(state.id, given, caller, dry_run=dry_run)

    @api.post("/directory/{member_id}/end", summary="退出成员")
    async def end(
        member_id: MemberId,
        body: Leaving,
        caller: Keeper,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        state = await _seen(desk, caller, member_id)
        return await desk.enter(state.id, m.End(body.until, name(caller)), caller, dry_run=dry_run)


async def _seen(desk: Desk, caller: Caller, member_id: str) -> m.Person:
    state = await desk.state(m.MEMBER + member_id)
    if isinstance(state, m.Person) and state.member and caller.covers(state.member.division):
        return state
    raise NotYetError(member_id)


def _add_budget(api: APIRouter, desk: Desk) -> None:
    @api.get("/budget", summary="经费列表")
    async def listing(
        caller: Keeper,
        division: DivisionCode | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Json:
        """List the years' budgets of the caller's area, the latest first."""
        within = narrowed(caller, division)
        page = Page(scope("budget", within), latest_first=True) if within is not None else None
        return await paged(desk, page or nothing("budget"), "budgets", limit, cursor)

    @api.get("/budget/{division}/{year}", summary="经费")
    async def one(division: DivisionCode, year: Year, caller: Keeper) -> Json:
        state = await desk.state(f"{m.BUDGET}{division}:{year}")
        if not caller.covers(division) or not isinstance(state, m.Budget) or not state.settings:
            raise NotYetError(state.id)
        return desk.page(state)

    @api.put("/budget/{division}/{year}", summary="核定经费")
    async def set_(  # noqa: PLR0913, PLR0917 - a request's parts
        division: DivisionCode,
        year: Year,
        body: Budgeting,
        caller: Keeper,
        token: Token,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        """Set a year's budget; another sum later needs its reason (`why`)."""
        await desk.division(caller, token, division)
        given = m.SetBudget(body.amount_fen, body.why, name(caller))
        return await desk.enter(f"{m.BUDGET}{division}:{year}", given, caller, dry_run=dry_run)

    @api.post("/budget/{division}/{year}/spend", summary="经费支出")
    async def spend(
        division: DivisionCode,
        year: Year,
        body: Spending,
        caller: Keeper,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        """Enter an expense within the budget, or take one back whole."""
        if not caller.covers(division):
            raise NotYetError(division)
        given = m.Spend(body.expense(), name(caller))
        return await desk.enter(f"{m.BUDGET}{division}:{year}", given, caller, dry_run=dry_run)

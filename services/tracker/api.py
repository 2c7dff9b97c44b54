"""HTTP of the tracker: the list, a project's file, what is entered into it, the next meetings."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from fuyuan_contracts.identifiers import ProjectId
from fuyuan_contracts.times import Day
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError, business_day, division_prefix
from services.runtime.engine import Engine
from services.runtime.streams import Work
from services.tracker import model as m
from services.tracker import store as s
from services.tracker.access import area
from services.tracker.bodies import Disputing, Funding, Listing, Meeting, Moving
from services.tracker.labels import label
from services.tracker.pages import Json, file, row
from services.tracker.rules import next_meetings

MEETING_PROJECTS = 200
"""Most projects shown for one meeting."""

Keeper = Annotated[Caller, Depends(needs(Role.OFFICER, Role.LIAISON, Role.OPERATOR))]
TrackerEngine = Engine[m.Project, m.Input, m.Fact]


def build_routes(engine: TrackerEngine, store: s.Store, limit: m.Limit) -> APIRouter:
    """Make the routes; disputes are judged by `limit`."""
    api = APIRouter(prefix="/v1", tags=["projects 问题楼盘"])
    _add_reading(api, engine, store)
    _add_writing(api, engine, limit)
    return api


async def _seen_by(caller: Caller, engine: TrackerEngine, project: str) -> m.Project:
    """Fold a project. Raises NotYetError also for one outside the caller's area."""
    state = (await engine.state(project)).state
    if state.registered_on is None or not state.division.startswith(area(caller)):
        raise NotYetError(project)  # who may not see it is not told that there is one
    return state


def _add_reading(api: APIRouter, engine: TrackerEngine, store: s.Store) -> None:
    @api.get("/projects", summary="问题楼盘列表")
    async def listing(caller: Keeper, asked: Annotated[Listing, Query()]) -> Json:
        day = business_day(engine.now())
        query = s.Query(
            area=area(caller),
            division=division_prefix(asked.division or ""),
            stage=asked.stage,
            risk=asked.risk,
            after=asked.cursor or "",
        )
        found = await store.projects(query, asked.limit + 1, day)
        page, more = found[: asked.limit], len(found) > asked.limit
        items = [row(item, day) for item in page]
        return {"projects": items, "next": page[-1]["_id"] if more else None}

    @api.get("/projects/{project}", summary="项目档案")
    async def one(project: ProjectId, caller: Keeper) -> Json:
        return file(await _seen_by(caller, engine, project), business_day(engine.now()))

    @api.get("/meetings/next", summary="下一轮会议及议题")
    async def meetings(
        caller: Keeper, day: Annotated[Day | None, Query(alias="date")] = None
    ) -> Json:
        now = business_day(engine.now())
        planned = [
            {
                "meeting": label(meeting),
                "on": on,
                "projects": await _agenda(store, meeting, on, area(caller), now),
            }
            for on, meeting in next_meetings(day or now)
        ]
        return {"meetings": planned}


async def _agenda(
    store: s.Store, meeting: m.Meeting, on: date, within: str, now: date
) -> list[Json]:
    if meeting is m.Meeting.PETITION_RECEPTION:
        found = await store.disputed(within, MEETING_PROJECTS, on)
    else:
        found = await store.to_meet(meeting.value, within, MEETING_PROJECTS)
    return [row(item, now) for item in found]


def _add_writing(api: APIRouter, engine: TrackerEngine, limit: m.Limit) -> None:
    async def enter(caller: Caller, project: str, given: m.Input) -> Json:
        await _seen_by(caller, engine, project)
        done = await engine.submit(Work(project, given, by=caller.key_id))
        return file(done.state, business_day(engine.now()))

    @api.post("/projects/{project}/stage", summary="变更环节")
    async def move(project: ProjectId, caller: Keeper, body: Moving) -> Json:
        return await enter(caller, project, body.input())

    @api.post("/projects/{project}/funding", summary="资金入账与冲销")
    async def fund(project: ProjectId, caller: Keeper, body: Funding) -> Json:
        return await enter(caller, project, body.input())

    @api.post("/projects/{project}/disputes", summary="纠纷登记")
    async def dispute(project: ProjectId, caller: Keeper, body: Disputing) -> Json:
        return await enter(caller, project, body.input(limit))

    @api.post("/projects/{project}/meetings", summary="会议记录")
    async def meet(project: ProjectId, caller: Keeper, body: Meeting) -> Json:
        return await enter(caller, project, body.input())

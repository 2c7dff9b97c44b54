"""HTTP of meetings: recorded, listed, what is due for the next, decisions made instructions."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from fuyuan_contracts.identifiers import DivisionCode
from fuyuan_contracts.ids import meeting_id as id_of_meeting
from fuyuan_contracts.liaison_events import MeetingId, MeetingType
from fuyuan_contracts.times import Day
from services.liaison import model as m
from services.liaison.agenda import agenda
from services.liaison.api import CREATED, THERE, narrowed, nothing, paged
from services.liaison.bodies import Deciding, Meeting
from services.liaison.desk import Cursor, Desk, DryRun, Json, Keeper, Limit, Token, name
from services.liaison.recording import Recording
from services.liaison.store import Page
from services.liaison.views import scope
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.http import FieldError, Problem
from services.runtime.problems import AGAIN

LIMITED = "/v1/meetings"
MAX_BYTES = 512 * 1024
"""What minutes may be, so that the event that tells of them fits into a message."""


def build_routes(desk: Desk) -> APIRouter:
    """Make the routes."""
    api = APIRouter(prefix="/v1/meetings", tags=["meetings 会议"])
    _add_writing(api, desk)
    _add_reading(api, desk)
    return api


def _add_writing(api: APIRouter, desk: Desk) -> None:
    @api.post("", status_code=CREATED, responses=AGAIN, summary="会议记录")
    async def record(
        body: Meeting,
        caller: Keeper,
        token: Token,
        response: Response,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        """201 once it is stored; 200 for the same again, 409 for the reference otherwise used."""
        minutes = body.minutes(await desk.division(caller, token, body.division))
        subject = id_of_meeting(minutes.division, minutes.type, minutes.reference)
        said = m.Record(minutes, tuple(item.review("") for item in body.reviews))
        state, facts = await desk.take(subject, said, caller, dry_run=True)
        if not facts:
            response.status_code = THERE
            return desk.page(state)
        page = await Recording(desk, subject, minutes, caller, dry_run).record(body, token)
        response.status_code = THERE if dry_run else CREATED
        return page

    @api.post(
        "/{meeting_id}/decisions/{decision}/instruct",
        status_code=CREATED,
        responses=AGAIN,
        summary="议定事项转批示",
    )
    async def instruct(  # noqa: PLR0913, PLR0917 - a request's parts
        meeting_id: MeetingId,
        decision: Annotated[int, Path(ge=1, le=50)],
        body: Deciding,
        caller: Keeper,
        token: Token,
        response: Response,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        """Make an instruction of a decision; it may become several, for several owners."""
        meeting = await desk.meeting(caller, meeting_id)
        if meeting.recorded is None or not meeting.has(decision):
            raise NotYetError(meeting_id)
        minutes = meeting.recorded.minutes
        by = body.issued_by or minutes.chaired_by
        if by is None:
            raise RefusedError("is needed: the meeting doesn't say who chaired it", "issued_by")
        order = body.order(minutes, decision, meeting_id, by)
        state, new = await desk.issue(order, caller, token, dry_run=dry_run)
        if not dry_run:
            await desk.take(meeting_id, m.Instruct(decision, state.id, name(caller)), caller)
        response.status_code = CREATED if new and not dry_run else THERE
        return desk.page(state, dry_run=dry_run)


def _add_reading(api: APIRouter, desk: Desk) -> None:
    @api.get("", summary="会议列表")
    async def listing(
        caller: Keeper,
        type: MeetingType | None = None,  # noqa: A002 - a query's parameter
        division: DivisionCode | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Json:
        """List the meetings of the caller's area, the latest first."""
        within = narrowed(caller, division)
        kind = (type,) if type else ()
        page = (
            Page(scope("meeting", within, *kind), latest_first=True) if within is not None else None
        )
        return await paged(desk, page or nothing("meeting"), "meetings", limit, cursor)

    @api.get("/agenda", summary="下次会议议题")
    async def due(
        caller: Keeper,
        token: Token,
        type: MeetingType = "joint_conference",  # noqa: A002 - a query's parameter
        on: Annotated[Day | None, Query()] = None,
        division: DivisionCode | None = None,
    ) -> Json:
        """List what is due for a meeting of this type on a day (today)."""
        within = narrowed(caller, division)
        if within is None:
            raise Problem(403, "refused", [FieldError("division", "is not yours, nor below it")])
        return await agenda(desk, token, type, on or desk.today, within, division)

    @api.get("/{meeting_id}", summary="会议")
    async def one(meeting_id: MeetingId, caller: Keeper) -> Json:
        return desk.page(await desk.meeting(caller, meeting_id))

"""What is due for the next meeting: made from what is open, never written by hand."""

from datetime import date

from services.liaison.desk import Desk, Json
from services.liaison.labels import label
from services.liaison.pages import shown
from services.liaison.parts import MeetingType
from services.liaison.store import Document, Page
from services.liaison.views import scope

MOST = 1000
"""Entries of one part of an agenda: far above what a meeting can deal with."""
RISEN: dict[MeetingType, str | None] = {"joint_conference": "conference", "liaison_meeting": None}
"""The meetings that deal with overdue tasks, and how far these must have risen."""


async def agenda(  # noqa: PLR0913, PLR0917 - what an agenda is of
    desk: Desk, token: str, type_: MeetingType, on: date, within: str, division: str | None
) -> Json:
    """List overdue instructions, decisions not carried out, and what the type adds.

    A conference: the overdue tasks that have risen to it; a liaison meeting: all that have risen. A
    loss review: lost lawsuits not reviewed yet. Raises UnavailableError where routing can't say.
    """
    found: Json = {
        "type": label(type_),
        "on": on,
        "instructions": await _overdue(desk, on, within),
        "decisions": await _decisions(desk, within),
    }
    if type_ in RISEN:
        found["tasks"] = await desk.routing.risen(token, division, RISEN[type_])
    if type_ == "loss_review":
        lost = await desk.routing.lost(token, division)
        done = await desk.store.reviewed(item["case_id"] for item in lost)
        found["lawsuits"] = [_lawsuit(item) for item in lost if item["case_id"] not in done]
    return found


async def _overdue(desk: Desk, on: date, within: str) -> list[Json]:
    """List the instructions that are open and whose day will have passed."""
    page = Page(scope("instruction", within, "open"), until=on.isoformat())
    return [shown(item, desk.engine.now()) for item in await desk.store.page(page, MOST)]


async def _decisions(desk: Desk, within: str) -> list[Json]:
    """List the decisions that are no instruction yet, then those of which one is open."""
    waiting = await desk.store.page(Page(scope("meeting", within, "pending")), MOST)
    open_ = await desk.store.page(Page(scope("instruction", within, "decided", "open")), MOST)
    going: dict[tuple[str, int], list[Document]] = {}
    for item in open_:
        going.setdefault((item["meeting_id"], item["decision"]), []).append(item)
    meetings = await desk.store.meetings(meeting for meeting, _ in going)
    fresh = [
        _decision(meeting, item["decision"], [])
        for meeting in waiting
        for item in meeting["decisions"]
        if not item["instructions"]
    ]
    now = desk.engine.now()
    return fresh + [
        _decision(meetings[meeting], number, [shown(item, now) for item in items])
        for (meeting, number), items in going.items()
        if meeting in meetings
    ]


def _decision(meeting: Document, number: int, instructions: list[Json]) -> Json:
    wanted = ("instruction_id", "number", "office", "due_on", "state")
    return {
        "meeting_id": meeting["_id"],
        "meeting": meeting["title"],
        "type": label(meeting["type"]),
        "on": meeting["on"],
        "decision": number,
        "text": meeting["decisions"][number - 1]["text"],
        "instructions": [{name: item[name] for name in wanted} for item in instructions],
    }


def _lawsuit(case: Json) -> Json:
    wanted = ("case_id", "number", "title", "division", "filed_on", "ended_at")
    return {name: case.get(name) for name in wanted}

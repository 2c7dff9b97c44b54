"""What an operator can ask of every service about its messages (`fuyuan reconcile` does)."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from services.runtime.auth import Caller, Role, needs, revoked_keys
from services.runtime.http import Body, Problem
from services.runtime.mongo import Database
from services.runtime.retelling import Asked, NotSkippedError, Retelling

Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]
PREFIX = "/v1/messages"
LIMITS = {f"{PREFIX}/unheard": 16 * 1024 * 1024}
"""Bytes of a body that holds messages."""
SUBJECTS, MESSAGES = 500, 2000
MAX_NUMBER = 2**31 - 1
Line = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[int, Field(ge=1, le=MAX_NUMBER)]


class Page(Body):
    """Which subjects: those named, else the next `limit` after `after`."""

    after: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=SUBJECTS)] = 200
    subjects: Annotated[list[Line], Field(max_length=SUBJECTS)] | None = None
    grace_seconds: Annotated[float, Field(ge=0, le=86_400)] = 0
    """What was stored less than this ago is left out: it may be on its way."""


class Message(Body):
    """A message and through whose queue it would have come."""

    body: str
    office: Annotated[str, Field(max_length=60)] | None = None
    inbox: bool = False


class Messages(Body):
    """Messages that should be known."""

    messages: Annotated[list[Message], Field(max_length=MESSAGES)]


class Subjects(Body):
    """Some subjects."""

    subjects: Annotated[list[Line], Field(max_length=SUBJECTS)]


class Again(Body):
    """Which messages to send again: by subject their numbers."""

    messages: Annotated[dict[Line, list[Number]], Field(max_length=SUBJECTS)]


class Skip(Body):
    """Which numbers are given up: all of the subject's to `upto`."""

    subject: Line
    upto: Number


def build_routes(retelling: Retelling[Any, Any, Any], db: Database) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix=PREFIX, tags=["operate"])
    _add_asking(router, retelling, db)
    _add_mending(router, retelling)
    return router


def _add_asking(router: APIRouter, retelling: Retelling[Any, Any, Any], db: Database) -> None:

    async def subjects_of(page: Page) -> tuple[list[str], str | None]:
        if page.subjects is not None:
            return page.subjects, None
        found = await retelling.page(page.after, page.limit)
        return found, found[-1] if len(found) == page.limit else None

    @router.post("/said")
    async def said(page: Page, _caller: Operator) -> dict[str, Any]:
        """Give all messages of a page of subjects; `next` is where the next page begins."""
        subjects, following = await subjects_of(page)
        until = retelling.now() - timedelta(seconds=page.grace_seconds)
        messages = [asdict(item) for item in await retelling.said(subjects, until)]
        return {"messages": messages, "next": following}

    @router.post("/heard")
    async def heard(page: Page, _caller: Operator) -> dict[str, Any]:
        """Tell the highest number of each source and subject that was decided on, in a page."""
        subjects, following = await subjects_of(page)
        found = await retelling.heard(subjects)
        rows = [
            {"source": name[0], "subject": name[1], "upto": upto} for name, upto in found.items()
        ]
        return {"heard": rows, "next": following}

    @router.post("/known")
    async def known(body: Subjects, _caller: Operator) -> dict[str, int]:
        """Tell the last number each subject has used here; 0 for one that is not known."""
        return await retelling.known(body.subjects)

    @router.post("/unheard")
    async def unheard(body: Messages, _caller: Operator) -> dict[str, list[int]]:
        """Tell which of these were not decided on here and should be: their places, from 0."""
        asked = [Asked(**item.model_dump()) for item in body.messages]
        return {"unheard": await retelling.unheard(asked)}

    @router.get("/revoked")
    async def revoked(_caller: Operator) -> dict[str, list[str]]:
        """List the access keys that are void here: a revocation is no decision on a subject."""
        return {"revoked": await revoked_keys(db)}


def _add_mending(router: APIRouter, retelling: Retelling[Any, Any, Any]) -> None:

    @router.post("/resend")
    async def resend(body: Again, _caller: Operator) -> dict[str, int]:
        """Send messages again, with the ids they have; who has them drops them."""
        return {"confirmed": await retelling.resend(body.messages)}

    @router.post("/skip")
    async def skip(body: Skip, caller: Operator) -> dict[str, int]:
        """Give up a subject's numbers, which others were told facts under that are lost here."""
        try:
            return {"skipped": await retelling.skip(body.subject, body.upto, caller.key_id)}
        except NotSkippedError as error:
            raise Problem(409, str(error)) from error

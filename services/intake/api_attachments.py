"""附件 over HTTP: files of a case are added, listed and read; who reads one is kept."""

import secrets
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from fuyuan_contracts.identifiers import CaseId
from fuyuan_contracts.ids import attachment_id
from fuyuan_contracts.link_events import AttachmentId
from services.intake import attaching, files, views
from services.intake import facts as f
from services.intake import model as m
from services.intake.api import Desk, trace_of
from services.intake.store import Files
from services.intake.uploads import Limits, Upload, announced
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.http import Problem, UnavailableError
from services.runtime.problems import AGAIN
from services.runtime.streams import Work

STREAMED = r"/v1/cases/[^/]+/attachments"
AT_ONCE = 16
"""Uploads under way in this process; more are told to come again: each may fill a spool."""
Party = Annotated[Caller, Depends(needs(Role.FILER, Role.OFFICER, Role.LIAISON))]
PartyOrOperator = Annotated[Caller, Depends(needs())]
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",
    "Cache-Control": "private, no-cache",
}


@dataclass
class Cabinet:
    """What files need beside the desk: where their bytes are, and what is taken."""

    desk: Desk
    files: Files
    limits: Limits
    under_way: int = 0

    async def case(self, id_: str, caller: Caller) -> tuple[m.Case, f.Filed]:
        """Read a case for who may have its files. Raises NotYetError (404), Problem 403."""
        if caller.role is not Role.OFFICER:
            return await self.desk.seen_by(id_, caller)
        case, filed = await self.desk.case(id_)
        if not case.has(caller.office or ""):
            raise Problem(403, "your office has no open task of this case")
        return case, filed

    async def take(self, id_: str, name: str, caller: Caller, request: Request) -> tuple[bool, Any]:
        """Take a file in: whether it is new, and what is kept of it."""
        if self.under_way >= AT_ONCE:
            raise UnavailableError
        self.under_way += 1
        try:
            with Upload(announced(request, name, self.limits), self.limits) as upload:
                await upload.receive(request)
                return await self._attach(id_, caller, trace_of(request), upload)
        finally:
            self.under_way -= 1

    async def _attach(
        self, id_: str, caller: Caller, trace: str, upload: Upload
    ) -> tuple[bool, f.Attached]:
        now, said = self.desk.engine.now(), upload.said
        file_id = attachment_id(id_, upload.sha256)
        about = (said.name, said.type.media_type, upload.size, upload.sha256)
        file = f.Attachment(file_id, *about)
        stored = f"{file_id}.{secrets.token_hex(8)}"
        who = (caller.office, caller.name or None)
        given = m.Attach(file, stored, self.limits.per_case, *who)
        case, _ = await self.case(id_, caller)
        with self.desk.in_http():
            is_new = attaching.attach(case, given, now)
        if not is_new:
            return False, case.attachments[file.id]
        try:
            await self.files.keep(stored, id_, upload.source, self.desk.engine.clock.real())
            work: Work[m.Input] = Work(id_, given, by=caller.key_id, traceparent=trace)
            done = await self.desk.submit(work)
        except (Problem, RefusedError, NotYetError):
            await self.files.discard(stored)
            raise  # of all else the outcome isn't known: the sweep sees to it
        if not isinstance(done.state, m.Case):
            raise TypeError
        await (self.files.settle(stored) if done.facts else self.files.discard(stored))
        return bool(done.facts), done.state.attachments[file.id]


def build_routes(cabinet: Cabinet) -> APIRouter:
    """Make the routes about files."""
    routes = APIRouter(prefix="/v1", tags=["attachments"])
    desk = cabinet.desk

    @routes.post("/cases/{id_}/attachments", status_code=201, responses=AGAIN)
    async def attach(
        id_: CaseId,
        name: Annotated[str, Query(max_length=1000)],
        caller: Party,
        request: Request,
        response: Response,
    ) -> dict[str, Any]:
        """附件: the body is the file. 201 once it is stored; 200 for the same bytes again."""
        desk.check_ready()
        case, _ = await cabinet.case(id_, caller)
        is_new, attached = await cabinet.take(case.id, name, caller, request)
        response.status_code = 201 if is_new else 200
        return views.attached(attached)

    @routes.get("/cases/{id_}/attachments")
    async def attachments(id_: CaseId, caller: PartyOrOperator) -> dict[str, Any]:
        """List a case's files: for its filer, offices with an open task, who watches."""
        case, _ = await cabinet.case(id_, caller)
        return {"attachments": [views.attached(item) for item in case.attachments.values()]}

    @routes.get(
        "/cases/{id_}/attachments/{attachment_id}",
        response_class=Response,
        responses={304: {"description": "The bytes are those that If-None-Match names"}},
    )
    async def read(
        id_: CaseId,
        attachment_id: AttachmentId,
        caller: Party,
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        """Give a file's bytes. Each reading by another than the filer is kept."""
        case, _ = await cabinet.case(id_, caller)
        if attachment_id not in case.attachments:
            raise NotYetError
        kept = case.attachments[attachment_id]
        etag = f'"{kept.attachment.sha256}"'
        if etag in if_none_match:
            return Response(status_code=304, headers={"ETag": etag})
        if caller.role is not Role.FILER:
            opening = m.Open(attachment_id, caller.office, caller.name, caller.key_id)
            await desk.submit(Work(id_, opening, by=caller.key_id))
        return StreamingResponse(
            await cabinet.files.open(kept.stored),
            headers={
                **SAFE,
                "Content-Length": str(kept.attachment.size),
                "Content-Disposition": files.disposition(kept.attachment.name),
                "ETag": etag,
            },
            media_type=kept.attachment.media_type,
        )

    return routes

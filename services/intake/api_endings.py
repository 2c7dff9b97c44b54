"""How a filer ends a case over HTTP: 撤回 (withdraw) and 结案 (conclude), each once."""

from typing import Any

from fastapi import APIRouter, Request, Response

from fuyuan_contracts.identifiers import CaseId
from services.intake import model as m
from services.intake import views
from services.intake.api import Desk, Filer, trace_of
from services.intake.bodies import ConcludeBody, WithdrawBody, personal_errors
from services.runtime.auth import Caller
from services.runtime.http import Body, Problem
from services.runtime.problems import AGAIN
from services.runtime.streams import Work


def build_routes(desk: Desk) -> APIRouter:
    """Make the routes that end a case."""
    routes = APIRouter(prefix="/v1", tags=["cases"])

    async def end(  # noqa: PLR0913, PLR0917 - what a request is
        id_: str, given: m.Input, body: Body, caller: Caller, request: Request, response: Response
    ) -> dict[str, Any]:
        desk.check_ready()
        await desk.seen_by(id_, caller)
        if errors := personal_errors(body.model_dump()):
            raise Problem(422, "not valid", errors)
        work = Work(id_, given, by=caller.key_id, traceparent=trace_of(request))
        done = await desk.submit(work)
        if not isinstance(done.state, m.Case):
            raise TypeError
        response.status_code = 202 if done.facts else 200
        return {"case_id": id_, **views.endings(done.state)}

    @routes.post("/cases/{id_}/withdraw", status_code=202, responses=AGAIN)
    async def withdraw(
        id_: CaseId, body: WithdrawBody, caller: Filer, request: Request, response: Response
    ) -> dict[str, Any]:
        """撤回: the filer takes the case back. 200 for the same words again, 409 for others."""
        given = m.Withdraw(body.reason, caller.name or None)
        return await end(id_, given, body, caller, request, response)

    @routes.post("/cases/{id_}/conclude", status_code=202, responses=AGAIN)
    async def conclude(
        id_: CaseId, body: ConcludeBody, caller: Filer, request: Request, response: Response
    ) -> dict[str, Any]:
        """结案: the filer says how the case ended. 200 for the same words again, 409 for others."""
        given = m.Conclude(body.conclusion.model_dump(mode="json"), caller.name or None)
        return await end(id_, given, body, caller, request, response)

    return routes

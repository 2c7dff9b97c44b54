"""补充材料 over HTTP: what offices ask the filer of a case, and the filer's answers."""

from typing import Any

from fastapi import APIRouter, Request, Response

from fuyuan_contracts.identifiers import CaseId
from services.intake import model as m
from services.intake import views
from services.intake.api import AnyCaller, Desk, Filer, trace_of
from services.intake.bodies import AnswerBody, personal_errors
from services.runtime.http import Problem
from services.runtime.problems import AGAIN
from services.runtime.streams import Work


def build_routes(desk: Desk) -> APIRouter:
    """Make the routes about information."""
    routes = APIRouter(prefix="/v1", tags=["information"])

    @routes.get("/cases/{id_}/information")
    async def list_requests(id_: CaseId, caller: AnyCaller) -> dict[str, Any]:
        """List what was asked and answered: for the case's filer and who watches."""
        case, _ = await desk.seen_by(id_, caller)
        return {"requests": [views.request(case, item) for item in case.requests.values()]}

    @routes.post("/cases/{id_}/information", status_code=202, responses=AGAIN)
    async def answer(
        id_: CaseId, body: AnswerBody, caller: Filer, request: Request, response: Response
    ) -> dict[str, Any]:
        """Answer a request. 200 for the same words again; 404 unknown; 409 answered before."""
        desk.check_ready()
        await desk.seen_by(id_, caller)
        if errors := personal_errors(body.model_dump()):
            raise Problem(422, "not valid", errors)
        said = (body.answer, body.attachments, caller.name or None)
        given = m.Answer(body.assignment_id, body.request, *said)
        work: Work[m.Input] = Work(id_, given, by=caller.key_id, traceparent=trace_of(request))
        done = await desk.submit(work)
        if not isinstance(done.state, m.Case):
            raise TypeError
        response.status_code = 202 if done.facts else 200
        return views.request(done.state, done.state.requests[body.assignment_id, body.request])

    return routes

"""A service's HTTP application: what is around each room's routes, and /live, /ready, /metrics."""

import json
from collections.abc import Awaitable, Callable

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from services.runtime.access_log import QUIET, AccessLog
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.http import (
    FieldError,
    Problem,
    UnavailableError,
    as_problem,
    problem_response,
)
from services.runtime.parameters import unknown_parameters
from services.runtime.problems import RESPONSES
from services.runtime.rates import Rates, address
from services.runtime.request_bodies import Bodies, RequestBodies

MAX_BODY_BYTES = 1024 * 1024
ANY_BODY = Bodies({"": MAX_BODY_BYTES})


class StrangerLimit:
    """ASGI middleware: who shows no token is held back by address (429)."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        """Keep the limits."""
        self.app, self.rates = app, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it before anything is read of it."""
        stranger = scope["type"] == "http" and scope["path"] not in QUIET
        if stranger and b"authorization" not in dict(scope["headers"]):
            try:
                self.rates.strangers.take(address(Request(scope)))
            except Problem as problem:
                await problem_response(problem)(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def _only_known_parameters(request: Request) -> None:
    if unknown := unknown_parameters(request):
        wrong = [FieldError(name, expected) for name, expected in sorted(unknown.items())]
        raise Problem(422, "the request is not valid", wrong)


def build_app(
    name: str,
    ready: Callable[[], Awaitable[dict[str, bool]]],
    metrics: Callable[[], bytes],
    bodies: Bodies = ANY_BODY,
    rates: Rates | None = None,
) -> FastAPI:
    """Make a service's HTTP application; its room adds routes.

    `ready` gives each condition by name; all must hold for a 200 on /ready.
    """
    app = FastAPI(
        title=f"Fuyuan {name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would lead to whatever host the request names
        dependencies=[Depends(_only_known_parameters)],
        responses=RESPONSES,
    )
    app.state.rates = rates or Rates.none()
    app.add_middleware(RequestBodies, bodies=bodies)
    app.add_middleware(StrangerLimit, rates=app.state.rates)
    app.add_middleware(AccessLog)

    async def answer(_request: Request, error: Exception) -> Response:
        return problem_response(as_problem(error))

    for kind in (
        Problem, RefusedError, NotYetError, RequestValidationError, HTTPException,
        UnavailableError, PyMongoError, UnicodeDecodeError, Exception,
    ):  # fmt: skip
        app.add_exception_handler(kind, answer)

    @app.get("/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/ready", include_in_schema=False)
    async def is_ready() -> Response:
        checks = await ready()
        body = json.dumps({"ready": all(checks.values()), "checks": checks})
        return Response(body, 200 if all(checks.values()) else 503, None, "application/json")

    @app.get("/metrics", include_in_schema=False)
    async def scrape() -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return app

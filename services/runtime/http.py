"""HTTP of every service: problem+json (RFC 9457), a limit on bodies, /live, /ready, /metrics."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, field_validator
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from services.runtime.access_log import AccessLog
from services.runtime.body_limit import BodyLimit
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.parameters import unknown_parameters

MAX_BODY_BYTES = 1024 * 1024
RETRY_AFTER_SECONDS = 5
UNREADABLE = "the body is not valid JSON"
PLACES = ("body", "query", "path", "header")
"""What FastAPI begins an error's location with."""
UNKNOWN_TAG, NO_TAG = "union_tag_invalid", "union_tag_not_found"
"""pydantic names the union, where its sender has to mend the field that tells its members apart."""
_MEMBER, _TAG = re.compile(r"<[^<>]*: '([^'<>]*)'>|'([^']*)'"), r"\1\2"


class Body(BaseModel):
    """A request's body: a field nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _in_whole_characters(cls, value: Any) -> Any:  # noqa: ANN401 - whatever was sent
        """Refuse half a character (a lone surrogate): JSON lets it through, nothing stores it."""
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise ValueError("expected whole Unicode characters") from None
        return value


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: its path with dots, and what was expected."""

    field: str
    message: str


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """An answer that is not the wanted one: becomes application/problem+json."""

    def __init__(
        self,
        status: int,
        title: str,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        """Keep what is said; `errors` names each field at fault."""
        super().__init__(title)
        self.status = status
        self.title = title
        self.errors = tuple(errors)
        self.headers = headers or {}


class UnavailableError(Exception):
    """The service can't keep a promise right now (database or broker away): 503, try again."""


def field_errors(errors: Sequence[Any], document: object = None) -> list[FieldError]:
    """Turn pydantic's error list into field errors. The input itself is never repeated.

    With the `document` that was sent, paths are as its sender wrote them: pydantic puts the tag of
    a union's member in between.
    """
    return [FieldError(_path(error, document), _message(error)) for error in errors]


def _path(error: Mapping[str, Any], document: object) -> str:
    place, *location = error["loc"] or ("body",)
    if place not in PLACES:
        location = [place, *location]
    within = document if place not in PLACES or place == "body" else None
    parts = []
    for number, part in enumerate(location, 1):
        required = error["type"] == "missing" and number == len(location)
        if isinstance(within, Mapping) and part not in within and not required:
            continue  # the tag of a union's member
        parts.append(str(part))
        within = _inner(within, part)
    if error["type"] in (UNKNOWN_TAG, NO_TAG):
        parts.append(str(error["ctx"]["discriminator"]).strip("'"))
    return ".".join(parts) or "body"


def _inner(within: object, part: str | int) -> object:
    if isinstance(within, Mapping):
        return within.get(part)
    if isinstance(within, list) and isinstance(part, int) and part < len(within):
        return within[part]
    return None


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == UNKNOWN_TAG:  # the tags' enums are ours, not the sender's
        return f"expected one of {_MEMBER.sub(_TAG, error['ctx']['expected_tags'])}"
    if error["type"] == NO_TAG:
        return "Field required"
    return str(error["msg"]).removeprefix("Value error, ")


def problem_response(problem: Problem) -> Response:
    """Write a problem as application/problem+json."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status}
    body["errors"] = [asdict(error) for error in problem.errors]
    return Response(
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        problem.status,
        problem.headers,
        "application/problem+json",
    )


def as_problem(error: Exception) -> Problem:
    """Say in HTTP what an error of ours means; anything unknown is a 500 without details."""
    match error:
        case Problem():
            problem = error
        case RefusedError(field=str() as field):
            problem = Problem(422, "refused", [FieldError(field, error.message)])
        case RefusedError():
            problem = Problem(409, error.message)
        case NotYetError():
            problem = Problem(404, "not found")
        case RequestValidationError():
            problem = _invalid(error)
        case HTTPException(status_code=400, __cause__=Exception()):
            problem = Problem(400, UNREADABLE, [FieldError("body", "expected JSON in UTF-8")])
        case HTTPException():
            headers = dict(error.headers or {})
            problem = Problem(error.status_code, str(error.detail), headers=headers)
        case UnavailableError() | PyMongoError():
            problem = unavailable()
        case UnicodeDecodeError():
            problem = Problem(400, UNREADABLE, [FieldError("body", "expected JSON in UTF-8")])
        case _:
            problem = Problem(500, "internal error")
    return problem


def unavailable() -> Problem:
    """Say that the same request may work a little later."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return Problem(503, "not available right now: send it again, it counts once", headers=headers)


def _invalid(error: RequestValidationError) -> Problem:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        wrong = [FieldError("body", f"at character {item['loc'][-1]}") for item in found]
        return Problem(400, UNREADABLE, wrong)
    return Problem(422, "the request is not valid", field_errors(found, error.body))


def _too_large(limit: int) -> Response:
    wrong = [FieldError("body", "too large")]
    return problem_response(Problem(413, f"the body is over {limit} bytes", wrong))


async def _only_known_parameters(request: Request) -> None:
    if unknown := unknown_parameters(request):
        wrong = [FieldError(name, expected) for name, expected in sorted(unknown.items())]
        raise Problem(422, "the request is not valid", wrong)


def build_app(
    name: str,
    ready: Callable[[], Awaitable[dict[str, bool]]],
    metrics: Callable[[], bytes],
    limits: dict[str, int] | None = None,
    streamed: str = "",
) -> FastAPI:
    """Make a service's HTTP application; its room adds routes.

    `ready` gives each condition by name; all must hold for a 200 on /ready.
    """
    app = FastAPI(
        title=f"Fuyuan {name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(_only_known_parameters)],
    )
    limited = {"": MAX_BODY_BYTES} | (limits or {})
    app.add_middleware(BodyLimit, limits=limited, too_large=_too_large, streamed=streamed)
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

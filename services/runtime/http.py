"""What every service's HTTP says when it says no: problem+json (RFC 9457)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, field_validator
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from services.runtime.domain import NotYetError, RefusedError

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

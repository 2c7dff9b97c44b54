"""Filing many cases at once: JSON Lines in, one answer a line."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError

from services.intake import facts as f
from services.intake import model as m
from services.intake.api import Desk, Filer, taken, trace_of
from services.intake.bodies import FilingBody
from services.runtime import strict_json
from services.runtime.auth import Caller
from services.runtime.domain import RefusedError
from services.runtime.http import (
    RETRY_AFTER_SECONDS,
    FieldError,
    Problem,
    UnavailableError,
    field_errors,
)
from services.runtime.streams import Done, Work

PATH = "/v1/cases/batch"
MAX_BYTES = 16 * 1024 * 1024
MAX_LINES = 10_000
CHUNK = 500
"""Lines decided together: bounds the memory, and lets other requests in between."""
MEDIA_TYPES = ("application/jsonl", "application/x-ndjson")
AGAIN = "not available right now: send the same lines again, none counts twice"
RESULTS = ("filed", "repeated", "failed")

Line = tuple[int, bytes]
Result = dict[str, Any]


def build_routes(desk: Desk) -> APIRouter:
    """Make the batch route."""
    routes = APIRouter(tags=["cases"])

    @routes.post(PATH)
    async def file_batch(caller: Filer, request: Request) -> dict[str, Any]:
        """File up to 10,000 cases, a JSON object a line; a bad line stops no other.

        Sending the same file again is safe: what was filed is `repeated`.
        """
        desk.check_ready()
        lines = _lines(await request.body())
        results: list[Result] = []
        for start in range(0, len(lines), CHUNK):
            chunk = lines[start : start + CHUNK]
            results += await _file(desk, chunk, caller, trace_of(request))
        counts = {name: sum(item["result"] == name for item in results) for name in RESULTS}
        return counts | {"results": results}

    return routes


def _lines(body: bytes) -> list[Line]:
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if len(lines) > MAX_LINES:
        error = FieldError("body", f"{len(lines)} lines, at most {MAX_LINES} at once")
        raise Problem(413, "too many lines", [error])
    return lines


async def _file(desk: Desk, lines: Sequence[Line], caller: Caller, trace: str) -> list[Result]:
    results: dict[int, Result] = {}
    works: dict[int, Work[m.Input]] = {}
    for number, line in lines:
        try:
            strict_json.check(line)
            body = FilingBody.model_validate_json(line)
        except strict_json.StrictError as error:
            results[number] = _failed(number, [FieldError(error.field, error.message)])
            continue
        except ValidationError as error:
            results[number] = _failed(number, field_errors(error.errors(), json.loads(line)))
            continue
        if errors := desk.errors(body):
            results[number] = _failed(number, errors)
        else:
            works[number] = await desk.work(body, caller, trace)
    done = await desk.engine.submit_many(list(works.values()))
    if any(isinstance(result, UnavailableError) for result in done):
        raise Problem(503, AGAIN, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    for number, result in zip(works, done, strict=True):
        results[number] = _result(desk, number, result)
    return [results[number] for number, _ in lines]


def _result(desk: Desk, number: int, done: Done[m.State, f.Fact] | BaseException) -> Result:
    match done:
        case Done():
            name = "filed" if done.facts else "repeated"
            return {"line": number, "result": name} | desk.receipt(done.state)
        case m.ReferenceTakenError():
            return _failed(number, taken(done))
        case RefusedError():
            return _failed(number, [FieldError(done.field or "body", done.message)])
    raise done


def _failed(number: int, errors: Sequence[FieldError]) -> Result:
    return {"line": number, "result": "failed", "errors": [asdict(error) for error in errors]}

"""HTTP: every answer that isn't the wanted one is a problem+json, and says nothing it shouldn't."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from pymongo.errors import AutoReconnect

from services.runtime.domain import NotYetError, RefusedError
from services.runtime.http import Body, FieldError, Problem, UnavailableError
from services.runtime.rates import Rate, Rates
from services.runtime.request_bodies import Bodies
from services.runtime.web import build_app

SECRET = "410526199001011234"
LIMIT = 1000
LARGER = 5000
RAW = "application/octet-stream"
SECONDS = 0.2
AT_ONCE = 20


class Inner(Body):
    count: int


class Filing(Body):
    name: str
    inner: Inner | None = None


ERRORS = {
    "refused": (RefusedError("不可以"), 409, []),
    "field": (RefusedError("太早", "due"), 422, [("due", "太早")]),
    "unknown": (NotYetError(), 404, []),
    "away": (UnavailableError(), 503, []),
    "database": (AutoReconnect(SECRET), 503, []),
    "problem": (Problem(418, "茶", [FieldError("a.b", "x")]), 418, [("a.b", "x")]),
    "surprise": (KeyError(SECRET), 500, []),
}


def make_app() -> FastAPI:
    async def ready() -> dict[str, bool]:
        return checks

    checks = {"broker": True, "database": True}
    bodies = Bodies({"": LIMIT, "/larger": LARGER}, {"/raw": (RAW,)}, "/streamed", SECONDS, SECONDS)
    rates = Rates(Rate("caller", 0, 1), Rate("stranger", 1, AT_ONCE), Rate("wrong_key", 0, 1))
    app = build_app("toy", ready, lambda: b"metric 1\n", bodies, rates)
    app.state.checks = checks

    async def file(body: Filing) -> dict[str, Any]:
        return body.model_dump()

    app.post("/file")(file)
    app.post("/larger")(file)

    @app.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"length": len(await request.body())}

    app.post("/streamed")(raw)

    @app.get("/number/{number}")
    async def number(number: int, more: int = 0) -> int:
        return number + more

    @app.get("/raise/{name}")
    async def fail(name: str) -> None:
        raise ERRORS[name][0]

    return app


@pytest.fixture
def app() -> FastAPI:
    return make_app()


@pytest_asyncio.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        yield client


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == {"type", "title", "status", "errors"}
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"]
    for error in body["errors"]:
        assert set(error) == {"field", "message"}
    assert SECRET not in answer.text
    return body


@pytest.mark.parametrize("name", ERRORS)
async def test_each_error_has_its_answer(http: httpx.AsyncClient, name: str) -> None:
    _, status, errors = ERRORS[name]
    answer = await http.get(f"/raise/{name}")
    body = problem(answer, status)
    assert [(item["field"], item["message"]) for item in body["errors"]] == errors
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_surprise_is_told_without_details(http: httpx.AsyncClient) -> None:
    assert problem(await http.get("/raise/surprise"), 500)["title"] == "internal error"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/file", 405), ("GET", "/number/x", 422)],
)
async def test_a_wrong_address_is_a_problem(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path)
    problem(answer, status)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        (b"{", 400, ["body"]),
        (b"nonsense", 400, ["body"]),
        (b'{"name": "\xff"}', 400, ["body"]),
        (b"[" * 400 + b"]" * 400, 400, ["body"]),
        (b"", 422, ["body"]),
        (b"[]", 422, ["body"]),
        (b"{}", 422, ["name"]),
        (b'{"name": 1}', 422, ["name"]),
        (b'{"name": "\\ud800"}', 422, ["name"]),
        (b'{"name": "x", "else": 1}', 422, ["else"]),
        (b'{"name": "x", "inner": {"count": "many"}}', 422, ["inner.count"]),
        (b'{"name": "x", "inner": {"count": 1, "else": 1}}', 422, ["inner.else"]),
        (b'{"name": "x", "inner": {"count": NaN}}', 400, ["inner.count"]),
        (b'{"name": "x", "inner": {"count": 1, "count": 2}}', 400, ["inner.count"]),
        (b'\xef\xbb\xbf{"name": "x"}', 400, ["body"]),
        (b'{"name": ["' + SECRET.encode() + b'"]}', 422, ["name"]),
    ],
)
async def test_a_wrong_body_names_each_field_and_repeats_nothing(
    http: httpx.AsyncClient, body: bytes, status: int, fields: list[str]
) -> None:
    answer = await http.post("/file", content=body, headers={"content-type": "application/json"})
    assert [item["field"] for item in problem(answer, status)["errors"]] == fields


async def test_nesting_as_deep_as_a_body_may_be_is_an_answer(http: httpx.AsyncClient) -> None:
    deep = b"[" * (LARGER // 2) + b"]" * (LARGER // 2)
    answer = await http.post("/larger", content=deep, headers={"content-type": "application/json"})
    problem(answer, 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
async def test_a_body_that_does_not_say_it_is_json_is_not_read_as_json(
    http: httpx.AsyncClient, kind: str
) -> None:
    answer = await http.post("/file", content=b'{"name": "x"}', headers={"content-type": kind})
    errors = problem(answer, 415)["errors"]
    assert errors == [{"field": "Content-Type", "message": "expected application/json"}]


async def test_a_type_may_say_its_character_set(http: httpx.AsyncClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    answer = await http.post("/file", content=b'{"name": "x"}', headers=headers)
    assert answer.json() == {"name": "x", "inner": None}


class Slow:
    """A body of which a piece comes now and then."""

    def __init__(self, pause: float) -> None:
        self._pause = pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x"
            await asyncio.sleep(self._pause)


@pytest.mark.parametrize(
    ("path", "pause", "status"),
    [
        ("/raw", SECONDS * 0.5, 408),  # all of it has to be there in time
        ("/raw", SECONDS * 0.1, 200),
        ("/streamed", SECONDS * 0.5, 200),  # the next piece has to
        ("/streamed", SECONDS * 2, 408),
    ],
)
async def test_a_slow_body_is_not_waited_for(
    http: httpx.AsyncClient, path: str, pause: float, status: int
) -> None:
    answer = await http.post(path, content=Slow(pause), headers={"content-type": RAW})
    if status == 200:
        assert answer.json() == {"length": 3}
    else:
        assert problem(answer, 408)["errors"][0]["field"] == "body"
        assert answer.headers["connection"] == "close"


async def test_who_shows_no_token_is_held_back_and_the_probes_are_not(
    http: httpx.AsyncClient,
) -> None:
    for _ in range(AT_ONCE):
        assert (await http.get("/number/1")).status_code == 200
    answer = await http.get("/number/1")
    problem(answer, 429)
    assert answer.headers["retry-after"] == "1"
    for path in ("/live", "/ready", "/metrics"):
        assert (await http.get(path)).status_code == 200
    known = await http.get("/number/1", headers={"authorization": "Bearer x"})
    assert known.status_code == 200  # the route itself looks at the token


@pytest.mark.parametrize(
    ("query", "fields"), [("more=1", []), ("mroe=1", ["mroe"]), ("more=1&b=2&a=3", ["a", "b"])]
)
async def test_a_parameter_nobody_knows_is_named_and_refused(
    http: httpx.AsyncClient, query: str, fields: list[str]
) -> None:
    answer = await http.get(f"/number/1?{query}")
    if fields:
        errors = problem(answer, 422)["errors"]
        assert [item["field"] for item in errors] == fields
        assert all("expected one of more" in item["message"] for item in errors)
    else:
        assert answer.json() == 2


class Chunks:
    """A body sent in pieces, so that it claims no length."""

    def __init__(self, size: int) -> None:
        self._left, self.sent = size, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._left:
            step = min(100, self._left)
            self._left -= step
            self.sent += step
            yield b"x" * step


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/raw", LIMIT, 200),
        ("/raw", LIMIT + 1, 413),
        ("/larger", LARGER + 1, 413),
        ("/larger", LIMIT + 1, 415),
    ],
)
@pytest.mark.parametrize("claims_length", [True, False])
async def test_a_body_over_its_paths_limit_is_refused_whatever_length_it_claims(
    http: httpx.AsyncClient, path: str, size: int, status: int, *, claims_length: bool
) -> None:
    content: Any = b"x" * size if claims_length else Chunks(size)
    answer = await http.post(path, content=content, headers={"content-type": RAW})
    if status == 200:
        assert answer.json() == {"length": size}
    else:
        problem(answer, status)


async def test_a_body_without_end_is_not_read_to_its_end(http: httpx.AsyncClient) -> None:
    endless = Chunks(10 * LIMIT)
    problem(await http.post("/raw", content=endless), 413)
    assert endless.sent <= LIMIT + 200


async def test_a_length_that_is_a_lie_does_not_get_round_the_limit(app: FastAPI) -> None:
    messages = [{"type": "http.request", "body": b"x" * (LIMIT + 1), "more_body": False}]
    answers: list[Any] = []

    async def receive() -> Any:
        return messages.pop()

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/raw", "raw_path": b"/raw", "query_string": b"",
        "headers": [(b"content-length", b"5")], "http_version": "1.1", "scheme": "http",
        "client": None, "server": None, "root_path": "",
    }  # fmt: skip
    await app(scope, receive, send)
    assert answers[0]["status"] == 413


async def test_live_ready_and_metrics(http: httpx.AsyncClient, app: FastAPI) -> None:
    assert (await http.get("/live")).json() == {"status": "live"}
    answer = await http.get("/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    app.state.checks["broker"] = False
    answer = await http.get("/ready")
    assert (answer.status_code, answer.json()) == (
        503,
        {"ready": False, "checks": {"broker": False, "database": True}},
    )
    answer = await http.get("/metrics")
    assert (answer.text, answer.headers["content-type"].partition(";")[0]) == (
        "metric 1\n", "text/plain",
    )  # fmt: skip


async def test_the_api_describes_itself_but_not_its_plumbing(http: httpx.AsyncClient) -> None:
    paths = json.loads((await http.get("/openapi.json")).text)["paths"]
    assert "/file" in paths
    assert not {"/live", "/ready", "/metrics"} & set(paths)

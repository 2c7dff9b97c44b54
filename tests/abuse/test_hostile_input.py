"""Whatever is sent to whichever route: a problem that says what was expected, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.client import Client
from tests.abuse.hostile import BODIES, OPERATORS, TEXTS, bent, valid_for
from tests.support.routes import Route
from tests.support.world import Json, World

WRITES = ("POST", "PUT", "PATCH", "DELETE")
LINKS = ("/confirm", "/unsubscribe")
"""They take what a mail program sends: a form."""
OTHER_TYPES = ("/batch", "/attachments", *LINKS)
BODILESS = {"no JSON": 400, "plain text": 415, "a form": 415, "XML": 415, "no type": 415}
"""What a route without a body answers, too."""


@pytest.fixture(scope="module")
def callers(world: World) -> list[Client]:
    """One of each role: each route is for one of them at least."""
    client = world.local.client
    return [
        world.operator,
        client("filer", office="court.410526"),
        client("officer", office="tax.410526"),
        client("officer", office="housing.410526"),
        client("liaison", division="410500"),
    ]


@pytest.fixture(autouse=True)
def nothing_changed(world: World) -> Iterator[None]:
    """Hold that nothing was stored, and everything still works."""
    before = commits(world)
    yield
    assert commits(world) == before
    for service in world.local.urls:
        answer = world.http("GET", service, "/ready")
        assert answer.status_code == 200, (service, answer.text)


def commits(world: World) -> dict[str, int]:
    """Count what was decided, but for keys, and for notices, which are sent again by themselves."""
    found = (n for n in world.mongo.list_database_names() if n.startswith(world.prefix))
    of_cases = {"subject": {"$not": {"$regex": "^key"}}}
    counts = {name: world.mongo[name]["commits"].count_documents(of_cases) for name in found}
    notices = world.mongo[f"{world.prefix}notices"]["commits"]
    begun = notices.count_documents({"rev": 1})
    return counts | {f"{world.prefix}notices": begun}


def is_problem(answer: httpx.Response, asked: Any, *, named: bool = True) -> None:
    assert 400 <= answer.status_code < 500, (asked, answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json", asked
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["title"], asked
    if named and answer.status_code in (400, 413, 415, 422):
        assert told["errors"], (asked, told)
        assert all(item["field"] and item["message"] for item in told["errors"]), asked
    assert "Traceback" not in answer.text


def one_of_each(routes: list[Route]) -> list[Route]:
    """Leave out what all services share, and agencies beside the first."""
    seen: dict[tuple[str, str, str], Route] = {}
    for route in routes:
        kind = "agency" if route.service.startswith("agency") else route.service
        where = "" if "/projection" in route.path else kind
        seen.setdefault((where, route.method, route.path), route)
    return list(seen.values())


@pytest.mark.parametrize("what", BODIES)
def test_a_hostile_body_is_a_problem_at_every_route(
    world: World, routes: list[Route], callers: list[Client], what: str
) -> None:
    content, type_ = BODIES[what]
    for route in one_of_each(routes):
        takes_any = route.body is None or route.path == "/v1/tokens"
        if route.method not in WRITES or (takes_any and what not in BODILESS):
            continue
        if route.path.endswith(LINKS) and what == "a form":
            continue
        for by in callers if what == "a list" else callers[:1]:
            answer = world.http(
                route.method, route.service, route.address(), by=by, content=content,
                headers={"content-type": type_} if type_ else {},
            )  # fmt: skip
            is_problem(answer, (route.name, what))
            if what in BODILESS and not route.path.endswith(OTHER_TYPES):
                assert answer.status_code == BODILESS[what], route.name


def test_an_operator_of_the_database_in_any_field_matches_and_changes_nothing(
    world: World, routes: list[Route], callers: list[Client]
) -> None:
    for route in one_of_each(routes):
        if route.body is None:
            continue
        model = valid_for(route.body, route)
        for number, hostile in enumerate(OPERATORS):
            for made in bent(model, hostile):
                by = callers[number % len(callers)]
                query = {"dry_run": "true"} if route.parameters("query").get("dry_run") else {}
                answer = world.http(
                    route.method, route.service, route.address(), by=by, json=made, params=query
                )
                is_problem(answer, (route.name, made))


def test_an_operator_of_the_database_in_a_query_is_an_error(
    world: World, routes: list[Route], callers: list[Client]
) -> None:
    for route in one_of_each(routes):
        if route.method != "GET":
            continue
        for name in ["x", *route.parameters("query")]:
            for query in (f"{name}[$ne]=x", f"{name}[]=x", f"{name}.$gt=", f"%24where={name}"):
                for by in callers[:3]:
                    answer = world.http("GET", route.service, f"{route.address()}?{query}", by=by)
                    is_problem(answer, (route.name, query))


def test_a_hostile_text_in_a_query_is_only_a_text(
    world: World, routes: list[Route], callers: list[Client]
) -> None:
    for route in one_of_each(routes):
        if route.method != "GET":
            continue
        parameters = route.parameters("query")
        required: Json = {name: "x" for name, item in parameters.items() if item["required"]}
        for query in (required | {name: text} for name in parameters for text in TEXTS):
            for by in (callers[0], callers[-1]):
                answer = world.http("GET", route.service, route.address(), by=by, params=query)
                assert answer.status_code < 500, (route.name, query, answer.text)


@pytest.mark.parametrize("line", ["a name twice", "no number", "deep lists", "a byte order mark"])
def test_a_line_of_a_batch_is_held_to_the_same(callers: list[Client], line: str) -> None:
    found = callers[1].post_lines("intake", "/v1/cases/batch", BODIES[line][0])
    assert (found["filed"], found["failed"]) == (0, 1)
    assert found["results"][0]["errors"][0]["message"]
    json.dumps(found, allow_nan=False)

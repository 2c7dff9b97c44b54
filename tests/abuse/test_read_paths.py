"""Every route that reads, asked by everybody it is none of the business of: it shows them nothing.

The table is made from what the services say of themselves: a route, or a parameter, that it has
nothing for fails, so that nobody forgets a new one.
"""

from collections.abc import Iterator

import pytest

from services.client import Client
from tests.abuse.planting import COURT, DIVISION, HOUSING, MARK, TAX, Planted
from tests.support.routes import Route
from tests.support.world import Json, World

OTHER = "410502"
QUERIES: dict[str, list[str]] = {
    "q": [MARK], "number": [f"号{MARK}"], "party": [MARK], "office": [TAX], "division": [DIVISION],
    "kind": ["bankruptcy"], "state": ["open", "in_progress", "pending"], "task": ["tax_clearance"],
    "former": ["true"], "by": ["office", "division"], "type": ["joint_conference"],
    "filed_from": ["2024-01-01"], "filed_to": ["2031-01-01"], "digest": ["0" * 64],
    "period": ["2024-01..2024-06"], "year": ["2024"], "limit": ["200"], "on": ["2024-03-08"],
    "date": ["2024-05-20"], "stage": ["studying"], "waiting": ["filer"], "overdue": ["true"],
    "desk": ["true"], "role": ["staff"], "level": ["head"], "risk": ["high"], "lang": ["zh"],
    "definitions": ["1"], "verdict": ["lost"], "bulletin": [f"{DIVISION}:2024-01..2024-06"],
    "of": ["routing"], "after": [""], "before": ["9"], "cursor": [""],
}  # fmt: skip
"""What a query's parameter is tried with."""
UNSHOWN = {
    "/v1/projection", "/v1/progress", "/v1/offices", "/v1/rules", "/v1/rules/versions",
    "/v1/rules/versions/{number}", "/v1/bulletin", "/v1/bulletin/figures", "/v1/bulletins",
    "/v1/bulletins/{id_}", "/v1/bulletins/{id_}/verify", "/v1/scorecard", "/v1/summary",
    "/v1/parked", "/v1/parked/{parked_id}", "/v1/backups", "/v1/keys", "/v1/desk",
    "/v1/cases/{case_id}/clusters", "/v1/agenda",
    "/v1/subscriptions/{id_}/deliveries", "/v1/messages/revoked",
    "/v1/audit/chains", "/v1/audit/lists", "/v1/audit/kept",
}  # fmt: skip
"""What shows nothing of this case even to those it belongs to; all else must, to one at least."""


@pytest.fixture(scope="module")
def strangers(world: World) -> dict[str, Client]:
    client = world.local.client
    return {
        "another filer": client("filer", office=f"court.{OTHER}"),
        "a filer of the same county": client("filer", office=HOUSING),
        "the same agency of another county": client("officer", office=f"tax.{OTHER}"),
        "another agency of the county": client("officer", office=f"market_regulation.{DIVISION}"),
        "another county's housing office": client("officer", office=f"housing.{OTHER}"),
        "another county's liaison office": client("liaison", division=OTHER),
    }  # fmt: skip


def filled(route: Route, planted: Planted) -> str:
    """Fill in a path with what was planted. Fails for a parameter nothing was planted for."""
    values: Json = {}
    for name in route.parameters("path"):
        places = (f"{route.service} {route.path.partition('/{')[0]}", route.service, "")
        found = [planted.ids[place, name] for place in places if (place, name) in planted.ids]
        assert found, f"{route.name}: plant something for {name}"
        values[name] = found[0]
    return route.address(**values)


def questions(route: Route, planted: Planted) -> Iterator[Json]:
    """Give queries to ask with: what is required, and each other parameter beside it."""
    parameters = route.parameters("query")
    assert parameters.keys() <= QUERIES.keys(), f"{route.name}: say how its query is tried"
    tried = QUERIES | {"digest": [planted.digest]}
    required = {name: tried[name][0] for name, item in parameters.items() if item["required"]}
    yield required
    for name in parameters.keys() - required.keys():
        yield from (required | {name: value} for value in tried[name])
    if "division" in parameters:
        yield required | {"division": DIVISION, "limit": "200"} if "limit" in parameters else {}


def shown(world: World, by: Client, route: Route, planted: Planted) -> Iterator[tuple[Json, str]]:
    """Give what somebody is shown of what was planted, by the question."""
    path = filled(route, planted)
    asked = set(path.split("/")) | {value for name in QUERIES for value in QUERIES[name]}
    for query in questions(route, planted):
        answer = world.http("GET", route.service, path, by=by, params=query)
        assert answer.status_code < 500, (route.name, query, answer.text)
        repeated = asked if answer.status_code < 400 else set()
        for text in planted.secret - repeated | {MARK, planted.case}:
            if text in answer.text:
                yield query, text


@pytest.fixture(scope="module")
def reads(routes: list[Route]) -> list[Route]:
    found = [route for route in routes if route.method == "GET"]
    assert len(found) > 60
    return found


def test_no_stranger_is_shown_anything(
    world: World, reads: list[Route], planted: Planted, strangers: dict[str, Client]
) -> None:
    leaks = [
        (who, route.name, query, text)
        for who, by in strangers.items()
        for route in reads
        for query, text in shown(world, by, route, planted)
    ]
    assert not leaks


def test_those_it_belongs_to_are_shown_it(
    world: World, reads: list[Route], planted: Planted
) -> None:
    people = planted.insiders.values()
    shows = {
        route.path
        for route in reads
        if any(next(shown(world, by, route, planted), None) for by in people)
    }
    paths = {route.path for route in reads}
    assert paths - shows <= UNSHOWN <= paths


def test_who_writes_about_anothers_case_is_told_it_is_not_there(
    world: World, routes: list[Route], planted: Planted, strangers: dict[str, Client]
) -> None:
    """403 and 404 come before anything of the body is looked at against the case."""
    before = world.filer(COURT).get("intake", f"/v1/cases/{planted.case}")
    for route in routes:
        about_it = any(item in filled(route, planted) for item in planted.secret)
        if route.method == "GET" or not about_it:
            continue
        for who, by in strangers.items():
            answer = world.http(route.method, route.service, filled(route, planted), by=by, json={})
            assert answer.status_code in (401, 403, 404, 415, 422), (who, route.name, answer.text)
            assert MARK not in answer.text
    assert world.filer(COURT).get("intake", f"/v1/cases/{planted.case}") == before

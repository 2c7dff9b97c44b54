"""The tracker's API on the real broker and database."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from fuyuan_contracts.ids import project_id

Ask = Callable[..., Awaitable[httpx.Response]]
Make = Callable[..., Awaitable[str]]
Until = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
LOAN = {
    "reference": "贷-1",
    "source": "special_loan",
    "amount_fen": 12_000_000_000,
    "on": "2024-04-01",
}


async def test_a_project_goes_from_registered_to_delivered(make: Make, ask: Ask) -> None:
    project = await make()
    held = {"meeting": "study", "on": "2024-03-07", "decisions": ["一楼一策"]}
    steps = [
        ("meetings", held, "studying"),
        ("funding", LOAN, "studying"),
        ("stage", {"to": "funded", "on": "2024-04-02"}, "funded"),
        ("stage", {"to": "resumed", "on": "2024-05-06"}, "resumed"),
        ("stage", {"to": "delivered", "on": "2024-08-30"}, "delivered"),
    ]
    for path, body, stage in steps:
        for _ in range(2):  # said twice is said once
            answer = await ask("POST", f"projects/{project}/{path}", json=body)
            assert (answer.status_code, answer.json()["stage"]["code"]) == (200, stage)
    shown = (await ask("GET", f"projects/{project}")).json()
    assert shown["stage"] == {"code": "delivered", "zh": "已交付", "en": "delivered"}
    assert [move["after"]["code"] for move in shown["stages"]] == [
        "studying", "funded", "resumed", "delivered"
    ]  # fmt: skip
    assert shown["days_stalled"] == (date(2024, 5, 6) - date(2014, 3, 1)).days
    assert shown["funding"]["total_fen"] == 12_000_000_000


async def test_the_list_the_risk_and_the_agenda_follow_what_was_entered(
    make: Make, ask: Ask, until: Until
) -> None:
    project = await make("410581")
    today = datetime.now(UTC).date() - timedelta(days=2)
    body = {"reference": "d1", "count": 5, "on": today.isoformat()}
    shown = (await ask("POST", f"projects/{project}/disputes", json=body)).json()
    assert shown["disputes"]["at_risk"]
    assert shown["disputes"]["warnings"][0]["disputes"] == 5
    await ask("POST", f"projects/{project}/funding", json=LOAN)

    async def listed(**query: Any) -> list[dict[str, Any]]:
        answer = await ask("GET", "projects", params=query)
        assert answer.status_code == 200
        found: list[dict[str, Any]] = answer.json()["projects"]
        return [item for item in found if item["id"] == project]

    async def has_both() -> bool:
        found = await listed(risk=True)
        return bool(found and found[0]["total_fen"])

    await until(has_both)
    (item,) = await listed(risk=True)
    assert item["at_risk"]
    assert (item["total_fen"], item["disputes"], item["cases"]) == (12_000_000_000, 5, 1)
    assert item["days_stalled"] > 3650
    assert await listed(division="410581", stage="registered")
    assert await listed(division="410500")
    assert not await listed(division="410527")
    assert not await listed(risk=False)
    assert not await listed(stage="studying")

    answer = await ask("GET", "meetings/next", params={"date": "2030-01-02"})
    planned = {item["meeting"]["code"]: item for item in answer.json()["meetings"]}
    assert [item["on"] for item in planned.values()] == ["2030-01-03", "2030-01-04", "2030-01-07"]
    taken = {
        code: project in [listed["id"] for listed in item["projects"]]
        for code, item in planned.items()
    }
    assert taken == {"study": True, "city_construction": False, "petition_reception": True}


async def test_pages_of_the_list_give_each_project_once(make: Make, ask: Ask, until: Until) -> None:
    made = {await make("410522") for _ in range(5)}
    query: dict[str, Any] = {"division": "410522", "limit": 2}

    async def paged() -> list[str]:
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await ask("GET", "projects", params=query | cursor)).json()
            found += [item["id"] for item in page["projects"]]
            assert len(page["projects"]) <= 2
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    async def all_listed() -> bool:
        return set(await paged()) == made

    await until(all_listed)
    assert len(await paged()) == len(made)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("stage", {"to": "studying", "on": "2024-03-01"}, "reason"),
        ("stage", {"to": "studying", "on": "2999-01-01", "reason": "x"}, "on"),
        ("stage", {"to": "studying", "on": "2150-01-01", "reason": "x"}, "on"),
        ("stage", {"to": "painted", "on": "2024-03-01"}, "to"),
        ("stage", {"to": "studying", "on": 0, "reason": "x"}, "on"),
        ("funding", LOAN | {"amount_fen": -1}, "amount_fen"),
        ("funding", LOAN | {"amount_fen": 0}, "amount_fen"),
        ("funding", LOAN | {"amount_fen": 1.5}, "amount_fen"),
        ("funding", LOAN | {"amount_fen": "5"}, "amount_fen"),
        ("funding", LOAN | {"source": "lottery"}, "source"),
        ("funding", LOAN | {"on": "2150-01-01"}, "on"),
        ("funding", LOAN | {"reference": "assignment:x"}, "reference"),
        ("disputes", {"reference": "case:x", "count": 1, "on": "2024-09-01"}, "reference"),
        ("funding", LOAN | {"reverses": "x"}, "source"),
        ("funding", {"reference": "r", "on": "2024-03-01", "reverses": "x"}, "reverses"),
        ("funding", {"reference": "r", "on": "2024-03-01"}, "source"),
        ("funding", LOAN | {"currency": "CNY"}, "currency"),
        ("disputes", {"reference": "d", "count": 0, "on": "2024-03-01"}, "count"),
        ("disputes", {"reference": "d", "count": 1, "on": "2150-01-01"}, "on"),
        ("meetings", {"meeting": "study", "on": "2024-03-01"}, "moved_because"),
        ("meetings", {"meeting": "study", "on": "2150-01-01"}, "on"),
        ("meetings", {"meeting": "tea", "on": "2024-03-01"}, "meeting"),
        ("meetings", {"meeting": "study", "on": "2024-03-07", "decisions": [""]}, "decisions.0"),
    ],
)
async def test_a_wrong_body_is_refused_by_field_and_changes_nothing(
    make: Make, ask: Ask, path: str, body: dict[str, Any], field: str
) -> None:
    project = await make()
    before = (await ask("GET", f"projects/{project}")).json()
    answer = await ask("POST", f"projects/{project}/{path}", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await ask("GET", f"projects/{project}")).json() == before


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("stage", {"to": "delivered", "on": "2024-03-01"}, "allowed: studying"),
        ("funding", LOAN | {"amount_fen": 1}, "another entry with the reference 贷-1"),
    ],
)
async def test_what_contradicts_the_file_is_a_conflict(
    make: Make, ask: Ask, path: str, body: dict[str, Any], says: str
) -> None:
    project = await make()
    await ask("POST", f"projects/{project}/funding", json=LOAN)
    answer = await ask("POST", f"projects/{project}/{path}", json=body)
    assert answer.status_code == 409
    assert says in answer.json()["title"]


async def test_an_unknown_project_is_not_found(ask: Ask) -> None:
    path = f"projects/{project_id('410527', 'nobody filed it')}"
    assert (await ask("GET", path)).status_code == 404
    assert (await ask("POST", f"{path}/funding", json=LOAN)).status_code == 404
    assert (await ask("GET", "projects/p1")).status_code == 422

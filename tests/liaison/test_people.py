"""The directory and the budget line over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

Ask = Callable[..., Awaitable[httpx.Response]]
Until = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
HUAXIAN: dict[str, Any] = {"role": "liaison", "division": "410526"}
NEIHUANG: dict[str, Any] = {"role": "liaison", "division": "410527"}
MEMBER: dict[str, Any] = {
    "name": "王某", "office": "滑县人民法院", "post": "院长", "role": "member",
    "since": "2022-10-20", "phone": "0372-5550123",
}  # fmt: skip
OFFICE = MEMBER | {"name": "滑县府院联席办", "office": "滑县人民政府", "role": "liaison_office"}


def fields(answer: httpx.Response) -> list[str]:
    return [item["field"] for item in answer.json()["errors"]]


async def test_who_joins_changes_and_leaves_is_kept(ask: Ask, until: Until) -> None:
    for status in (201, 200):
        added = await ask("POST", "directory", json=MEMBER, **HUAXIAN)
        assert added.status_code == status, added.text
    id_ = added.json()["member_id"]
    assert (added.json()["level"]["code"], added.json()["division"]) == ("county", "410526")
    other = await ask("POST", "directory", json=MEMBER | {"post": "庭长"}, **HUAXIAN)
    assert (other.status_code, fields(other)) == (409, ["post"])
    mobile = await ask("POST", "directory", json=MEMBER | {"phone": "13800138000"}, **HUAXIAN)
    assert (mobile.status_code, fields(mobile)) == (422, ["phone"])
    assert (await ask("POST", "directory", json=OFFICE, **HUAXIAN)).status_code == 201

    path = f"directory/{id_}"
    assert (await ask("GET", path, **NEIHUANG)).status_code == 404
    early = await ask("PATCH", path, json={"since": "2022-01-01", "post": "党组书记"})
    assert (early.status_code, fields(early)) == (422, ["since"])
    changed = await ask("PATCH", path, json={"since": "2023-05-01", "post": "党组书记"})
    assert (changed.json()["post"], changed.json()["phone"]) == ("党组书记", "0372-5550123")
    assert fields(await ask("POST", f"{path}/end", json={"until": "2199-01-01"})) == ["until"]
    for _ in range(2):
        ended = await ask("POST", f"{path}/end", json={"until": "2024-01-31"})
        assert ended.json()["until"] == "2024-01-31"
    assert (await ask("PATCH", path, json={"since": "2024-02-01", "post": "x"})).status_code == 409
    back = MEMBER | {"since": "2024-06-01"}
    assert (await ask("POST", "directory", json=back, **HUAXIAN)).status_code == 201
    history = [item["type"] for item in (await ask("GET", path)).json()["history"]]
    assert history == ["member_added", "member_changed", "member_ended", "member_added"]

    async def listed(query: str, **who: Any) -> set[str]:
        page = (await ask("GET", f"directory?{query}", **who)).json()["members"]
        return {item["name"] for item in page}

    async def both() -> bool:
        return await listed("", **HUAXIAN) == {"王某", "滑县府院联席办"}

    await until(both)
    assert await listed("role=liaison_office") == {"滑县府院联席办"}
    assert not await listed("", **NEIHUANG)


async def test_a_budget_is_set_spent_and_never_overdrawn(ask: Ask) -> None:
    year = "budget/410500/2024"
    rent = {"reference": "票1", "amount_fen": 15_000_000, "on": "2024-04-01", "purpose": "培训"}
    assert (await ask("POST", f"{year}/spend", json=rent)).status_code == 404
    for _ in range(2):
        done = await ask("PUT", year, json={"amount_fen": 20_000_000})
        assert done.json()["left_fen"] == 20_000_000, done.text
    assert fields(await ask("PUT", year, json={"amount_fen": 1})) == ["why"]
    for _ in range(2):
        spent = await ask("POST", f"{year}/spend", json=rent)
        assert spent.json()["left_fen"] == 5_000_000, spent.text
    assert fields(await ask("PUT", year, json={"amount_fen": 1, "why": "x"})) == ["amount_fen"]
    for change, field, status in (
        ({"amount_fen": 5}, "amount_fen", 409),
        ({"reference": "票2"}, "amount_fen", 422),
        ({"reference": "票2", "on": "2023-12-31", "amount_fen": 1}, "on", 422),
        ({"reference": "票2", "amount_fen": 0}, "amount_fen", 422),
        ({"reference": "票2", "reverses": "票9"}, "body", 422),
    ):
        answer = await ask("POST", f"{year}/spend", json=rent | change)
        assert (answer.status_code, fields(answer)) == (status, [field])
    back = {"reference": "冲1", "on": "2024-05-01", "reverses": "票1"}
    for _ in range(2):
        undone = await ask("POST", f"{year}/spend", json=back)
        assert undone.json()["spent_fen"] == 0, undone.text
    twice = await ask("POST", f"{year}/spend", json=back | {"reference": "冲2"})
    assert fields(twice) == ["reverses"]
    assert (await ask("GET", year, **NEIHUANG)).status_code == 404
    assert (await ask("PUT", year, json={"amount_fen": 1}, **NEIHUANG)).status_code == 403

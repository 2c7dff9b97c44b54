"""Instructions over HTTP, on the real broker and database."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fuyuan_contracts.ids import instruction_id

Ask = Callable[..., Awaitable[httpx.Response]]
Until = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
CASE = "c" + "a" * 24
TODAY = (datetime.now(UTC) + timedelta(hours=8)).date()
LATER = (TODAY + timedelta(days=9)).isoformat()
BODY: dict[str, Any] = {
    "number": "安府批〔2024〕3号", "office": "tax.410526", "text": "请滑县税务局限期办结清税事项",
    "issued_by": "市长", "issued_on": "2024-03-01", "due_on": LATER,
}  # fmt: skip


def body(number: str, **more: Any) -> dict[str, Any]:
    return BODY | {"number": number} | more


async def test_an_instruction_is_issued_once_and_closed_by_its_office_in_time(ask: Ask) -> None:
    said = body("一号", case_id=CASE, assignment_id=f"{CASE}.tax_clearance.1")
    assert (await ask("POST", "instructions?dry_run=true", json=said)).json()["dry_run"]
    first = await ask("POST", "instructions", json=said)
    again = await ask("POST", "instructions", json=said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    id_ = first.json()["instruction_id"]
    assert id_ == instruction_id("410500", "一号")
    assert first.json()["state"]["zh"] == "办理中"

    other = await ask("POST", "instructions", json=said | {"text": "别的", "due_on": "2099-01-01"})
    assert other.status_code == 409
    assert {item["field"] for item in other.json()["errors"]} == {"text", "due_on"}

    done = {"result": "已办结", "closed_on": TODAY.isoformat()}
    officer: dict[str, Any] = {"role": "officer", "office": "tax.410526"}
    for _ in range(2):
        closed = await ask("POST", f"instructions/{id_}/close", json=done, **officer)
        assert closed.status_code == 200, closed.text
        assert closed.json()["in_time"] is True
        assert closed.json()["closed_by"] == {"office": "tax.410526", "by": "王某"}
    other = await ask("POST", f"instructions/{id_}/close", json=done | {"result": "别的"})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "result")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"office": "tax.410599"}, "office"),
        ({"office": "court.410526"}, "office"),
        ({"office": "nobody"}, "office"),
        ({"due_on": "2024-02-29"}, "due_on"),
        ({"issued_on": "2199-01-01", "due_on": "2199-01-02"}, "issued_on"),
        ({"due_on": 5}, "due_on"),
        ({"case_id": "c" + "b" * 24}, "case_id"),
        ({"case_id": CASE, "assignment_id": f"{CASE}.tax_relief.1"}, "assignment_id"),
        ({"assignment_id": f"{'c' + 'b' * 24}.tax_clearance.1"}, "assignment_id"),
        ({"case_id": "c" + "b" * 24, "assignment_id": f"{CASE}.tax_clearance.1"}, "assignment_id"),
        ({"meeting": "m" + "a" * 24}, "meeting"),
        ({"text": "电话13800138000"}, "text"),
        ({"division": "410599"}, "division"),
        ({"urgent": True}, "urgent"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field_and_nothing_is_stored(
    ask: Ask, change: dict[str, Any], field: str
) -> None:
    answer = await ask("POST", "instructions", json=body("错") | change)
    assert answer.status_code == 422, answer.text
    assert [item["field"] for item in answer.json()["errors"]] == [field]
    id_ = instruction_id("410500", "错")
    assert (await ask("GET", f"instructions/{id_}")).status_code == 404


async def test_while_routing_is_away_nothing_is_stored(ask: Ask, routing: Any) -> None:
    routing.away = True
    answer = await ask("POST", "instructions", json=body("无路"))
    routing.away = False
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await ask("GET", f"instructions/{instruction_id('410500', '无路')}")).status_code == 404
    assert (await ask("POST", "instructions", json=body("无路"))).status_code == 201


HUAXIAN: dict[str, Any] = {"role": "liaison", "division": "410526"}
NEIHUANG: dict[str, Any] = {"role": "liaison", "division": "410527"}


async def test_each_sees_and_does_what_is_theirs(ask: Ask, until: Until) -> None:
    answer = await ask("POST", "instructions", json=body("滑一"), **HUAXIAN)
    id_ = answer.json()["instruction_id"]
    assert answer.json()["division"] == "410526"
    path, done = f"instructions/{id_}", {"result": "办了", "closed_on": "2024-03-05"}
    others: list[dict[str, Any]] = [NEIHUANG, {"role": "officer", "office": "tax.410500"}]
    for other in others:
        assert (await ask("GET", path, **other)).status_code == 404
        assert (await ask("POST", f"{path}/close", json=done, **other)).status_code == 404
    filer: dict[str, Any] = {"role": "filer", "office": "court.410526"}
    for refused in (filer, {"role": "officer", "office": "tax.410526"}):
        assert (await ask("POST", "instructions", json=body("滑二"), **refused)).status_code == 403
    assert (await ask("GET", "instructions", **filer)).status_code == 403
    assert (await ask("GET", path, role=None)).status_code == 401
    beyond = await ask("POST", "instructions", json=body("内一", office="tax.410526"), **NEIHUANG)
    assert [item["field"] for item in beyond.json()["errors"]] == ["office"]
    upwards = await ask("POST", "instructions", json=body("上", division="410500"), **NEIHUANG)
    assert upwards.status_code == 403

    async def listed(query: str, **who: Any) -> bool:
        page = (await ask("GET", f"instructions?{query}", **who)).json()["instructions"]
        return id_ in [item["instruction_id"] for item in page]

    await until(lambda: listed("state=open", **HUAXIAN))
    assert await listed("")
    assert await listed("", role="operator", division=None)
    assert await listed("division=410526&state=open&office=tax.410526")
    assert await listed("", role="officer", office="tax.410526")
    assert not await listed("", **NEIHUANG)
    assert not await listed("division=410500", **NEIHUANG)
    assert not await listed("", role="officer", office="tax.410500")
    assert not await listed("office=tax.410526", role="officer", office="tax.410500")
    assert not await listed("state=closed")
    assert not await listed("state=overdue")
    closed = await ask("POST", f"{path}/close", json=done)  # the city closes for its county
    assert (closed.status_code, closed.json()["closed_by"]["office"]) == (200, None)
    await until(lambda: listed("state=closed", **HUAXIAN))


async def test_pages_give_each_once_by_due_day(ask: Ask, until: Until) -> None:
    for number in range(5):
        day = f"2024-03-0{5 - number // 2}"
        said = body(f"页{number}", office="housing.410527", due_on=day)
        assert (await ask("POST", "instructions", json=said)).status_code == 201

    async def paged() -> list[str]:
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            query = {"office": "housing.410527", "state": "overdue", "limit": 2, **cursor}
            page = (await ask("GET", "instructions", params=query)).json()
            found += [f"{item['due_on']} {item['number']}" for item in page["instructions"]]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    async def all_listed() -> bool:
        return len(await paged()) == 5

    await until(all_listed)
    found = await paged()
    assert len({*found}) == 5
    assert [item.split()[0] for item in found] == sorted(item.split()[0] for item in found)
    wrong = await ask("GET", "instructions?cursor=x")
    assert wrong.json()["errors"][0]["field"] == "cursor"

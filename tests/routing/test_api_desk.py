"""The liaison desk over HTTP, on the real database. The broker is away: what is said waits."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fuyuan_contracts.ids import case_id
from services.routing.model import File, Report
from services.routing.rulebook import Filing, Rulebook
from services.runtime.service import Service
from services.runtime.streams import Work

Ask = Callable[..., Any]
HERE, THERE, CITY = "410526", "410527", "410500"
LIAISON = {"role": "liaison", "division": HERE}
NOWHERE = "unheard_of"
"""A need that no rule knows. Nothing of such a case can be said on the bus, so none is issued."""


@pytest.fixture
def file(routing: Service[Any, Any, Any], book: Rulebook, filing: Any) -> Callable[..., Any]:
    async def go(**changes: Any) -> str:
        made: Filing = filing(**changes)
        reference = uuid.uuid4().hex
        made = replace(made, reference=reference, filer=f"court.{made.division}")
        name = case_id(b"test", made.filer, reference)
        await routing.engine.submit(Work(name, File(made, book)))
        return name

    return go


@pytest.fixture
def back(routing: Service[Any, Any, Any], book: Rulebook, file: Any) -> Callable[..., Any]:
    """File a case whose one task comes back to the desk."""

    async def go(**changes: Any) -> str:
        name: str = await file(**changes)
        office = f"tax.{changes.get('division', HERE)}"
        report = Report("returned", f"{name}.tax_clearance.1", office, book, text="不属本局")
        await routing.engine.submit(Work(name, report))
        return name

    return go


async def desk(ask: Ask, *names: str, **who: Any) -> list[dict[str, Any]]:
    """Read the whole desk once it shows what is named."""
    for _ in range(60):
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = await ask("GET", f"desk?limit=2{cursor}", **who)
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            if answer.json()["next"] is None:
                break
            cursor = f"&cursor={answer.json()['next']}"
        if set(names) <= {item["case_id"] for item in items}:
            return items
        await asyncio.sleep(0.05)
    pytest.fail(f"not at the desk: {names}")


async def test_the_desk_shows_each_task_that_waits_the_oldest_case_first(
    ask: Ask, file: Any, back: Any
) -> None:
    names = [await back(), await file(needs=(NOWHERE,)), await back(), await back()]
    fine = await file()
    items = await desk(ask, *names, **LIAISON)
    assert [item["case_id"] for item in items if item["case_id"] in names] == names
    assert [item["since"] for item in items] == sorted(item["since"] for item in items)
    found = {item["case_id"]: item for item in items}
    assert fine not in found
    first = found[names[0]]
    assert (first["task"], first["why"]["code"], first["agencies"]) == (
        "tax_clearance", "returned", ["tax"],
    )  # fmt: skip
    assert "不属本局" in first["reason"]
    assert found[names[1]]["why"]["code"] == "no_rule"
    assert names[0] in {item["case_id"] for item in await desk(ask, role="liaison", division=CITY)}
    other = await desk(ask, role="liaison", division=THERE)
    assert not {item["case_id"] for item in other} & set(names)


async def test_a_task_is_routed_by_hand_with_who_and_why_in_the_history(
    ask: Ask, back: Any
) -> None:
    name = await back()
    path, body = f"cases/{name}/tasks/tax_clearance/route", {"office": f"tax.{CITY}"}
    body["reason"] = "由市局办理"
    tried = await ask("POST", f"{path}?dry_run=true", json=body, **LIAISON)
    assert (tried.json()["dry_run"], tried.json()["state"]["code"]) == (True, "open")
    assert (await ask("GET", f"cases/{name}")).json()["state"]["code"] == "desk"
    for _ in range(2):  # the second time changes nothing
        done = await ask("POST", path, json=body, **LIAISON)
        assert done.status_code == 200, done.text
    shown = done.json()
    assert [item["office"]["office"] for item in shown["assignments"]] == [
        f"tax.{HERE}", f"tax.{CITY}",
    ]  # fmt: skip
    assert shown["assignments"][1]["rule"] == "desk"
    routed = [item for item in shown["history"] if item["what"]["code"] == "routed"][-1]
    assert (routed["by"], routed["reason"]) == ("王某", "由市局办理")


async def test_a_task_is_transferred_and_recalled_by_the_liaison_officer(
    ask: Ask, file: Any
) -> None:
    name = await file()
    body = {"office": f"tax.{CITY}", "reason": "市局管辖"}
    moved = await ask("POST", f"cases/{name}/tasks/tax_clearance/transfer", json=body, **LIAISON)
    assert moved.status_code == 200, moved.text
    assert [item["state"]["code"] for item in moved.json()["assignments"]] == ["recalled", "issued"]
    path = f"cases/{name}/assignments/{name}.tax_clearance.2/recall"
    back_ = await ask("POST", path, json={"reason": "误派"}, **LIAISON)
    assert back_.json()["state"]["code"] == "desk"
    (item,) = [item for item in await desk(ask, name) if item["case_id"] == name]
    assert item["why"]["code"] == "recalled"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("tasks/tax_clearance/route", {"office": "tax.410500"}, "task"),
        ("tasks/nothing/route", {"office": "tax.410500"}, "task"),
        ("tasks/tax_clearance/transfer", {"office": "taxi.410526"}, "office"),
        ("tasks/tax_clearance/transfer", {"office": f"liaison.{HERE}"}, "office"),
        ("tasks/tax_clearance/transfer", {"office": f"tax.{THERE}"}, "office"),
        ("tasks/tax_clearance/transfer", {"office": f"tax.{HERE}"}, "office"),
        ("tasks/tax_clearance/transfer", {"office": "nonsense"}, "office"),
        ("tasks/tax_clearance/transfer", {"office": "tax.410500", "reason": " "}, "reason"),
        ("tasks/tax_clearance/transfer", {"office": "tax.410500", "reason": "电话13800138000"},
         "reason"),
        ("tasks/tax_clearance/transfer", {"office": "tax.410500", "whom": 1}, "whom"),
        ("tasks/retirement/transfer", {"office": "tax.410500"}, "task"),
    ],
)  # fmt: skip
async def test_what_can_not_be_done_by_hand_names_its_field(
    ask: Ask, file: Any, path: str, body: dict[str, Any], field: str
) -> None:
    name = await file()
    answer = await ask("POST", f"cases/{name}/{path}", json={"reason": "因"} | body, **LIAISON)
    assert answer.status_code == 422, answer.text
    assert [item["field"] for item in answer.json()["errors"]] == [field]
    shown = (await ask("GET", f"cases/{name}")).json()
    assert [item["state"]["code"] for item in shown["assignments"]] == ["issued"]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"role": "liaison", "division": THERE}, 404),
        ({"role": "filer", "office": f"court.{HERE}"}, 403),
        ({"role": "officer", "office": f"tax.{HERE}"}, 403),
        ({"role": "operator"}, 403),
        ({"role": None}, 401),
        ({"role": "liaison", "division": CITY}, 200),
    ],
)
async def test_only_the_cases_liaison_officers_decide_by_hand(
    ask: Ask, file: Any, who: dict[str, Any], status: int
) -> None:
    name = await file()
    paths = [f"tasks/tax_clearance/{act}" for act in ("route", "transfer")]
    for path in paths if status != 200 else paths[1:]:
        body = {"office": f"tax.{CITY}", "reason": "因"}
        assert (await ask("POST", f"cases/{name}/{path}", json=body, **who)).status_code == status
    latest = 2 if status == 200 else 1
    path = f"cases/{name}/assignments/{name}.tax_clearance.{latest}/recall"
    assert (await ask("POST", path, json={"reason": "因"}, **who)).status_code == status


async def test_what_is_not_there_is_not_recalled(ask: Ask, file: Any) -> None:
    name, other = await file(), await file()
    for wrong in (f"{name}.tax_clearance.9", f"{other}.tax_clearance.1"):
        path = f"cases/{name}/assignments/{wrong}/recall"
        answer = await ask("POST", path, json={"reason": "因"}, **LIAISON)
        assert answer.status_code == 404


@pytest.mark.parametrize("cursor", ["nonsense", "MjAyNi0xMy0wMSB4"])
async def test_a_wrong_cursor_is_named(ask: Ask, cursor: str) -> None:
    answer = await ask("GET", f"desk?cursor={cursor}", **LIAISON)
    assert [item["field"] for item in answer.json()["errors"]] == ["cursor"]

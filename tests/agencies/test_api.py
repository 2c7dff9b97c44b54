"""The officers' API on the real database. The broker is away: what is said waits for it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

STAGE = {"step": "penalty_stage", "stage": "filed", "reached_on": "2024-06-03"}
OWED = {"task": "tax_clearance", "concluded_on": "2024-06-03", "owed_fen": 5}
ANY = ["progress", "information", "return", "resolve"]
Ask = Callable[..., Any]
Deliver = Callable[..., Any]


async def test_an_assignment_goes_from_delivery_to_its_end(ask: Ask, deliver: Deliver) -> None:
    path = f"assignments/{await deliver()}"
    steps = [
        ("receive", None, "received", ["accept", *ANY]),
        ("accept", None, "accepted", ANY),
        ("progress", {"note": "已调取申报表"}, "accepted", ANY),
        ("resolve", {"outcome": OWED}, "resolved", []),
    ]
    for act, body, state, allowed in steps:
        answer = await ask("POST", f"{path}/{act}", json=body)
        assert answer.status_code == 200
        assert (answer.json()["state"], answer.json()["next"]) == (state, allowed)
    shown = (await ask("GET", path)).json()
    assert [act["type"] for act in shown["history"]] == [
        "received", "accepted", "progressed", "resolved"
    ]  # fmt: skip
    assert {act["by"] for act in shown["history"]} == {"王某"}
    assert shown["history"][-1]["outcome"] == {**OWED, "result": "done"}
    assert (shown["state_zh"], shown["overdue"]) == ("已办结", None)


async def test_what_the_checks_found_is_shown_in_both_languages(ask: Ask, deliver: Deliver) -> None:
    shown = (await ask("GET", f"assignments/{await deliver()}")).json()
    (finding,) = shown["findings"]
    assert finding["code"] == "credit_code_missing"
    assert "统一社会信用代码" in finding["zh"]
    assert "credit code" in finding["en"]
    assert shown["case"]["details"]["debtor"]["name"] == "安阳某置业有限公司"


async def test_the_same_act_again_is_harmless_and_with_other_words_a_conflict(
    ask: Ask, deliver: Deliver
) -> None:
    path = f"assignments/{await deliver()}/return"
    first = await ask("POST", path, json={"reason": "不属本局", "better_office": "tax.410500"})
    again = await ask("POST", path, json={"reason": "不属本局", "better_office": "tax.410500"})
    other = await ask("POST", path, json={"reason": "其他"})
    assert first.json()["history"] == again.json()["history"]
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert "nothing more can be done" in other.json()["title"]


@pytest.mark.parametrize(
    ("act", "body", "field"),
    [
        ("resolve", {"outcome": OWED | {"owed_fen": -1}}, "outcome.owed_fen"),
        ("resolve", {"outcome": OWED | {"owed_fen": 1.5}}, "outcome.owed_fen"),
        ("resolve", {"outcome": OWED | {"paid": 1}}, "outcome.paid"),
        ("resolve", {"outcome": OWED | {"task": "painting"}}, "outcome.task"),
        ("resolve", {"outcome": {"concluded_on": "2024-06-03"}}, "outcome.task"),
        ("resolve", {"outcome": OWED | {"concluded_on": "2999-01-01"}}, "outcome.concluded_on"),
        ("resolve", {"outcome": OWED | {"concluded_on": "2024-01-07"}}, "outcome.concluded_on"),
        ("resolve", {"outcome": OWED | {"concluded_on": "yesterday"}}, "outcome.concluded_on"),
        (
            "resolve",
            {"outcome": {"task": "tax_relief", "concluded_on": "2024-06-03", "relieved_fen": 1}},
            "outcome.task",
        ),
        ("resolve", {}, "outcome"),
        ("resolve", {"outcome": OWED, "by": "李"}, "by"),
        ("return", {}, "reason"),
        ("return", {"reason": " "}, "reason"),
        ("return", {"reason": "不属本局", "better_office": "tax"}, "better_office"),
        ("return", {"reason": "不属本局", "better_office": "tax.410526"}, "better_office"),
        ("progress", {"note": "x" * 4001}, "note"),
        ("progress", {"note": "x", "step": {"step": "dance"}}, "step.step"),
        ("progress", {"note": "x", "step": {**STAGE, "stage": "lost"}}, "step.stage"),
        ("progress", {"note": "x", "step": STAGE}, "step.step"),
        ("information", {}, "question"),
        ("information", {"question": "电话13912345678"}, "question"),
    ],
)
async def test_a_wrong_body_is_refused_by_field_and_changes_nothing(
    ask: Ask, deliver: Deliver, act: str, body: dict[str, Any], field: str
) -> None:
    path = f"assignments/{await deliver()}"
    answer = await ask("POST", f"{path}/{act}", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await ask("GET", path)).json()["history"] == []


@pytest.mark.parametrize("act", ["receive", "accept", *ANY])
async def test_another_offices_assignment_is_not_there(
    ask: Ask, deliver: Deliver, act: str
) -> None:
    bodies = {"progress": {"note": "x"}, "return": {"reason": "x"}, "resolve": {"outcome": OWED},
              "information": {"question": "x"}}  # fmt: skip
    path = f"assignments/{await deliver('tax.410500')}"
    answers = [
        await ask("GET", path),
        await ask("POST", f"{path}/{act}", json=bodies.get(act)),
        await ask("POST", f"assignments/c{'a' * 24}.tax_clearance.1/{act}", json=bodies.get(act)),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1, "nobody can tell what exists"
    assert (await ask("GET", path, office="tax.410500")).json()["state"] == "delivered"


@pytest.mark.parametrize(
    ("who", "method", "status"),
    [
        ({"role": None}, "GET", 401),
        ({"role": "filer"}, "GET", 403),
        ({"role": "liaison", "office": None}, "GET", 403),
        ({"office": "housing.410526"}, "GET", 403),
        ({"role": "operator", "office": None}, "GET", 200),
        ({"role": "operator", "office": None}, "POST", 403),
        ({"office": "housing.410526"}, "POST", 403),
        ({}, "GET", 200),
    ],
)
async def test_only_the_offices_own_officers_act_and_operators_read(
    ask: Ask, deliver: Deliver, who: dict[str, Any], method: str, status: int
) -> None:
    assignment = await deliver()
    path = f"assignments/{assignment}" + ("/receive" if method == "POST" else "")
    assert (await ask(method, path, **who)).status_code == status


async def listed(ask: Ask, wanted: set[str], **query: Any) -> list[dict[str, Any]]:
    """Read all pages, once the projection has caught up with `wanted`."""
    for _ in range(100):
        items, cursor = [], None
        while True:
            more: dict[str, Any] = {"cursor": cursor} if cursor else {}
            page = (await ask("GET", "assignments", params=query | more)).json()
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        if wanted <= {item["id"] for item in items}:
            return items
        await asyncio.sleep(0.05)
    pytest.fail(f"never listed: {wanted - {item['id'] for item in items}}")


async def test_the_list_is_paged_by_due_date_without_gaps_or_repeats(
    ask: Ask, deliver: Deliver
) -> None:
    mine = [await deliver(due=day) for day in (30, 20, 20, 40, 10)]
    theirs = await deliver("tax.410500")
    items = await listed(ask, set(mine), limit=2)
    ids = [item["id"] for item in items]
    assert len(ids) == len(set(ids))
    assert theirs not in ids
    dues = [datetime.fromisoformat(item["resolution_due"]) for item in items]
    assert dues == sorted(dues)
    assert {item["office"] for item in items} == {"tax.410526"}
    everyone = await listed(
        lambda *args, **more: ask(*args, role="operator", office=None, **more), {theirs, *mine}
    )
    assert {item["office"] for item in everyone} == {"tax.410500", "tax.410526"}


async def test_the_list_is_filtered_by_state_task_and_overdue(ask: Ask, deliver: Deliver) -> None:
    late, unreceived, relief, done = (
        await deliver(due=-1),
        await deliver(due=4),
        await deliver(task="tax_relief"),
        await deliver(),
    )
    await ask("POST", f"assignments/{done}/resolve", json={"outcome": OWED})
    ours = {late, unreceived, relief, done}
    by_query: list[tuple[dict[str, Any], set[str]]] = [
        ({"state": "resolved"}, {done}),
        ({"state": "open"}, {late, unreceived, relief}),
        ({"task": "tax_relief"}, {relief}),
        ({"overdue": True}, {late, unreceived}),
        ({"overdue": False}, {relief, done}),
        ({"overdue": True, "state": "delivered", "task": "tax_clearance"}, {late, unreceived}),
    ]
    await listed(ask, {done}, state="resolved")  # the projection is there
    for query, expected in by_query:
        items = await listed(ask, expected, **query)
        assert {item["id"] for item in items} & ours == expected, query
    rows = {item["id"]: item for item in await listed(ask, ours)}
    assert [rows[name]["overdue"] for name in (late, unreceived, relief, done)] == [
        "resolution", "receipt", None, None
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": 0}, 422),
        ({"limit": 201}, 422),
        ({"cursor": "?"}, 422),
        ({"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LmE="}, 422),
        ({"state": "lost"}, 422),
        ({"colour": "red"}, 422),
        ({"office": "tax.410500"}, 403),
    ],
)
async def test_a_wrong_query_is_refused(ask: Ask, query: dict[str, Any], status: int) -> None:
    answer = await ask("GET", "assignments", params=query)
    assert answer.status_code == status
    if status == 422:
        assert [error["field"] for error in answer.json()["errors"]] == list(query)

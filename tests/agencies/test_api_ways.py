"""The officers' API when a case goes another way: questions, recalls, refusals."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.agencies import model as m
from services.runtime.streams import Work

OFFICE = "tax.410526"
OWED = {"task": "tax_clearance", "concluded_on": "2024-06-03", "owed_fen": 5}
Ask = Callable[..., Any]
Deliver = Callable[..., Any]


async def test_one_question_at_a_time_and_the_answer_is_shown(
    tax: Any, ask: Ask, deliver: Deliver
) -> None:
    assignment = await deliver(due=-1)
    path = f"assignments/{assignment}"
    assert (await ask("GET", path)).json()["overdue"] == "resolution"
    first = await ask("POST", f"{path}/information", json={"question": "缺少账册"})
    again = await ask("POST", f"{path}/information", json={"question": "缺少账册"})
    other = await ask("POST", f"{path}/information", json={"question": "缺少公章"})
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert "request 1 has not been answered" in other.json()["title"]
    assert first.json()["requests"] == again.json()["requests"]
    assert (first.json()["state"], first.json()["overdue"]) == ("waiting_information", None)
    due = datetime.now(UTC) + timedelta(days=3)
    await tax.engine.submit(Work(assignment, m.Supply(OFFICE, 1, "见附件", (), due)))
    shown = (await ask("GET", path)).json()
    assert (shown["state"], shown["overdue"]) == ("received", None)
    assert [item["answer"] for item in shown["requests"]] == ["见附件"]
    second = await ask("POST", f"{path}/information", json={"question": "缺少公章"})
    assert [item["number"] for item in second.json()["requests"]] == [1, 2]


async def test_what_was_recalled_is_a_conflict_that_says_why(
    tax: Any, ask: Ask, deliver: Deliver
) -> None:
    assignment = await deliver()
    recall = m.Recall(OFFICE, "transferred", "移送市局办理", "李")
    await tax.engine.submit(Work(assignment, recall))
    answer = await ask("POST", f"assignments/{assignment}/resolve", json={"outcome": OWED})
    assert answer.status_code == 409
    assert "recalled (transferred: 移送市局办理)" in answer.json()["title"]
    shown = (await ask("GET", f"assignments/{assignment}")).json()
    assert (shown["state"], shown["state_zh"], shown["next"]) == ("recalled", "已撤回", [])


async def test_an_assignment_of_which_only_news_has_come_is_not_there(
    tax: Any, ask: Ask, given: Any
) -> None:
    assignment = given(reference="only news").assignment_id
    await tax.engine.submit(Work(assignment, m.Recall(OFFICE, "withdrawn", "申请人撤回")))
    for who in ({}, {"role": "operator", "office": None}):
        assert (await ask("GET", f"assignments/{assignment}", **who)).status_code == 404

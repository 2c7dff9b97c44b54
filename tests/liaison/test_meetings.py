"""Meetings, their decisions and the agenda over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.liaison.conftest import Routing, lawsuit

Ask = Callable[..., Awaitable[httpx.Response]]
Until = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
CASE = "c" + "a" * 24
HUAXIAN: dict[str, Any] = {"role": "liaison", "division": "410526"}
CONFERENCE: dict[str, Any] = {
    "reference": "安联席〔2024〕1号", "type": "joint_conference", "title": "2024年度联席会议",
    "on": "2024-02-20", "chaired_by": "市长", "attendees": 40,
    "decisions": ["建立破产协调机制", "清理涉政府执行积案"], "cases": [CASE],
}  # fmt: skip
REVIEW: dict[str, Any] = {"type": "loss_review", "title": "败诉案件研判", "on": "2024-05-10"}


def suit(letter: str) -> str:
    return "c" + letter * 24


async def test_a_conference_is_recorded_once_and_its_decisions_become_instructions(
    ask: Ask, until: Until, routing: Routing
) -> None:
    first = await ask("POST", "meetings", json=CONFERENCE)
    again = await ask("POST", "meetings", json=CONFERENCE)
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json() == again.json()
    id_ = first.json()["meeting_id"]
    other = await ask("POST", "meetings", json=CONFERENCE | {"decisions": [], "title": "别的"})
    assert other.status_code == 409
    assert {item["field"] for item in other.json()["errors"]} == {"decisions", "title"}

    order = {"number": "议一", "office": "tax.410526", "due_on": "2024-03-31"}
    path = f"meetings/{id_}/decisions/1/instruct"
    for status in (201, 200):
        made = await ask("POST", path, json=order)
        assert made.status_code == status, made.text
    assert made.json()["text"] == "建立破产协调机制"
    assert (made.json()["issued_by"], made.json()["issued_on"]) == ("市长", "2024-02-20")
    assert (made.json()["meeting_id"], made.json()["decision"]) == (id_, 1)
    assert (await ask("POST", path.replace("/1/", "/3/"), json=order)).status_code == 404
    assert (await ask("POST", path, json=order, **HUAXIAN)).status_code == 404
    routing.risen = [{"case_id": CASE, "task": "tax_clearance", "level": "conference"}]

    async def due() -> tuple[list[tuple[int, int]], bool]:
        answer = await ask("GET", "meetings/agenda?type=joint_conference&on=2024-12-20")
        assert answer.json()["tasks"] == routing.risen
        overdue = [item["number"] for item in answer.json()["instructions"]]
        found = answer.json()["decisions"]
        mine = [item for item in found if item["meeting_id"] == id_]
        return [(item["decision"], len(item["instructions"])) for item in mine], "议一" in overdue

    async def both_due() -> bool:
        return await due() == ([(2, 0), (1, 1)], True)

    async def one_due() -> bool:
        return await due() == ([(2, 0)], False)

    await until(both_due)
    early = await ask("GET", "meetings/agenda?on=2024-03-31")
    assert "议一" not in [item["number"] for item in early.json()["instructions"]]
    done = {"result": "已建立", "closed_on": "2024-03-20"}
    closed = await ask("POST", f"instructions/{made.json()['instruction_id']}/close", json=done)
    assert closed.json()["in_time"] is False  # by our clock, whatever day is written
    await until(one_due)
    shown = (await ask("GET", f"meetings/{id_}")).json()
    assert [len(item["instructions"]) for item in shown["decisions"]] == [1, 0]
    assert (await ask("GET", f"meetings/{id_}", **HUAXIAN)).status_code == 404
    routing.away = True
    assert (await ask("GET", "meetings/agenda")).status_code == 503
    assert (await ask("POST", "meetings", json=CONFERENCE)).status_code == 200
    routing.away = False


async def test_a_second_conference_in_a_year_says_why(ask: Ask, until: Until) -> None:
    base = CONFERENCE | {"on": "2023-03-01", "cases": []}
    assert (await ask("POST", "meetings", json=base | {"reference": "一"})).status_code == 201
    further = base | {"reference": "二", "on": "2023-11-01"}
    refused = await ask("POST", "meetings", json=further)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "moved_because")
    assert "2023-03-01" in refused.json()["errors"][0]["message"]
    further |= {"moved_because": "机构改革"}
    assert (await ask("POST", "meetings", json=further)).status_code == 201
    in_county = base | {"reference": "县一"}
    assert (await ask("POST", "meetings", json=in_county, **HUAXIAN)).status_code == 201

    async def listed() -> bool:
        page = (await ask("GET", "meetings?type=joint_conference")).json()["meetings"]
        found = [item["reference"] for item in page if item["on"].startswith("2023")]
        return found[:1] == ["二"] and {*found} == {"一", "二", "县一"}

    await until(listed)


async def test_a_loss_review_takes_lost_lawsuits_only_and_sees_a_cause_come_back(
    ask: Ask, until: Until, routing: Routing
) -> None:
    verdicts = {"b": "lost", "d": "lost", "e": "lost", "f": "won"}
    for letter, verdict in verdicts.items():
        defendant = "tax.410500" if letter == "e" else "tax.410526"
        conclusion = {"kind": "administrative_lawsuit", "verdict": verdict}
        routing.cases[suit(letter)] = lawsuit(suit(letter), defendant, conclusion=conclusion)
    routing.cases[suit("g")] = lawsuit(suit("g"), conclusion=None)

    def review(*letters: str, cause: str = "程序违法", **more: Any) -> dict[str, Any]:
        reviews = [{"case_id": suit(letter), "causes": [cause]} for letter in letters]
        return REVIEW | {"reviews": reviews} | more

    wrong = await ask("POST", "meetings", json=review("f", "b", "g", "h", reference="错"))
    assert [item["field"] for item in wrong.json()["errors"]] == [
        "reviews.0.case_id", "reviews.2.case_id", "reviews.3.case_id"
    ]  # fmt: skip
    other_kind = REVIEW | {"reference": "错", "reviews": [{"case_id": CASE, "causes": ["x"]}]}
    assert "bankruptcy" in (await ask("POST", "meetings", json=other_kind)).text

    def recurrent(answer: httpx.Response) -> list[bool]:
        assert answer.status_code == 201, answer.text
        return [item["recurrent"] for item in answer.json()["reviews"]]

    first = await ask("POST", "meetings", json=review("b", reference="研一"))
    assert recurrent(first) == [False]
    assert first.json()["reviews"][0]["defendant"] == "tax.410526"
    later = review("d", "e", cause=" 程序 违法", reference="研二", on="2024-06-20")
    assert recurrent(await ask("POST", "meetings", json=later)) == [True, False]

    async def due() -> list[str]:
        answer = await ask("GET", "meetings/agenda?type=loss_review")
        assert "tasks" not in answer.json()
        return [item["case_id"] for item in answer.json()["lawsuits"]]

    async def none_due() -> bool:
        return await due() == []

    await until(none_due)
    routing.cases[suit("j")] = lawsuit(suit("j"))
    assert await due() == [suit("j")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on": "2150-01-01"}, "on"),
        ({"type": "tea"}, "type"),
        ({"cases": [suit("z")]}, "cases.0"),
        ({"cases": [CASE, CASE]}, "cases"),
        ({"type": "loss_review"}, "reviews"),
        ({"reviews": [{"case_id": suit("b"), "causes": ["x"]}]}, "reviews"),
        ({"reviews": [{"case_id": suit("b"), "causes": []}]}, "reviews.0.causes"),
        ({"type": "training", "moved_because": "x"}, "moved_because"),
        ({"attendees": -1}, "attendees"),
        ({"decisions": [""]}, "decisions.0"),
        ({"division": "410599"}, "division"),
    ],
)
async def test_minutes_that_cannot_be_are_refused_by_field(
    ask: Ask, change: dict[str, Any], field: str
) -> None:
    body = CONFERENCE | {"reference": "错", "on": "2022-03-01", "cases": []} | change
    answer = await ask("POST", "meetings", json=body)
    assert answer.status_code == 422, answer.text
    assert [item["field"] for item in answer.json()["errors"]] == [field]


async def test_minutes_are_for_the_liaison_office(ask: Ask) -> None:
    officer: dict[str, Any] = {"role": "officer", "office": "tax.410526"}
    for method, path in (("POST", "meetings"), ("GET", "meetings"), ("GET", "directory")):
        assert (await ask(method, path, json=CONFERENCE, **officer)).status_code == 403
    operator = await ask("POST", "meetings", json=CONFERENCE, role="operator", division=None)
    assert operator.json()["errors"][0]["field"] == "division"

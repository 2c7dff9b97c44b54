"""A bankruptcy goes to several offices at once, is seen all the way, closes when all answered."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.world import World, outcome, refusal, until

NEEDS = {
    "tax_clearance": "tax",
    "social_insurance": "social_security",
    "retirement": "social_security",
    "deregistration": "market_regulation",
    "housing_continuation": "housing",
}
HISTORY = ("delivered", "received", "accepted", "resolved")


@pytest.fixture(scope="module")
def green(world: World) -> str:
    """A case of 龙安区, which has no housing bureau of its own."""
    return world.file(world.bankruptcy(*NEEDS, division="410506", lane="green"))


@pytest.fixture(scope="module")
def ordinary(world: World) -> str:
    return world.file(world.bankruptcy(*NEEDS, division="410506"))


def by_task(status: dict[str, Any]) -> dict[str, Any]:
    return {given["task"]: given for given in status["assignments"]}


def test_each_need_goes_to_its_office_and_says_why(world: World, green: str) -> None:
    given = by_task(world.delivered(green))
    assert {task: item["office"]["office"] for task, item in given.items()} == {
        task: f"{agency}.{'410500' if agency == 'housing' else '410506'}"
        for task, agency in NEEDS.items()
    }
    for task, item in given.items():
        assert task in item["reason"], item["reason"]
        assert item["rule"].startswith("bankruptcy-")
        assert item["rules_version"] >= 1
    assert "410500" in given["housing_continuation"]["reason"]


def test_the_green_channel_has_earlier_due_dates(world: World, green: str, ordinary: str) -> None:
    fast, slow = by_task(world.delivered(green)), by_task(world.delivered(ordinary))
    for task in NEEDS:
        assert fast[task]["resolution_due"] < slow[task]["resolution_due"]
        assert fast[task]["receipt_due"] < slow[task]["receipt_due"]


def test_it_waits_for_the_offices_that_have_not_answered_and_for_no_other(
    world: World, green: str
) -> None:
    given = by_task(world.delivered(green))
    left = dict(NEEDS)
    for number, task in enumerate(NEEDS, 1):
        waits = world.status(green)["waits_for"]
        assert {(wait["task"], wait["office"]) for wait in waits} == {
            (name, given[name]["office"]["office"]) for name in left
        }
        assert all(wait["zh"] and wait["seconds"] >= 0 for wait in waits)
        world.resolve(given[task], concluded_on=f"2024-05-{10 + number}")
        del left[task]
        until(lambda: len(world.status(green)["waits_for"]) == len(left) or None)
    closed = world.in_state(green, "closed")
    world.closed.append(green)
    assert closed["concluded_on"] == "2024-05-15"
    assert closed["waits_for"] == []
    ended = by_task(closed)
    for number, task in enumerate(NEEDS, 1):
        item = ended[task]
        assert item["state"]["code"] == "resolved"
        assert item["outcome"] == outcome(task, concluded_on=f"2024-05-{10 + number}") | {
            "result": "done"
        }


def test_the_history_is_complete_and_in_order(world: World, green: str) -> None:
    history = world.in_state(green, "closed")["history"]
    happened = [
        (item["what"]["code"], item["task"])
        for item in history
        if item["what"]["code"] != "clustered"  # as other tests' cases have the same debtor
    ]
    assert happened[:2] == [("filed", None), ("routed", None)]
    assert happened[2:7] == [("issued", task) for task in sorted(NEEDS)]
    assert happened[-1] == ("closed", None)
    assert [item["at"] for item in history] == sorted(item["at"] for item in history)
    for task in NEEDS:
        acts = [what for what, of in happened if of == task]
        assert acts == ["issued", *HISTORY], task
    assert len(happened) == 3 + 5 * len(NEEDS)


def test_metrics_knows_the_same_of_the_case(world: World, green: str) -> None:
    def look() -> dict[str, Any] | None:
        facts: dict[str, Any] = world.operator.get("metrics", f"/v1/cases/{green}/facts")
        return facts if "concluded_on" in facts and "filed_on" in facts else None

    facts, case = until(look), world.status(green)
    assert facts["counts"] == {"closed": 1, "closed_done": 1, "filed": 1, "routed": 1}
    assert facts["concluded_on"] == case["concluded_on"]
    given = by_task(case)
    assert {item["task"] for item in facts["assignments"]} == set(NEEDS)
    for item in facts["assignments"]:
        assert item["office"] == given[item["task"]]["office"]["office"]
        assert item["counts"]["resolved"] == item["counts"]["resolved_on_time"] == 1
        assert item["result"] == "done"


def test_summary_and_prometheus_agree(world: World, green: str, ordinary: str) -> None:
    world.delivered(green)
    world.close(ordinary)

    def look() -> bool | None:
        totals = world.operator.get("metrics", "/v1/summary")["totals"]
        exposed = figures(world)
        wanted = {
            **{f"fuyuan_cases_{name}_total": totals["cases"][name]
               for name in ("filed", "routed", "closed")},
            **{f"fuyuan_assignments_{name}_total": totals["assignments"][name]
               for name in ("issued", "delivered", "received", "resolved", "returned")},
            "fuyuan_assignments_open": totals["assignments"]["open"],
            "fuyuan_assignment_resolution_seconds_count": totals["assignments"]["resolved"],
        }  # fmt: skip
        got = {name: exposed.get(name, 0) for name in wanted}
        return True if got == wanted and totals["cases"]["closed"] >= 2 else None

    assert until(look, 60)  # figures are computed every few seconds, later where it takes long


def figures(world: World) -> dict[str, float]:
    """Add up each series over its labels."""
    found: dict[str, float] = {}
    text = world.http("GET", "metrics", "/metrics").text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def test_a_functional_zone_without_offices_is_served_by_the_city(world: World) -> None:
    # 高新区 has a local code and no office of its own: the city's act for it
    case = world.file(world.bankruptcy("tax_clearance", "financing", division="410571"))
    given = by_task(world.delivered(case, 2))
    assert {item["office"]["office"] for item in given.values()} == {
        "tax.410500", "financial_regulation.410500"
    }  # fmt: skip
    error = refusal(world.resolve, given["financing"], concluded_on="2024-01-01")
    assert error.problem["errors"][0]["field"] == "outcome.concluded_on"
    world.close(case)

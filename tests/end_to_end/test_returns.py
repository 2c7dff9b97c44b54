"""What officers may do with an assignment, what they may not, and what happens on a return."""

from typing import Any

import pytest

from tests.support.world import World, fields, outcome, refusal, until


def last(status: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = status["assignments"][-1]
    return given


def test_a_return_with_a_better_office_goes_there_in_a_second_round(world: World) -> None:
    case = world.file(world.bankruptcy("tax_clearance", division="410526"))
    first = last(world.delivered(case))
    assert first["office"]["office"] == "tax.410526"
    reason = "企业税务登记在文峰区"
    world.act(first, "return", {"reason": reason, "better_office": "tax.410502"})
    again = world.delivered(case, 2)
    second = last(again)
    assert second["assignment_id"] == f"{case}.tax_clearance.2"
    assert (second["office"]["office"], second["rule"]) == ("tax.410502", "return")
    assert reason in second["reason"]
    assert again["assignments"][0]["state"]["code"] == "returned"
    assert [wait["office"] for wait in again["waits_for"]] == ["tax.410502"]
    closed = world.close(case)
    codes = [item["what"]["code"] for item in closed["history"]]
    assert codes.count("returned") == codes.count("resolved") == codes.count("closed") == 1


def test_the_third_return_goes_to_the_liaison_office(world: World) -> None:
    case = world.file(world.bankruptcy("tax_relief", division="410526"))
    for number, better in enumerate(("tax.410502", "tax.410503", "tax.410505"), 1):
        given = last(world.delivered(case, number))
        world.act(given, "return", {"reason": "不属本单位", "better_office": better})
    found = world.in_state(case, "escalated")
    assert len(found["assignments"]) == 3
    assert [(wait["office"], wait["what"]) for wait in found["waits_for"]] == [
        ("liaison.410526", "third_return")
    ]
    desk = world.local.client("liaison", division="410526")
    until(lambda: case in [item["case_id"] for item in desk.get("routing", "/v1/desk")["items"]]
          or None)  # fmt: skip
    other = world.local.client("liaison", division="410502")
    assert case not in [item["case_id"] for item in other.get("routing", "/v1/desk")["items"]]


def test_a_return_without_a_better_office_waits_at_the_desk(world: World) -> None:
    case = world.file(world.bankruptcy("tax_relief", division="410526"))
    world.act(last(world.delivered(case)), "return", {"reason": "不属本单位"})
    found = world.in_state(case, "desk")
    assert [(need["task"], need["why"]["code"]) for need in found["desk"]] == [
        ("tax_relief", "returned")
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"task": "tax_relief", "relieved_fen": 1}, "outcome.task"),
        ({"task": "no_such_task"}, "outcome.task"),
        ({"owed_fen": -1}, "outcome.owed_fen"),
        ({"owed_fen": 1.5}, "outcome.owed_fen"),
        ({"concluded_on": "2999-01-01"}, "outcome.concluded_on"),
        ({"surprise": 1}, "outcome.surprise"),
    ],
)
def test_a_wrong_outcome_is_refused_and_its_field_named(
    world: World, waiting: dict[str, Any], wrong: dict[str, Any], field: str
) -> None:
    given = outcome("tax_clearance") | wrong
    if "relieved_fen" in wrong:
        del given["owed_fen"]
    error = refusal(world.act, waiting, "resolve", {"outcome": given})
    assert error.status == 422
    assert field in fields(error)


@pytest.fixture(scope="module")
def waiting(world: World) -> dict[str, Any]:
    """An assignment that nobody has answered."""
    case = world.file(world.bankruptcy("tax_clearance"))
    return last(world.delivered(case))


def test_another_offices_officer_sees_and_does_nothing(
    world: World, waiting: dict[str, Any]
) -> None:
    for act, body in (("accept", {}), ("return", {"reason": "x"}),
                      ("resolve", {"outcome": outcome("tax_clearance")})):  # fmt: skip
        assert refusal(world.act, waiting, act, body, by="tax.410502").status == 404
    path = f"/v1/assignments/{waiting['assignment_id']}"
    assert refusal(world.officer("tax.410502").get, "agency-tax", path).status == 404
    assert refusal(world.officer("housing.410500").get, "agency-tax", path).status == 403
    assert world.operator.get("agency-tax", path)["history"][-1]["type"] != "resolved"


def test_acting_twice_is_harmless(world: World, waiting: dict[str, Any]) -> None:
    world.act(waiting, "accept")
    before = world.act(waiting, "accept")
    done = world.resolve(waiting)
    assert world.resolve(waiting)["history"] == done["history"]
    assert [item["type"] for item in before["history"]] == ["received", "accepted"]
    case = waiting["assignment_id"].partition(".")[0]
    world.in_state(case, "closed")
    world.closed.append(case)
    assert refusal(world.resolve, waiting, owed_fen=7).status == 409
    assert refusal(world.act, waiting, "return", {"reason": "不办了"}).status == 409
    codes = [item["what"]["code"] for item in world.status(case)["history"]]
    assert codes.count("accepted") == codes.count("resolved") == codes.count("closed") == 1

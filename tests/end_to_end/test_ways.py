"""Every way a case can go, through the running services."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from services.client import Client
from tests.support.world import Json, World, fields, refusal, until

FILER = "court.410526"


@pytest.fixture
def filed(world: World) -> Callable[..., tuple[str, Json]]:
    """File a bankruptcy of a county with one need, and wait until its office has it."""

    def file(need: str = "tax_clearance", division: str = "410526") -> tuple[str, Json]:
        case = world.file(world.bankruptcy(need, division=division), FILER)
        return case, dict(world.delivered(case)["assignments"][0])

    return file


def codes(status: Json) -> list[str]:
    return [item["what"]["code"] for item in status["history"]]


def liaison(world: World, division: str = "410500") -> Client:
    return world.local.client("liaison", division=division)


def seen_by_office(world: World, given: Json, state: str) -> Json:
    """Wait until the office's own service shows an assignment in a state."""
    office = given["office"]["office"]
    path = f"/v1/assignments/{given['assignment_id']}"

    def look() -> Json | None:
        found: Json = world.officer(office).get("agency-tax", path)
        return found if found["state"] == state else None

    return until(look)


def test_a_withdrawn_case_is_recalled_from_its_office_and_closed(
    world: World, filed: Callable[..., tuple[str, Json]]
) -> None:
    case, given = filed()
    path = f"/v1/cases/{case}/withdraw"
    assert refusal(world.filer("court.410500").post, "intake", path, {"reason": "x"}).status == 404
    world.filer(FILER).post("intake", path, {"reason": "双方和解"})
    found = world.in_state(case, "closed")
    assert found["ending"]["code"] == "withdrawn"
    assert found["assignments"][0]["state"]["code"] == "recalled"
    seen_by_office(world, given, "recalled")
    assert refusal(world.resolve, given).status == 409
    again = world.filer(FILER).post("intake", path, {"reason": "双方和解"})
    assert again
    assert refusal(world.filer(FILER).post, "intake", path, {"reason": "别的"}).status == 409
    world.closed.append(case)


def test_a_filer_concludes_while_an_office_still_works(
    world: World, filed: Callable[..., tuple[str, Json]]
) -> None:
    case, given = filed()
    said = {"kind": "bankruptcy", "ended": "terminated", "concluded_on": "2024-05-20"}
    path = f"/v1/cases/{case}/conclude"
    wrong = {"conclusion": said | {"kind": "stalled_project"}}
    assert refusal(world.filer(FILER).post, "intake", path, wrong).status == 422
    world.filer(FILER).post("intake", path, {"conclusion": said})
    found = world.in_state(case, "closed")
    assert (found["ending"]["code"], found["concluded_on"]) == ("concluded", "2024-05-20")
    seen_by_office(world, given, "recalled")
    world.closed.append(case)


def test_a_question_stops_the_clock_and_its_answer_reaches_the_office(
    world: World, filed: Callable[..., tuple[str, Json]]
) -> None:
    case, given = filed()
    world.act(given, "information", {"question": "请补充审计报告"})
    waits = world.in_state(case, "waiting_information")["waits_for"]
    assert [item["office"] for item in waits] == [FILER]
    path = f"/v1/cases/{case}/information"
    (asked,) = until(lambda: world.filer(FILER).get("intake", path)["requests"] or None)
    assert refusal(world.act, given, "information", {"question": "还有"}).status == 409
    body = {"assignment_id": given["assignment_id"], "request": asked["request"]}
    world.filer(FILER).post("intake", path, body | {"answer": "审计报告已附"})
    shown = until(
        lambda: (
            found
            if "审计报告已附" in str(found := world.officer("tax.410526").get(
                "agency-tax", f"/v1/assignments/{given['assignment_id']}"))
            else None
        )
    )  # fmt: skip
    assert shown["state"] != "resolved"
    world.close(case)


def test_the_liaison_officer_recalls_and_routes_by_hand(
    world: World, filed: Callable[..., tuple[str, Json]]
) -> None:
    case, given = filed()
    recall = f"/v1/cases/{case}/assignments/{given['assignment_id']}/recall"
    other = liaison(world, "410502")
    assert refusal(other.post, "routing", recall, {"reason": "x"}).status == 404
    liaison(world).post("routing", recall, {"reason": "由市局统一办理"})
    world.in_state(case, "desk")
    seen_by_office(world, given, "recalled")
    route = f"/v1/cases/{case}/tasks/tax_clearance/route"
    wrong = {"office": "tax.999999", "reason": "x"}
    assert "office" in fields(refusal(liaison(world).post, "routing", route, wrong))
    liaison(world).post("routing", route, {"office": "tax.410500", "reason": "由市局统一办理"})
    second = world.delivered(case, 2)["assignments"][-1]
    assert (second["office"]["office"], second["rule"]) == ("tax.410500", "desk")
    world.close(case)


@pytest.mark.parametrize(
    ("here", "there", "officer"), [("410526", "410500", "410526"), ("410500", "410526", "410500")]
)
def test_a_task_is_transferred_between_a_county_and_its_city(
    world: World, filed: Callable[..., tuple[str, Json]], here: str, there: str, officer: str
) -> None:
    case, given = filed(division=here)
    path = f"/v1/cases/{case}/tasks/tax_clearance/transfer"
    body = {"office": f"tax.{there}", "reason": "案情复杂，移交办理"}
    liaison(world, officer).post("routing", path, body)
    second = world.delivered(case, 2)["assignments"][-1]
    assert (second["office"]["office"], second["rule"]) == (f"tax.{there}", "transfer")
    assert world.status(case)["assignments"][0]["state"]["code"] == "recalled"
    seen_by_office(world, given, "recalled")
    world.close(case)


def test_what_the_desk_routed_by_hand_becomes_a_rule(world: World) -> None:
    details = {
        "kind": "administrative_dispute", "cause": "disclosure", "phase": "before",
        "respondent": "education.410523", "needs": ["pre_suit_communication"],
    }  # fmt: skip
    filing = world.filing("某校信息公开", "410523", details)
    case = world.file(filing, "court.410523")
    world.in_state(case, "desk")
    name = f"desk-{world.reference()}"
    body = {
        "office": "justice.410523", "reason": "教育部门未加入",
        "as_rule": {"id": name, "why": "教育部门未加入", "receipt_days": 2, "resolution_days": 10,
                    "division": "410523", "over": True},
    }  # fmt: skip
    path = f"/v1/cases/{case}/tasks/pre_suit_communication/route"
    before = world.operator.get("routing", "/v1/rules")["version"]
    liaison(world).post("routing", path, body)
    rules = until(
        lambda: (
            found if (found := world.operator.get("routing", "/v1/rules"))["version"] > before
            else None
        )
    )  # fmt: skip
    assert name in [item["id"] for item in rules["rules"]]
    like = world.file(world.filing("某校信息公开之二", "410523", details), "court.410523")
    given = world.delivered(like)["assignments"][0]
    assert (given["rule"], given["office"]["office"]) == (name, "justice.410523")
    version = f"/v1/rules/versions/{before}/restore"
    newest = rules["version"]
    world.operator.post("routing", version, {"why": "测试结束", "base_version": newest})
    for one in (case, like):
        world.delivered(one)
        world.close(one)


def test_linked_cases_show_each_other(world: World, filed: Callable[..., tuple[str, Json]]) -> None:
    (one, _), (other, _) = filed(), filed("tax_relief")
    body = {"other": other, "relation": "same_party", "reason": "同一债务人"}
    world.filer(FILER).post("routing", f"/v1/cases/{one}/links", body)
    for case, linked in ((one, other), (other, one)):

        def look(case: str = case, linked: str = linked) -> bool | None:
            links = world.filer(FILER).get("routing", f"/v1/cases/{case}/links")["links"]
            return [item["other"] for item in links] == [linked] or None

        until(look)
        assert "linked" in codes(world.status(case))
        world.close(case)


def test_like_cases_are_shown_to_their_office(world: World) -> None:
    party = {"name": f"类案企业{world.reference()}"}
    cases = []
    for _ in range(3):
        filing = world.bankruptcy("tax_clearance", division="410526")
        filing["details"]["debtor"] = party
        del filing["details"]["project"]
        cases.append(world.file(filing, FILER))
    given = world.delivered(cases[0])["assignments"][0]
    path = f"/v1/assignments/{given['assignment_id']}"

    def look() -> Json | None:
        found: Json = world.officer("tax.410526").get("agency-tax", path)
        return found if party["name"] in str(found["clusters"]) else None

    assert until(look)["clusters"]
    fresh = world.operator.get("routing", f"/v1/cases/{cases[2]}/clusters")["clusters"]
    assert [(item["alike"], item["size"]) for item in fresh] == [("party", 3)]
    for case in cases:
        world.delivered(case)
        world.close(case)


def test_a_file_goes_to_the_office_that_works_on_the_case_and_to_nobody_else(
    world: World, filed: Callable[..., tuple[str, Json]]
) -> None:
    case, given = filed()
    content = "清算报告".encode()
    path = f"/v1/cases/{case}/attachments"
    upload: Any = world.filer(FILER).upload
    added = upload("intake", path, (content, "text/plain"), name="清算报告.txt")
    assert added["sha256"] == hashlib.sha256(content).hexdigest()
    assert "name" in fields(
        refusal(upload, "intake", path, (content, "text/plain"), name="../x.txt")
    )
    assert refusal(upload, "intake", path, (content, "application/pdf"), name="x.pdf").status in (
        415, 422,
    )  # fmt: skip
    assignment = f"/v1/assignments/{given['assignment_id']}"
    until(
        lambda: (
            "清算报告.txt" in str(world.officer("tax.410526").get("agency-tax", assignment)) or None
        )
    )
    one = f"{path}/{added['attachment_id']}"
    assert world.officer("tax.410526").download("intake", one) == content
    for nobody in (world.officer("tax.410502"), world.filer("court.410502")):
        assert refusal(nobody.download, "intake", one).status in (403, 404)
    world.close(case)

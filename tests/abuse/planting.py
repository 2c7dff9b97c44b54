"""A case with everything about it, every text of it marked, in the hands of its own people."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from fuyuan_contracts.identifiers import resident_id_check
from fuyuan_contracts.ids import project_id
from services.client import Client, ClientError
from tests.support.world import Json, World, until

MARK = "记号璇玑玉衡"
"""Stands in every text that is said about the case, and nowhere else."""
DIVISION, YEAR, BUDGET_FEN = "410526", "2019", 123_456_789
COURT, TAX, HOUSING = (f"{organ}.{DIVISION}" for organ in ("court", "tax", "housing"))
PHONE = "13803725566"
RESIDENT_ID = (body := "41052619850211453") + resident_id_check(body)
ADDRESS = "planted@example.invalid"


@dataclass
class Planted:
    """The ids of what there is, by the name of the path parameter that takes them."""

    case: str
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    """(service or "", parameter) → id."""
    secret: set[str] = field(default_factory=set)
    """What nobody else may be shown."""
    insiders: dict[str, Client] = field(default_factory=dict)
    digest: str = ""
    """Of the person, as intake gives it to look readings up by."""


def told(ask: Any, *args: Any, **more: Any) -> Any:
    """Ask until what it takes has been heard: 403, 404 and 409 are answers of one who hasn't."""

    def look() -> Any:
        try:
            return ask(*args, **more)
        except ClientError as error:
            if error.status in (403, 404, 409):
                return None
            raise

    return until(look)


def plant(world: World) -> Planted:
    client = world.local.client
    court, tax = world.filer(COURT), world.officer(TAX)
    liaison, housing = client("liaison", division=DIVISION), world.officer(HOUSING)
    contact = {"name": f"王{MARK}", "phone": PHONE, "resident_id": RESIDENT_ID}
    filing = world.bankruptcy("tax_clearance", "social_insurance", division=DIVISION)
    filing |= {"title": MARK, "summary": MARK, "contact": contact, "reference": f"号{MARK}"}
    filing["details"]["debtor"]["name"] = MARK
    case = world.file(filing, COURT)
    planted = Planted(case, secret={MARK, case, PHONE, RESIDENT_ID, str(BUDGET_FEN)})
    planted.insiders = {"court": court, "tax": tax, "liaison": liaison, "housing": housing}
    planted.insiders["operator"] = world.operator
    given = {item["task"]: item for item in world.delivered(case, 2)["assignments"]}
    assignment = given["tax_clearance"]["assignment_id"]
    _at_the_court(planted, court)
    _at_the_office(planted, tax, assignment)
    _at_the_liaison_office(planted, liaison, assignment)
    project = _about_a_project(world, planted)
    ids = {
        ("", "id_"): case, ("", "case_id"): case, ("", "assignment"): assignment,
        ("", "assignment_id"): assignment, ("", "project"): project, ("", "task"): "tax_clearance",
        ("", "division"): DIVISION, ("", "year"): YEAR, ("", "number"): "1", ("", "decision"): "1",
        ("", "figure"): "bankruptcy.filed", ("", "rule_id"): "r", ("", "office_id"): TAX,
        ("", "key_id"): "none", ("", "parked_id"): "none", ("", "name"): "none",
        ("metrics /v1/bulletins", "id_"): f"{DIVISION}:2024-01..2024-06@1",
    }  # fmt: skip
    planted.ids = ids | planted.ids
    planted.digest = court.get("intake", f"/v1/cases/{case}")["filing"]["contact"]["digest"]
    until(lambda: world.operator.get("metrics", f"/v1/cases/{case}/facts"))
    until(lambda: court.get("routing", "/v1/cases", q=MARK)["cases"] or None)
    return planted


def _at_the_court(planted: Planted, court: Client) -> None:
    path = f"/v1/cases/{planted.case}"
    file = (MARK.encode(), "text/plain")
    added = court.upload("intake", f"{path}/attachments", file, name=f"{MARK}.txt")
    planted.ids["", "attachment_id"] = added["attachment_id"]
    planted.secret |= {added["attachment_id"], hashlib.sha256(file[0]).hexdigest()}
    subscription = {"channel": "mail", "address": ADDRESS, "digest": "daily"}
    made = court.post("notices", "/v1/subscriptions", subscription)
    planted.ids["notices", "id_"] = made["id"]
    planted.secret |= {made["id"], ADDRESS}


def _at_the_office(planted: Planted, tax: Client, assignment: str) -> None:
    planted.secret.add(assignment)
    for act, body in (
        ("receive", None), ("accept", None), ("progress", {"note": MARK}),
        ("information", {"question": MARK}),
    ):  # fmt: skip
        tax.post("agency-tax", f"/v1/assignments/{assignment}/{act}", body)
    path = f"/v1/cases/{planted.case}/disclosures"
    asked = {"field": "phone", "purpose": MARK}
    assert told(tax.post, "intake", path, asked)["value"] == PHONE


def _at_the_liaison_office(planted: Planted, liaison: Client, assignment: str) -> None:
    instruction = {
        "number": f"批{MARK}", "office": TAX, "text": MARK, "issued_by": MARK,
        "issued_on": "2024-03-08", "due_on": "2031-03-15", "assignment_id": assignment,
    }  # fmt: skip
    meeting = {
        "reference": f"纪{MARK}", "type": "joint_conference", "title": MARK, "on": "2024-03-08",
        "chaired_by": MARK, "decisions": [MARK], "cases": [planted.case],
    }  # fmt: skip
    member = {
        "name": MARK, "office": MARK, "post": MARK, "role": "staff", "since": "2024-01-01",
    }  # fmt: skip
    expense = {"reference": MARK, "on": f"{YEAR}-01-02", "amount_fen": 5, "purpose": MARK}
    for path, parameter, body in (
        ("instructions", "instruction_id", instruction), ("meetings", "meeting_id", meeting),
        ("directory", "member_id", member),
    ):  # fmt: skip
        made = told(liaison.post, "liaison", f"/v1/{path}", body)
        planted.ids["", parameter] = made[parameter]
        planted.secret.add(made[parameter])
    budget = f"/v1/budget/{DIVISION}/{YEAR}"
    liaison.put("liaison", budget, {"amount_fen": BUDGET_FEN})
    liaison.post("liaison", f"{budget}/spend", expense)


def _about_a_project(world: World, planted: Planted) -> str:
    filing = world.project(f"{MARK}小区", DIVISION)
    case = world.file(filing, COURT)
    project = project_id(DIVISION, f"{MARK}小区")
    planted.secret |= {case, project}
    body: Json = {"to": "studying", "on": "2024-05-16", "reason": MARK}
    keeper = planted.insiders["housing"]
    told(keeper.post, "tracker", f"/v1/projects/{project}/stage", body)
    link = {"other": case, "relation": "same_party", "reason": MARK}
    told(planted.insiders["court"].post, "routing", f"/v1/cases/{planted.case}/links", link)
    return project

"""Every kind of case can be filed; what is wrong with one is named by field."""

import json
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from fuyuan_contracts.cases import ASKED
from fuyuan_contracts.envelope import Envelope
from services.intake.bodies import FilingBody, errors_of
from services.runtime.domain import business_day
from services.runtime.http import field_errors
from tests.intake.conftest import Intake
from tests.intake.test_api import PHONE, RESIDENT_ID, filing
from tests.intake.test_disclosures import CONTACT, ask, until
from tests.intake.test_rules import NOW

DIVISIONS = frozenset({"410500", "410526"})
PARTY = {"name": "某公司", "type": "organisation"}
PROJECT = {"division": "410526", "name": "某花园"}
DETAILS: dict[str, dict[str, Any]] = {
    "bankruptcy": {
        "debtor": {"name": "某公司"}, "procedure": "liquidation", "needs": ["tax_clearance"],
    },
    "stalled_project": {"project": PROJECT, "developer": {"name": "某地产"}},
    "judgment_enforcement": {
        "basis": "(2024)豫0526民初1号", "debtor": {"name": "王某"}, "debtor_role": "individual",
        "claim_fen": 100_00, "measures": ["find_person", "find_vehicle"], "plate": "豫E00000",
    },
    "penalty_enforcement": {
        "decision": "滑自然资罚〔2024〕1号", "penalised": PARTY, "penalty_fen": 100_00,
    },
    "civil_dispute": {
        "cause": "house_sale", "project": PROJECT, "parties": [PARTY], "disputes": 3,
    },
    "administrative_dispute": {
        "cause": "land_compensation", "phase": "before", "respondent": "natural_resources.410526",
        "action": "安罗高速", "households": 20,
    },
    "administrative_lawsuit": {
        "number": "(2024)豫0526行初1号", "court": "court.410526", "instance": "first",
        "plaintiff": PARTY, "defendant": "natural_resources.410526", "cause": "penalty",
    },
    "reconsideration": {
        "organ": "justice.410526", "applicant": PARTY, "respondent": "natural_resources.410526",
        "cause": "disclosure",
    },
    "credit_discipline": {
        "list": "dishonest_debtor", "action": "impose", "subject": PARTY,
        "basis": "(2024)豫0526执1号", "effective_on": "2024-09-01",
    },
}  # fmt: skip

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("bankruptcy", {"procedure": "sale"}, "details.procedure"),
    ("bankruptcy", {"needs": []}, "details.needs"),
    ("bankruptcy", {"debtor": {"name": f"某{PHONE}"}}, "details.debtor.name"),
    ("stalled_project", {"units": -1}, "details.units"),
    ("stalled_project", {"project": {"division": "110000", "name": "甲"}},
     "details.project.division"),
    ("stalled_project", {"stalled_since": "2999-01-01"}, "details.stalled_since"),
    ("judgment_enforcement", {"measures": ["find_ship"]}, "details.measures.0"),
    ("judgment_enforcement", {"claim_fen": 1.5}, "details.claim_fen"),
    ("judgment_enforcement", {"debtor": {"name": f"王某{RESIDENT_ID}"}}, "details.debtor.name"),
    ("judgment_enforcement", {"creditor": {"name": f"电话{PHONE}"}}, "details.creditor.name"),
    ("judgment_enforcement", {"basis": f"号{RESIDENT_ID}"}, "details.basis"),
    ("penalty_enforcement", {"conduct": f"联系{PHONE}"}, "details.conduct"),
    ("penalty_enforcement", {"decided_on": "2999-01-01"}, "details.decided_on"),
    ("penalty_enforcement", {"penalised": {"name": "甲", "type": "dog"}},
     "details.penalised.type"),
    ("civil_dispute", {"disputes": 0}, "details.disputes"),
    ("civil_dispute", {"cause": "divorce"}, "details.cause"),
    ("civil_dispute", {"parties": [{"name": f"李某 {PHONE}"}]}, "details.parties.0.name"),
    ("administrative_dispute", {"phase": "later"}, "details.phase"),
    ("administrative_dispute", {"respondent": "nobody"}, "details.respondent"),
    ("administrative_dispute", {"action": f"找{PHONE}"}, "details.action"),
    ("administrative_lawsuit", {"instance": "third"}, "details.instance"),
    ("administrative_lawsuit", {"plaintiff": {"name": RESIDENT_ID}}, "details.plaintiff.name"),
    ("administrative_lawsuit", {"court": 1}, "details.court"),
    ("reconsideration", {"organ": "justice"}, "details.organ"),
    ("reconsideration", {"cause": "none"}, "details.cause"),
    ("reconsideration", {"applicant": {"name": f"张某{PHONE}"}}, "details.applicant.name"),
    ("credit_discipline", {"list": "grey"}, "details.list"),
    ("credit_discipline", {"effective_on": "2024/09/01"}, "details.effective_on"),
    ("credit_discipline", {"subject": {"name": f"某{PHONE}"}}, "details.subject.name"),
]  # fmt: skip


def of_kind(kind: str, **changes: Any) -> dict[str, Any]:
    return filing(f"kind-{kind}", details={"kind": kind, **DETAILS[kind], **changes})


def is_about(case_id: str, event: Envelope) -> bool:
    return event.subject == case_id


def wrong_fields(document: dict[str, Any]) -> list[str]:
    try:
        body = FilingBody.model_validate_json(json.dumps(document))
    except ValidationError as error:
        return [item.field for item in field_errors(error.errors(), document)]
    return [item.field for item in errors_of(body, DIVISIONS, business_day(NOW))]


def test_the_tables_have_every_kind() -> None:
    assert set(DETAILS) == {*ASKED}
    assert {kind: sum(item[0] == kind for item in WRONG) >= 3 for kind in DETAILS} == dict.fromkeys(
        DETAILS, True
    )


@pytest.mark.parametrize(("kind", "changes", "field"), WRONG)
def test_what_is_wrong_with_a_kind_is_named(kind: str, changes: dict[str, Any], field: str) -> None:
    named = wrong_fields(of_kind(kind, **changes))
    assert field in named
    assert all(field.startswith(item) for item in named)


@pytest.mark.parametrize("number", ["13800000000", "(2024)豫05破13800000000号"])
def test_eleven_digits_may_be_a_courts_number(number: str) -> None:
    assert wrong_fields(of_kind("judgment_enforcement", basis=number)) == []


async def test_every_kind_can_be_filed_and_is_told_to_routing(intake: Intake) -> None:
    lines = b"\n".join(json.dumps(of_kind(kind)).encode() for kind in DETAILS)
    how = intake.filer()
    how["headers"]["Content-Type"] = "application/jsonl"
    said = (await intake.http.post("/v1/cases/batch", content=lines, **how)).json()
    assert (said["filed"], said["failed"]) == (len(DETAILS), 0), said
    for kind, line in zip(DETAILS, said["results"], strict=True):
        event = await intake.hears(partial(is_about, line["case_id"]))
        assert event.data["kind"] == event.data["details"]["kind"] == kind


async def test_the_person_looked_for_is_told_only_to_the_office_that_looks(intake: Intake) -> None:
    body = of_kind("judgment_enforcement") | {"reference": "find", "contact": CONTACT}
    filed = await intake.http.post("/v1/cases", json=body, **intake.filer())
    case_id = filed.json()["case_id"]
    police = "public_security.410500"
    await intake.routed(case_id, police, task="find_person", kind="judgment_enforcement")
    await until(intake, case_id, 200, police)
    answer = await ask(intake, case_id, police, field="resident_id", purpose="查找被执行人")
    assert answer.json() == {"field": "resident_id", "value": RESIDENT_ID}
    assert (await ask(intake, case_id)).status_code == 403
    event = await intake.hears(lambda event: event.subject == case_id)
    assert RESIDENT_ID not in event.model_dump_json()

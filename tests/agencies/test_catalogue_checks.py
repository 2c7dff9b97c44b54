"""The checks of the whole catalogue: every agency's tasks, held against the case and themselves."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from fuyuan_contracts.cases import ASKED, Details
from fuyuan_contracts.outcomes import AnyOutcome
from services.agencies.profiles import PROFILES, check_outcome, findings
from services.runtime.domain import RefusedError

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 3, 5)
OUTCOME: TypeAdapter[Any] = TypeAdapter(AnyOutcome)
DETAILS: TypeAdapter[Any] = TypeAdapter(Details)
MARKET = "market_regulation"
PERSON, FIRM = {"name": "某甲"}, {"name": "某公司", "type": "organisation"}
ENFORCE, CREDIT, ADMIN = "judgment_enforcement", "credit_discipline", "administrative_dispute"


@pytest.mark.parametrize(
    ("agency", "kind", "task", "details", "codes"),
    [
        ("public_security", ENFORCE, "find_person", {}, []),
        ("public_security", ENFORCE, "find_person", {"debtor": FIRM}, ["debtor_no_person"]),
        ("public_security", ENFORCE, "find_vehicle", {"plate": "豫E00001"}, []),
        ("public_security", ENFORCE, "detention_assist", {"debtor": FIRM}, ["debtor_no_person"]),
        ("public_security", CREDIT, "consumption_watch", {}, []),
        (
            "public_security",
            CREDIT,
            "consumption_watch",
            {"list": "dishonest_debtor"},
            ["not_a_consumption_limit"],
        ),
        ("natural_resources", ENFORCE, "find_property", {}, []),
        (MARKET, ENFORCE, "freeze_equity", {}, ["claim_fen_missing"]),
        (MARKET, ENFORCE, "freeze_equity", {"claim_fen": 1}, []),
        (MARKET, CREDIT, "credit_publication", {}, ["subject_code_missing"]),
        (MARKET, CREDIT, "credit_publication", {"subject": PERSON}, []),
        ("social_security", ENFORCE, "withhold_income", {"claim_fen": 1}, []),
        ("court", "penalty_enforcement", "penalty_enforcement", {}, ["decided_on_missing"]),
        ("court", ADMIN, "explanation", {}, ["lawsuit_missing"]),
        ("financial_regulation", "bankruptcy", "financing", {}, ["financing_fen_missing"]),
        ("financial_regulation", CREDIT, "bank_notice", {}, []),
        ("justice", "civil_dispute", "civil_mediation", {}, ["parties_missing"]),
        ("justice", ADMIN, "administrative_mediation", {}, ["participants_missing"]),
        ("justice", "reconsideration", "reconsideration_decision", {}, []),
        (
            "justice",
            "reconsideration",
            "reconsideration_decision",
            {"respondent": "justice.410526"},
            ["organ_is_respondent"],
        ),
        ("petition", "civil_dispute", "petition_reception", {}, []),
        ("housing", "civil_dispute", "housing_coordination", {}, []),
        ("procuratorate", ADMIN, "supervision", {"lawsuit": "(2026)豫0526行初1号"}, []),
        ("finance", "stalled_project", "project_funding", {}, []),
        ("tax", CREDIT, "tax_incentive", {}, ["not_trustworthy"]),
        ("urban_management", ADMIN, "pre_suit_communication", {}, ["not_before_suit"]),
        ("urban_management", ADMIN, "pre_judgment_consultation", {}, []),
        ("finance", "administrative_lawsuit", "respond_to_suit", {}, []),
        ("finance", "administrative_lawsuit", "loss_review", {}, []),
        ("finance", ENFORCE, "performance", {}, ["claim_fen_missing"]),
        ("urban_management", ENFORCE, "find_person", {}, ["task_not_ours"]),
    ],
)
def test_every_agency_knows_its_tasks_and_what_is_missing_to_begin(  # noqa: PLR0917 -- a table
    given: Any, agency: str, kind: str, task: str, details: dict[str, Any], codes: list[str]
) -> None:
    found = findings(given(task, f"{agency}.410526", kind=kind, **details))
    assert [finding.code for finding in found] == codes


def test_the_thirteen_agencies_of_the_deployment_handle_every_task_there_is() -> None:
    written = yaml.safe_load((ROOT / "deploy/offices.yaml").read_text(encoding="utf-8"))
    deployed = {item["id"] for item in written["agencies"]} - {"liaison"}
    assert PROFILES.keys() == deployed
    tasks = {item.value for asked in ASKED.values() for item in asked}
    assert {task for profile in PROFILES.values() for task in profile.arrival} == tasks


PENALTY = {"filed_on": "2026-03-02", "reviewed_on": "2026-03-03", "closed_on": "2026-03-04"}
ROUNDS = [{"number": 1, "held_on": "2026-03-03", "withdrew": 2, "settled": 2},
          {"number": 2, "held_on": "2026-03-04", "withdrew": 1, "settled": 0}]  # fmt: skip
KIND = {
    "detention_assist": (ENFORCE, "public_security"),
    "find_vehicle": (ENFORCE, "public_security"),
    "performance": (ENFORCE, "finance"),
    "freeze_equity": (ENFORCE, MARKET),
    "penalty_enforcement": ("penalty_enforcement", "court"),
    "consumption_watch": (CREDIT, "public_security"),
    "credit_publication": (CREDIT, MARKET),
    "bank_notice": (CREDIT, "financial_regulation"),
    "civil_mediation": ("civil_dispute", "justice"),
    "administrative_mediation": (ADMIN, "justice"),
    "respond_to_suit": ("administrative_lawsuit", "finance"),
    "loss_review": ("administrative_lawsuit", "finance"),
    "reconsideration_decision": ("reconsideration", "justice"),
}


@pytest.mark.parametrize(
    ("task", "answer", "details", "field"),
    [
        ("detention_assist", {"detained": True, "detained_on": "2026-03-03"}, {}, None),
        ("detention_assist", {"detained": False}, {}, None),
        ("detention_assist", {"detained": True}, {}, "detained_on"),
        ("detention_assist", {"detained": False, "detained_on": "2026-03-03"}, {}, "detained_on"),
        ("detention_assist", {"detained": True, "detained_on": "2026-03-01"}, {}, "detained_on"),
        ("detention_assist", {"detained": True, "detained_on": "2026-03-06"}, {}, "detained_on"),
        (
            "detention_assist",
            {"detained": True, "detained_on": "2026-03-03", "result": "not_possible"},
            {},
            "detained",
        ),
        ("find_vehicle", {"vehicles": 0}, {}, None),
        ("find_vehicle", {"vehicles": 1, "result": "not_possible"}, {}, "vehicles"),
        ("performance", {"paid_fen": 0}, {}, "paid_fen"),
        ("performance", {"paid_fen": 9}, {"claim_fen": 5}, None),
        ("freeze_equity", {"frozen_fen": 0, "result": "not_possible"}, {}, None),
        ("penalty_enforcement", {"allowed": False, **PENALTY}, {"decided_on": "2026-03-02"}, None),
        (
            "penalty_enforcement",
            {"allowed": False, **PENALTY},
            {"decided_on": "2026-03-03"},
            "filed_on",
        ),
        ("penalty_enforcement", {"allowed": False, **PENALTY, "filed_on": "2026-03-01"}, {},
         "filed_on"),
        ("penalty_enforcement", {"allowed": True, **PENALTY, "closed_on": "2026-03-06"}, {},
         "closed_on"),
        ("consumption_watch", {"watched": True}, {}, None),
        ("consumption_watch", {"watched": False}, {}, "watched"),
        ("consumption_watch", {"watched": False}, {"action": "lift"}, None),
        ("consumption_watch", {"watched": True}, {"action": "lift"}, "watched"),
        ("credit_publication", {"published_on": "2026-03-01"}, {}, "published_on"),
        ("credit_publication", {}, {}, "published_on"),
        ("bank_notice", {"banks": 0}, {}, "banks"),
        ("civil_mediation", {"ended": "settled", "settled": 1, "as_group": False}, {}, None),
        ("civil_mediation", {"ended": "settled", "settled": 9, "as_group": True},
         {"disputes": 9}, None),
        ("civil_mediation", {"ended": "settled", "settled": 10, "as_group": True},
         {"disputes": 9}, "settled"),
        ("civil_mediation", {"ended": "settled", "settled": 1, "as_group": True}, {}, "as_group"),
        ("civil_mediation", {"ended": "settled", "settled": 0, "as_group": False}, {}, "settled"),
        ("civil_mediation", {"ended": "failed", "settled": 1, "as_group": False}, {}, "settled"),
        ("civil_mediation", {"ended": "settled", "settled": 1, "as_group": False,
                             "result": "not_possible"}, {}, "ended"),
        ("administrative_mediation", {"ended": "withdrawn", "rounds": ROUNDS},
         {"households": 3}, None),
        ("administrative_mediation", {"ended": "withdrawn", "rounds": ROUNDS}, {}, None),
        ("administrative_mediation", {"ended": "withdrawn", "rounds": ROUNDS},
         {"households": 2}, "rounds"),
        ("administrative_mediation",
         {"ended": "withdrawn", "rounds": [ROUNDS[0], ROUNDS[1] | {"held_on": "2026-03-02"}]},
         {}, "rounds"),
        ("respond_to_suit", {"head_appeared": True, "result": "not_possible"}, {},
         "head_appeared"),
        ("loss_review", {"held_on": "2026-03-03"}, {}, "causes"),
        ("loss_review", {"held_on": "2026-03-03", "causes": ["程序违法"]}, {}, None),
        ("loss_review", {"held_on": "2026-03-01", "causes": ["程序违法"]}, {}, "held_on"),
        ("reconsideration_decision", {"decision": "upheld"}, {}, None),
        ("reconsideration_decision", {"decision": "upheld", "result": "not_possible"}, {},
         "result"),
    ],
)  # fmt: skip
def test_outcomes_of_the_whole_catalogue_are_held_against_the_case(
    given: Any, task: str, answer: dict[str, Any], details: dict[str, Any], field: str | None
) -> None:
    kind, agency = KIND[task]
    assigned = given(task, f"{agency}.410526", kind=kind, **details)
    said = OUTCOME.validate_python(
        {"task": task, "concluded_on": "2026-03-04", "result": "done"} | answer
    )
    plain = OUTCOME.dump_python(said, mode="json", exclude_none=True)
    if field is None:
        check_outcome(assigned, plain, TODAY)
        return
    with pytest.raises(RefusedError) as refused:
        check_outcome(assigned, plain, TODAY)
    assert refused.value.field == f"outcome.{field}"


SAMPLES = [
    json.loads(line)
    for line in (ROOT / "deploy/samples/report-cases.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda item: item["filing"]["reference"])
def test_what_offices_answered_in_the_reports_own_cases_passes(
    given: Any, sample: dict[str, Any]
) -> None:
    filing = sample["filing"]
    details = DETAILS.validate_python(filing["details"]).model_dump(mode="json", exclude_none=True)
    filed_on = date.fromisoformat(filing["filed_on"])
    for task, answer in sample["answers"].items():
        said = OUTCOME.validate_python(answer)
        plain = OUTCOME.dump_python(said, mode="json", exclude_none=True)
        for agency in [name for name, one in PROFILES.items() if task in one.arrival]:
            made = given("tax_clearance", f"{agency}.410500")
            case = {**made.case, "details": details}
            made = replace(made, task=task, case=case, filed_on=filed_on)
            check_outcome(made, plain, TODAY)

"""Each agency's own checks: what arrives, what goes out."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.agencies.profiles import PROFILES, check_outcome, findings
from services.runtime.domain import RefusedError

TODAY = date(2026, 3, 5)
CODE = {"debtor": {"name": "某公司", "credit_code": "91410500MA40A2B3XF"}}
MARKET = "market_regulation"
PROJECT = {"project": {"division": "410527", "name": "某小区"}}
REORGANISED = {**CODE, "procedure": "reorganisation"}


@pytest.mark.parametrize(
    ("agency", "task", "details", "codes"),
    [
        ("tax", "tax_clearance", {}, ["credit_code_missing"]),
        ("tax", "tax_clearance", CODE, []),
        ("tax", "tax_relief", {}, ["credit_code_missing"]),
        ("tax", "retirement", CODE, ["task_not_ours"]),
        (MARKET, "deregistration", {**CODE, "accepted_on": "2026-01-05"}, []),
        (MARKET, "deregistration", CODE, ["accepted_on_missing"]),
        (
            MARKET,
            "deregistration",
            {"procedure": "settlement"},
            ["credit_code_missing", "accepted_on_missing", "not_a_liquidation"],
        ),
        (MARKET, "credit_repair", REORGANISED, []),
        (MARKET, "credit_repair", CODE, ["company_ends"]),
        ("housing", "housing_continuation", {"needs": ["fire_acceptance"], **PROJECT}, []),
        ("housing", "housing_continuation", {}, ["project_missing"]),
        ("housing", "fire_acceptance", {}, ["project_missing"]),
        ("social_security", "social_insurance", {}, ["employees_missing"]),
        ("social_security", "social_insurance", {"employees": 0}, ["employees_missing"]),
        ("social_security", "social_insurance", {"employees": 30}, []),
        ("social_security", "retirement", {"employees": 30}, ["retirees_missing"]),
        ("social_security", "retirement", {"retirees": 3}, []),
        ("financial_regulator", "financing", {}, []),
    ],
)
def test_what_stands_against_handling_an_assignment_is_found_on_arrival(
    given: Any, agency: str, task: str, details: dict[str, Any], codes: list[str]
) -> None:
    found = findings(given(task, f"{agency}.410500", **details))
    assert [finding.code for finding in found] == codes
    assert all(finding.zh and finding.en for finding in found)


def outcome(task: str, **more: Any) -> dict[str, Any]:
    return {"task": task, "concluded_on": "2026-03-04", "result": "done"} | more


REFUSED = [
    ("tax", outcome("tax_relief", relieved_fen=1), {}, "task"),
    ("plain", outcome("tax_relief", relieved_fen=1), {}, "task"),
    ("plain", outcome("tax_clearance", owed_fen=1, concluded_on="2026-03-06"), {}, "concluded_on"),
    ("plain", outcome("tax_clearance", owed_fen=1, concluded_on="2026-03-01"), {}, "concluded_on"),
    ("tax", outcome("tax_clearance", owed_fen=-1), {}, "owed_fen"),
    ("tax", outcome("tax_relief", relieved_fen=0), {}, "relieved_fen"),
    ("tax", outcome("tax_relief", relieved_fen=1, result="not_possible"), {}, "relieved_fen"),
    (MARKET, outcome("deregistration"), {}, "deregistered_on"),
    (MARKET, outcome("deregistration", deregistered_on="2026-03-06"), {}, "deregistered_on"),
    (
        MARKET,
        outcome("deregistration", deregistered_on="2026-01-04"),
        {"accepted_on": "2026-01-05"},
        "deregistered_on",
    ),
    (MARKET, outcome("credit_repair", repaired=[]), {}, "repaired"),
    ("housing", outcome("fire_acceptance"), {}, "certificate"),
    ("housing", outcome("project_funding", amount_fen=0), {}, "amount_fen"),
    ("housing", outcome("project_resumption"), {}, "resumed_on"),
    ("social_security", outcome("retirement", retirees=4), {"retirees": 3}, "retirees"),
    ("social_security", outcome("social_insurance", employees=31), {"employees": 30}, "employees"),
    (
        "social_security",
        outcome("social_insurance", employees=1, owed_fen=-1),
        {"employees": 30},
        "owed_fen",
    ),
]


@pytest.mark.parametrize(("agency", "answer", "details", "field"), REFUSED)
def test_an_outcome_that_contradicts_itself_or_the_case_is_refused_by_field(
    given: Any, agency: str, answer: dict[str, Any], details: dict[str, Any], field: str
) -> None:
    task = "tax_clearance" if field == "task" else answer["task"]
    with pytest.raises(RefusedError) as refused:
        check_outcome(given(task, f"{agency}.410500", **details), answer, TODAY)
    assert refused.value.field == f"outcome.{field}"


FIT = [
    ("tax", outcome("tax_clearance", owed_fen=0), {}),
    ("tax", outcome("tax_relief", relieved_fen=0, result="not_possible"), {}),
    ("tax", outcome("tax_clearance", owed_fen=0, concluded_on="2026-03-05"), {}),
    ("tax", outcome("tax_clearance", owed_fen=0, concluded_on="2026-03-02"), {}),
    (MARKET, outcome("deregistration", deregistered_on="2026-03-05"), {}),
    (MARKET, outcome("deregistration", result="not_possible"), {}),
    ("housing", outcome("fire_acceptance", result="partly"), {}),
    ("social_security", outcome("retirement", retirees=3), {"retirees": 3}),
    ("social_security", outcome("retirement", retirees=9), {}),
    ("plain", outcome("fire_acceptance"), {}),
]


@pytest.mark.parametrize(("agency", "answer", "details"), FIT)
def test_a_fitting_outcome_passes(
    given: Any, agency: str, answer: dict[str, Any], details: dict[str, Any]
) -> None:
    assigned = given(answer["task"], f"{agency}.410500", **details)
    check_outcome(assigned, answer, TODAY)
    with pytest.raises(RefusedError):  # the same answer to another task is never fit
        check_outcome(replace(assigned, task="another"), answer, TODAY)


def test_an_agency_checks_outcomes_of_its_own_tasks_only() -> None:
    for profile in PROFILES.values():
        assert profile.leaving.keys() <= profile.arrival.keys()

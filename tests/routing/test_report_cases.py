"""The deployed rules and the report's own cases: what is answered there finds its office."""

import json
from pathlib import Path
from typing import Any

import pytest

from fuyuan_contracts.cases import ASKED, Kind, asked
from services.routing.matching import explain
from services.routing.rulebook import Filing, Rulebook

SAMPLES = Path(__file__).parents[2] / "deploy" / "samples" / "report-cases.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines()]


def filing_of(case: dict[str, Any]) -> Filing:
    said = case["filing"]
    details = said["details"]
    # a kind asked of one thing only may leave it out
    needs = asked(details) or tuple(ASKED[Kind(details["kind"])])[:1]
    return Filing(details["kind"], said["division"], said["lane"], needs, details)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["filing"]["reference"])
def test_what_the_report_says_was_done_goes_to_an_office(
    book: Rulebook, case: dict[str, Any]
) -> None:
    decision = explain(book, filing_of(case))
    assigned = {item.task: item for item in decision.assigned}
    by_hand = case.get("desk", {})
    assert set(case.get("answers", {})) <= assigned.keys() | by_hand.keys()
    assert {item.task: item.why for item in decision.unrouted} == dict.fromkeys(
        by_hand, "no_office"
    )
    offices = [item.office for item in assigned.values()]
    offices += [item["office"] for item in by_hand.values()]
    assert all(book.offices[office].receives for office in offices)


def test_together_they_meet_every_agency_that_the_rules_and_the_cases_name(book: Rulebook) -> None:
    """But for those nobody in the report asks for anything: the rules alone reach them."""
    met = {item.agency for case in CASES for item in explain(book, filing_of(case)).assigned}
    named = {rule.agency for rule in book.rules if rule.agency}
    assert met >= {
        "tax", "market_regulation", "housing", "social_security", "court", "public_security",
        "financial_regulation", "justice", "finance", "natural_resources", "urban_management",
    }  # fmt: skip
    assert named - met == {"petition", "procuratorate"}

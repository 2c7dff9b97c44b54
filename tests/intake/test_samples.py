import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from yaml import safe_load

from fuyuan_contracts.identifiers import OfficeId
from fuyuan_contracts.outcomes import AnyOutcome
from services.intake.bodies import FilingBody, errors_of
from services.intake.rules import leaves

DEPLOY = Path(__file__).parents[2] / "deploy"
LINES = [json.loads(line) for line in (DEPLOY / "samples/report-cases.jsonl").open("rb")]
OFFICES = safe_load((DEPLOY / "offices.yaml").read_text())
DIVISIONS = {item["code"] for item in OFFICES["divisions"]}
OFFICE_IDS = {item["id"] for item in OFFICES["offices"]}
REPORT = (
    "对破产企业社保、退休事项办理开通“绿色通道”,对破产重组房地产企业房屋续建、消防验收、税收方面给予"
    "政策优惠,协调帮助安化集团进行信用修复,解决中太公司“融资难”等问题。二是着力在处置问题楼盘难题上"
    "下功夫。依托府院联动机制,住建部门通过周一信访接待、周四专题研判、周五城建例会等方式逐案研究,"
    "准确甄别、预判群体性诉讼风险。市委、市政府主要领导多次组织案件协调,通过政府资金扶持、业主自救补款、"
    "“保交楼”专项贷款等方式,为停滞10年的某房产项目引入“保交楼”资金1.2亿元,稳妥化解内黄某小区277起"
    "商品房买卖合同纠纷,助力问题楼盘项目复工复产。"
)
"""The report's own words (2024-09-06)."""
NEVER_FILLER = {"summary", "lane", "details.kind", "details.needs"}
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: line["filing"]["title"])
outcomes: TypeAdapter[Any] = TypeAdapter(AnyOutcome)


@each_line
def test_a_sample_is_a_filing_that_intake_takes(line: dict[str, Any]) -> None:
    body = FilingBody.model_validate_json(json.dumps(line["filing"]))
    assert errors_of(body, DIVISIONS, date(2024, 9, 6)) == []
    assert TypeAdapter(OfficeId).validate_python(line["filer"]) in OFFICE_IDS


@each_line
def test_its_answers_are_outcomes_of_its_needs_and_not_before_the_filing(
    line: dict[str, Any],
) -> None:
    filing = line["filing"]
    assert set(line["answers"]) <= set(filing["details"]["needs"])
    for task, answer in line["answers"].items():
        outcome = outcomes.validate_json(json.dumps(answer))
        assert outcome.task == task
        assert date.fromisoformat(filing["filed_on"]) <= outcome.concluded_on <= date(2024, 9, 6)


@each_line
def test_what_it_quotes_the_report_says(line: dict[str, Any]) -> None:
    text = json.dumps(line, ensure_ascii=False).replace('\\"', '"')
    quoted = [part for quote in re.findall("「(.+?)」", text) for part in quote.split("……")]
    assert all(part in REPORT for part in quoted)
    assert quoted or "title" in line["filing"]["synthetic"]


@each_line
def test_its_filler_is_marked(line: dict[str, Any]) -> None:
    filing = line["filing"]
    marked = filing["synthetic"]
    known = set(_paths(filing))
    assert set(marked) <= known
    for path, value in leaves(filing):
        covered = any(path == name or path.startswith(f"{name}.") for name in marked)
        if path.startswith("synthetic") or covered:
            continue
        said = str(value) in REPORT or path.startswith(tuple(NEVER_FILLER))
        assert said or path in ("title", "division", "details.funding_gap_fen"), path


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("安化集团", {"credit_repair"}),
        ("中太公司", {"financing"}),
        ("房屋续建", {"housing_continuation", "fire_acceptance", "tax_relief"}),
        ("社保、退休", {"social_insurance", "retirement"}),
        ("停滞10年", {"project_funding", "project_resumption"}),
    ],
)
def test_the_cases_the_report_names_are_there_and_answered(name: str, needs: set[str]) -> None:
    (line,) = [line for line in LINES if name in line["filing"]["title"]]
    assert set(line["filing"]["details"]["needs"]) == needs == set(line["answers"])


def test_the_stalled_project_gets_120_million_yuan_of_special_loans() -> None:
    (funding,) = [a["project_funding"] for a in (x["answers"] for x in LINES) if len(a) and
                  "project_funding" in a]  # fmt: skip
    assert (funding["source"], funding["amount_fen"]) == ("special_loan", 120_000_000 * 100)


def test_the_bankrupt_companys_employees_are_in_the_green_channel() -> None:
    green = [line["filing"]["title"] for line in LINES if line["filing"].get("lane") == "green"]
    assert green == ["破产企业社保、退休事项（绿色通道）"]


def test_one_case_waits_for_an_office_that_does_not_answer() -> None:
    waiting = {
        (line["filing"]["reference"], need)
        for line in LINES
        for need in line["filing"]["details"]["needs"]
        if need not in line["answers"]
    }
    assert waiting == {("示例-破-0006", "deregistration")}


def test_references_are_unique_per_filer() -> None:
    keys = [(line["filer"], line["filing"]["reference"]) for line in LINES]
    assert len(set(keys)) == len(keys)


def _paths(value: Any, path: str = "") -> list[str]:
    if not isinstance(value, Mapping):
        return [path]
    return [path] + [
        found
        for name, item in value.items()
        for found in _paths(item, f"{path}.{name}" if path else name)
    ]

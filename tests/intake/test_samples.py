import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from yaml import safe_load

from fuyuan_contracts.cases import Kind, asked
from fuyuan_contracts.conclusions import AnyConclusion
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
    "府院联动机制建立以来,法院共执结涉行政机关案件112件,执行到位金额9915.02万元。"
    "建立完善守信联合激励和失信联合惩戒机制,全市累计限制高消费106593人,纳入失信名单72073人,让失信受惩成为社会共识。"
    "在6家基层法院建立了执行警务室,共协助查询被执行人信息3.46万次,车辆信息4947次,协助拘留804人。"
    "文峰区人民法院成立城市管理巡回法庭,对事实清楚证据确凿的79件行政处罚案件,依法审查裁定准予强制执行,"
    "实现了非诉行政案件的快立、快审、快执、快结,取得了良好的法律效果和社会效果。"
    "对破产企业社保、退休事项办理开通“绿色通道”,对破产重组房地产企业房屋续建、消防验收、税收方面给予"
    "政策优惠,协调帮助安化集团进行信用修复,解决中太公司“融资难”等问题。二是着力在处置问题楼盘难题上"
    "下功夫。依托府院联动机制,住建部门通过周一信访接待、周四专题研判、周五城建例会等方式逐案研究,"
    "准确甄别、预判群体性诉讼风险。市委、市政府主要领导多次组织案件协调,通过政府资金扶持、业主自救补款、"
    "“保交楼”专项贷款等方式,为停滞10年的某房产项目引入“保交楼”资金1.2亿元,稳妥化解内黄某小区277起"
    "商品房买卖合同纠纷,助力问题楼盘项目复工复产。"
    "2024年1-6月份安阳市行政诉讼一审案件266件,一审败诉案件41件,发案量、败诉率均实现双下降。"
    "在处理滑县安罗高速公路项目群体性征地补偿案件中,市政府多次举行联席会商,两级法院经过多轮组织调解,"
    "逐一做被征地人员思想工作,最终促成双方达成和解,20余户起诉人撤回起诉,案件得到妥善处理。"
    "持续增强行政机关负责人出庭应诉意识,做到“出庭又出声,出声也出彩”。"
    "探索建立“2(即行政相对人和行政机关)+N(即其他相关单位或个人)”调解联动机制,"
    "市政府本级共办理行政复议案件3248件,年均1082件;"
)
"""The report's own words (2024-09-06)."""
NEVER_FILLER = {"summary", "lane", "details.kind", "details.needs", "details.measures"}
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: line["filing"]["title"])
outcomes: TypeAdapter[Any] = TypeAdapter(AnyOutcome)
conclusions: TypeAdapter[Any] = TypeAdapter(AnyConclusion)


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
    assert set(line["answers"]) <= set(asked(filing["details"]))
    for task, answer in line["answers"].items():
        outcome = outcomes.validate_json(json.dumps(answer))
        assert outcome.task == task
        assert date.fromisoformat(filing["filed_on"]) <= outcome.concluded_on <= date(2024, 9, 6)


@each_line
def test_its_filer_ends_it_as_a_filer_of_its_kind_can(line: dict[str, Any]) -> None:
    for act in line.get("then", ()):
        ((what, said),) = act.items()
        if what == "conclude":
            conclusion = conclusions.validate_json(json.dumps(said))
            assert conclusion.kind == line["filing"]["details"]["kind"]
            assert conclusion.concluded_on.isoformat() >= line["filing"]["filed_on"]
        else:
            assert (what, set(said)) == ("withdraw", {"reason"})


def test_every_kind_of_case_is_among_them() -> None:
    assert {line["filing"]["details"]["kind"] for line in LINES} == {kind.value for kind in Kind}


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
        ("277起", {"civil_mediation", "housing_coordination"}),
        ("群体性征地补偿", {"administrative_mediation", "pre_judgment_consultation"}),
        ("警务室", {"find_person", "find_vehicle", "detention_assist"}),
        ("涉行政机关", {"performance"}),
        ("2+N", {"administrative_mediation", "pre_suit_communication"}),
        ("本级行政复议", {"reconsideration_decision"}),
        ("失信名单", {"credit_publication", "bank_notice", "consumption_watch"}),
        ("败诉", {"respond_to_suit", "loss_review"}),
    ],
)
def test_the_cases_the_report_names_are_there_and_answered(name: str, needs: set[str]) -> None:
    (line,) = [line for line in LINES if name in line["filing"]["title"]]
    assert set(asked(line["filing"]["details"])) == needs == set(line["answers"])


def test_the_stalled_project_gets_120_million_yuan_of_special_loans() -> None:
    (funding,) = [a["project_funding"] for a in (x["answers"] for x in LINES) if len(a) and
                  "project_funding" in a]  # fmt: skip
    assert (funding["source"], funding["amount_fen"]) == ("special_loan", 120_000_000 * 100)


def test_the_bankrupt_companys_employees_and_the_circuit_court_are_in_the_green_channel() -> None:
    green = {line["filing"]["title"][:6] for line in LINES if line["filing"].get("lane") == "green"}
    assert green == {"破产企业社保", "文峰区城市管"}


def test_one_case_waits_for_an_office_and_one_is_withdrawn_before_it_answers() -> None:
    waiting = {
        (line["filing"]["reference"], need)
        for line in LINES
        for need in asked(line["filing"]["details"])
        if need not in line["answers"]
    }
    assert waiting == {("示例-破-0006", "deregistration"), ("示例-执-0021", "find_property")}


def test_the_277_disputes_are_settled_as_a_group() -> None:
    (line,) = [line for line in LINES if "277起" in line["filing"]["title"]]
    assert line["filing"]["details"]["disputes"] == 277
    said = line["answers"]["civil_mediation"]
    assert (said["ended"], said["settled"], said["as_group"]) == ("settled", 277, True)


def test_the_land_compensation_case_is_settled_in_rounds_with_more_than_20_withdrawals() -> None:
    (line,) = [line for line in LINES if "群体性征地补偿" in line["filing"]["title"]]
    rounds = line["answers"]["administrative_mediation"]["rounds"]
    assert len(rounds) > 1
    assert sum(item["withdrew"] for item in rounds) > 20
    told = [act["body"]["step"] for act in line["before"]["administrative_mediation"]]
    assert [item | {"step": "mediation_round"} for item in rounds] == told


def test_one_lawsuit_is_lost_and_one_won_with_the_head_in_court() -> None:
    ends = [act["conclude"] for line in LINES for act in line.get("then", ()) if "conclude" in act]
    verdicts = {end["verdict"]: end["head_appeared"] for end in ends if "verdict" in end}
    assert verdicts == {"lost": True, "won": True, "withdrawn": True}


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

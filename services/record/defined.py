"""What each figure of a manifest is: name, unit, by which date it falls in a period, what counts.

Ids and meanings are the bulletin's (services/metrics).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.record.days import Span
from services.record.published import HALF_YEAR, THREE_YEARS

PERIODS = {
    THREE_YEARS: Span(date(2021, 7, 1), date(2024, 6, 30)),
    HALF_YEAR: Span(date(2024, 1, 1), date(2024, 6, 30)),
}
Unit = tuple[str, str]
CASES: Unit = ("件", "cases")
TIMES: Unit = ("次", "times")
PEOPLE: Unit = ("人", "people")
HOUSEHOLDS: Unit = ("户", "households")
FEN: Unit = ("分", "fen")
PROJECTS: Unit = ("个", "projects")
DAYS: Unit = ("天", "days")
YEARS: Unit = ("年", "years")
DISPUTES: Unit = ("起", "disputes")


@dataclass(frozen=True, slots=True)
class Defined:
    """A figure's words."""

    zh: str
    en: str
    unit: Unit
    date: str
    """Which date of a case places it in a period."""
    cohort: str
    cumulative: bool = False
    """Counts all up to the period's end."""


OUTCOME, _END, FILED, _HELD = "concluded_on of the outcome", "concluded_on", "filed_on", "on"
_D = Defined
DEFINED: Mapping[str, Defined] = {
    "cases.filed": _D("提请案件", "cases filed", CASES, FILED, "all kinds"),
    "meetings.liaison": _D(
        "府院联动会议", "liaison meetings", TIMES, _HELD, "meetings of the type"
    ),
    "meetings.joint_conference": _D(
        "联席会议", "joint conferences", TIMES, _HELD, "meetings of the type"
    ),
    "meetings.loss_review": _D(
        "行政败诉案件分析研判会议", "loss reviews", TIMES, _HELD, "meetings of the type"
    ),
    "meetings.consultation": _D("会商", "consultations", TIMES, _HELD, "meetings of the type"),
    "meetings.training": _D("同堂培训", "joint trainings", TIMES, _HELD, "meetings of the type"),
    "meetings.exchange": _D("工作交流", "exchanges", TIMES, _HELD, "meetings of the type"),
    "lawsuits.reviewed": _D(
        "研判的败诉案件", "lost lawsuits reviewed", CASES, _HELD, "reviews of all loss reviews"
    ),
    "instructions.issued": _D("批示", "instructions", TIMES, "issued_on", "all instructions"),
    "instructions.closed": _D("已办结批示", "instructions closed", TIMES, "closed_on", "all"),
    "enforcement.organ_closed": _D(
        "执结涉行政机关案件", "enforcement cases against organs concluded", CASES, _END,
        "judgment_enforcement, debtor_role administrative_organ, concluded by its filer",
    ),
    "enforcement.organ_recovered": _D(
        "涉行政机关案件执行到位金额", "recovered from organs", FEN, _END,
        "recovered_fen of the same cases",
    ),
    "enforcement.closed": _D(
        "执结案件", "enforcement cases concluded", CASES, _END, "judgment_enforcement, concluded"
    ),
    "enforcement.recovered": _D(
        "执行到位金额", "recovered", FEN, _END, "recovered_fen of the same cases"
    ),
    "lookups.person": _D(
        "协助查人", "person look-ups", TIMES, OUTCOME, "tasks find_person resolved"
    ),
    "lookups.vehicle": _D(
        "协助查车", "vehicle look-ups", TIMES, OUTCOME, "tasks find_vehicle resolved"
    ),
    "lookups.property": _D(
        "协助查不动产", "property look-ups", TIMES, OUTCOME, "tasks find_property resolved"
    ),
    "detentions.assisted": _D(
        "协助拘留", "detentions assisted", PEOPLE, OUTCOME,
        "tasks detention_assist resolved with detained true",
    ),
    "credit.consumption_limits": _D(
        "累计限制高消费", "consumption limits imposed, cumulative", PEOPLE, "effective_on",
        "credit_discipline, action impose, list consumption_limit", cumulative=True,
    ),
    "credit.dishonest": _D(
        "累计纳入失信名单", "listings as dishonest, cumulative", PEOPLE, "effective_on",
        "credit_discipline, action impose, list dishonest_debtor", cumulative=True,
    ),
    "credit.consumption_limits_new": _D(
        "新增限制高消费", "consumption limits imposed", PEOPLE, "effective_on", "in the period"
    ),
    "credit.dishonest_new": _D(
        "新增失信名单", "listings as dishonest", PEOPLE, "effective_on", "in the period"
    ),
    "credit.consumption_limits_in_force": _D(
        "有效限制高消费", "consumption limits in force", PEOPLE, "effective_on",
        "imposed less lifted or repaired", cumulative=True,
    ),
    "credit.dishonest_in_force": _D(
        "有效失信名单", "listings in force", PEOPLE, "effective_on",
        "imposed less lifted or repaired", cumulative=True,
    ),
    "credit.lifted": _D("解除", "lifted", CASES, "effective_on", "action lift"),
    "credit.repaired": _D("修复", "repaired", CASES, "effective_on", "action repair"),
    "credit.incentives": _D("守信激励", "incentives", CASES, "effective_on", "action incentive"),
    "penalties.allowed": _D(
        "准予强制执行的行政处罚案件", "penalties allowed to be enforced", CASES, OUTCOME,
        "tasks penalty_enforcement resolved with allowed true",
    ),
    "penalties.decided": _D(
        "审结的行政处罚执行案件", "penalties decided on", CASES, OUTCOME,
        "tasks penalty_enforcement resolved",
    ),
    "bankruptcy.filed": _D("企业破产案件", "bankruptcies", CASES, FILED, "bankruptcy"),
    "bankruptcy.employees": _D(
        "办理社保职工", "employees insured", PEOPLE, OUTCOME, "outcomes of social_insurance"
    ),
    "bankruptcy.retirees": _D(
        "办理退休职工", "employees retired", PEOPLE, OUTCOME, "outcomes of retirement"
    ),
    "bankruptcy.relieved": _D("税收优惠", "tax relieved", FEN, OUTCOME, "outcomes of tax_relief"),
    "bankruptcy.financed": _D("融资", "financed", FEN, OUTCOME, "outcomes of financing"),
    "projects.registered": _D(
        "登记的问题楼盘", "projects registered", PROJECTS, "day of registration",
        "stalled_project, and bankruptcy with a project",
    ),
    "projects.resumed": _D("复工", "projects resumed", PROJECTS, _HELD, "stage resumed"),
    "projects.meetings": _D("每周三会", "weekly meetings", TIMES, _HELD, "the three, by project"),
    "projects.longest_stall": _D(
        "最长停滞", "longest standstill", YEARS, "stalled_since", "whole years, to resumption"
    ),
    "projects.funded": _D(
        "筹措资金", "money found", FEN, _HELD, "entries of the projects' ledgers"
    ),
    "projects.special_loans": _D(
        "“保交楼”专项贷款", "special loans", FEN, _HELD, "ledger entries of source special_loan",
        cumulative=True,
    ),
    "projects.disputes_settled": _D(
        "化解商品房买卖合同纠纷", "house-sale disputes settled", DISPUTES, OUTCOME,
        "civil_dispute, cause house_sale: settled of civil_mediation",
    ),
    "lawsuits.filed": _D(
        "行政诉讼一审案件", "first-instance lawsuits", CASES, FILED, "instance first, any court"
    ),
    "lawsuits.lost": _D(
        "一审败诉案件", "first-instance lawsuits lost", CASES, _END,
        "instance first, concluded with verdict lost",
    ),
    "lawsuits.concluded": _D(
        "一审审结案件", "first-instance lawsuits concluded", CASES, _END, "instance first"
    ),
    "lawsuits.intermediate": _D(
        "市中级人民法院一、二审行政诉讼案件", "lawsuits of the intermediate court", CASES, FILED,
        "court court.410500, both instances",
    ),
    "heads.hearings": _D(
        "已知负责人是否出庭的案件", "lawsuits of which it is known", CASES, _END,
        "first instance, head_appeared said",
    ),
    "heads.appeared": _D(
        "负责人出庭", "heads appeared", CASES, _END, "first instance, head_appeared true"
    ),
    "mediation.mediated": _D(
        "行政调解案件", "disputes mediated", CASES, OUTCOME,
        "administrative_mediation resolved; all by 2024-05-31",
    ),
    "mediation.settled": _D(
        "调解成功", "settled", CASES, OUTCOME, "administrative_mediation ended settled"
    ),
    "mediation.failed": _D(
        "调解不成", "failed", CASES, OUTCOME, "administrative_mediation ended failed"
    ),
    "mediation.withdrawn": _D(
        "撤回", "withdrawn", CASES, OUTCOME, "administrative_mediation ended withdrawn"
    ),
    "mediation.households_withdrew": _D(
        "撤回起诉户数", "households that withdrew", HOUSEHOLDS, OUTCOME, "rounds of mediations"
    ),
    "presuit.held": _D("诉前沟通", "pre-suit communications", TIMES, OUTCOME, "resolved"),
    "presuit.averted": _D("诉前化解", "suits averted", CASES, OUTCOME, "averted true"),
    "consultations.held": _D("判前会商", "pre-judgment consultations", TIMES, OUTCOME, "resolved"),
    "explanations.held": _D("判后释明", "explanations", TIMES, OUTCOME, "resolved"),
    "reconsideration.city": _D(
        "市政府本级行政复议案件", "reconsiderations by the city", CASES, FILED,
        "organ justice.410500",
    ),
    "reconsideration.filed": _D(
        "行政复议案件", "reconsiderations", CASES, FILED, "any organ"
    ),
}  # fmt: skip
"""Figures that are sums of what lines count for."""

"""The figures of enforcement, credit and penalties (seed brief rows 5 to 9)."""

from services.metrics.catalogue.figure import (
    CASES,
    CONCLUDED_ON,
    DAYS,
    DONE_ON,
    EFFECTIVE_ON,
    GIVEN,
    ISSUED_ON,
    MONEY,
    PEOPLE,
    PER_CENT,
    TIMES,
    Figure,
    Part,
    Words,
)

_ORGAN = {"role": "administrative_organ"}
_OF_ORGANS = Words(
    "被执行人为行政机关（debtor_role），由法院结案的执行案件；撤回的不计",
    "enforcement cases against administrative organs (debtor_role) that the court concluded; "
    "not those withdrawn",
)
_OF_ALL = Words(
    "由法院结案的执行案件；撤回的不计",
    "enforcement cases that the court concluded; not those withdrawn",
)
_VOID = Words("撤回或撤销（revoked）的不计", "not those withdrawn or revoked")


def _recovered(id_: str, zh: str, en: str, cohort: Words, where: dict[str, str]) -> Figure:
    of = Words(f"{cohort.zh}，其执行到位金额", f"{cohort.en}: what was recovered")
    part = Part("enforcement", "fen", where)
    return Figure(id_, Words(zh, en), MONEY, CONCLUDED_ON, of, part, shape="money")


def _looked_up(id_: str, zh: str, en: str) -> Figure:
    cohort = Words(
        f"已办结的{zh}任务（find_{id_}），无论是否查到，每次交办计一次；无法办理的不计",
        f"find_{id_} tasks resolved, whether anything was found or not, one an assignment; not "
        "those that were not possible",
    )
    return Figure(f"lookups.{id_}", Words(zh, en), TIMES, DONE_ON, cohort, Part("measures", id_))


def _listed(list_: str, id_: str, zh: str, en: str) -> tuple[Figure, ...]:
    where = {"list": list_}
    imposed = Words(f"新列入的{zh}；{_VOID.zh}", f"impositions on the list {list_}; {_VOID.en}")
    new = Words(f"{zh}（本期）", f"{en}, in the period")
    stock = Words(f"{zh}（期末在册）", f"{en}, in force at the end")
    of_stock = Words(
        f"列入{zh}的，减去解除和信用修复的；{_VOID.zh}",
        f"impositions on the list {list_} less liftings and repairs; {_VOID.en}",
    )
    part = Part("credit", "imposed", where)
    left = Part("credit", "in_force", where)
    by, unit = EFFECTIVE_ON, PEOPLE
    return (
        Figure(
            f"credit.{id_}", Words(f"{zh}（累计）", f"{en}, cumulative"), unit, by, imposed, part,
            cumulative=True,
        ),
        Figure(f"credit.{id_}_new", new, unit, by, imposed, part),
        Figure(f"credit.{id_}_in_force", stock, unit, by, of_stock, left, cumulative=True),
    )  # fmt: skip


def _acted(id_: str, action: str, zh: str, en: str) -> Figure:
    cohort = Words(f"{zh}；{_VOID.zh}", f"cases with the action {action}; {_VOID.en}")
    name, part = Words(zh, en), Part("credit", action)
    return Figure(f"credit.{id_}", name, PEOPLE, EFFECTIVE_ON, cohort, part)


def _span(id_: str, sum_: str, zh: str, en: str) -> Figure:
    cohort = Words(
        f"{zh}平均用时：天数合计／有此两日期的案件", f"mean days {en}, of those with both days"
    )
    days, cases = Part("penalties", f"{sum_}_days"), Part("penalties", sum_)
    name = Words(f"{zh}平均天数", f"mean days {en}")
    return Figure(
        f"penalties.days_{id_}", name, DAYS, DONE_ON, cohort, days, cases, "mean", whole=True
    )


FIGURES = (
    Figure(
        "enforcement.organ_closed",
        Words("执结涉行政机关案件", "enforcement cases closed against administrative organs"),
        CASES,
        CONCLUDED_ON,
        _OF_ORGANS,
        Part("enforcement", "n", _ORGAN),
    ),
    _recovered(
        "enforcement.organ_recovered",
        "涉行政机关案件执行到位金额",
        "recovered from administrative organs",
        _OF_ORGANS,
        _ORGAN,
    ),
    Figure(
        "enforcement.closed",
        Words("执结案件", "enforcement cases closed"),
        CASES,
        CONCLUDED_ON,
        _OF_ALL,
        Part("enforcement"),
    ),
    _recovered("enforcement.recovered", "执行到位金额", "recovered", _OF_ALL, {}),
    _looked_up("person", "协助查询被执行人信息", "person look-ups"),
    _looked_up("vehicle", "协助查询车辆信息", "vehicle look-ups"),
    _looked_up("property", "协助查询不动产信息", "real estate look-ups"),
    Figure(
        "detentions.assisted",
        Words("协助拘留", "detentions assisted"),
        PEOPLE,
        DONE_ON,
        Words(
            "已办结且已拘留（detained）的协助拘留任务",
            "detention_assist tasks resolved with the person detained",
        ),
        Part("measures", "detained"),
    ),
    Figure(
        "enforcement.measures_judged",
        Words("应协助执行措施", "measures judged"),
        GIVEN,
        ISSUED_ON,
        Words(
            "交办的协助执行措施中，已办结的，加上未办结而已超期的",
            "measures of enforcement asked of offices that were resolved, or are overdue",
        ),
        Part("asked"),
    ),
    Figure(
        "enforcement.measures_assisted",
        Words("已协助执行措施", "measures assisted"),
        GIVEN,
        ISSUED_ON,
        Words(
            "其中已办结的；无法办理的不计", "of these, resolved; not those that were not possible"
        ),
        Part("asked", "assisted"),
    ),
    Figure(
        "enforcement.debts",
        Words("行政机关为被执行人的执结案件", "enforcement cases closed against an office here"),
        CASES,
        CONCLUDED_ON,
        Words(
            "写明被执行单位（debtor_office）、由法院结案的执行案件",
            "enforcement cases that name the office that owes (debtor_office), concluded",
        ),
        Part("debts"),
    ),
    Figure(
        "enforcement.debts_performed",
        Words("其中已履行", "of these, performed"),
        CASES,
        CONCLUDED_ON,
        Words("其中执行完毕或和解的", "of these, ended performed or settled"),
        Part("debts", "done"),
    ),
    *_listed("consumption_limit", "consumption_limits", "限制高消费", "consumption limits"),
    *_listed("dishonest_debtor", "dishonest", "失信被执行人名单", "listings as dishonest"),
    _acted("lifted", "lift", "解除惩戒", "listings lifted"),
    _acted("repaired", "repair", "信用修复", "credit repaired"),
    _acted("incentives", "incentive", "守信激励", "incentives for the trustworthy"),
    Figure(
        "penalties.allowed",
        Words("准予强制执行的行政处罚案件", "penalty cases allowed to be enforced"),
        CASES,
        DONE_ON,
        Words(
            "法院已办结并准予执行（allowed）的行政非诉执行案件",
            "penalty_enforcement tasks the court resolved with enforcement allowed",
        ),
        Part("penalties", "allowed"),
    ),
    Figure(
        "penalties.decided",
        Words("审结的行政非诉执行案件", "penalty cases decided"),
        CASES,
        DONE_ON,
        Words("法院已办结的行政非诉执行案件", "penalty_enforcement tasks the court resolved"),
        Part("penalties"),
    ),
    Figure(
        "penalties.allowed_rate",
        Words("准予执行率", "share allowed"),
        PER_CENT,
        DONE_ON,
        Words("准予强制执行／审结", "allowed of those decided"),
        Part("penalties", "allowed"),
        Part("penalties"),
        "share",
    ),
    _span("filed_reviewed", "review", "立案至审查", "from filing to review"),
    _span("reviewed_enforced", "enforce", "审查至执行", "from review to enforcement"),
    _span("enforced_closed", "close", "执行至结案", "from enforcement to closing"),
    _span("filed_closed", "whole", "立案至结案", "from filing to closing"),
)

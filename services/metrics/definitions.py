"""What each figure of the summary means, for people: Chinese, and English beside it."""

from services.metrics.figures import ASSIGNMENT_FIGURES, CASE_FIGURES, WAITS

COHORT = {
    "zh": "统计范围为提请日期（filed_on，北京时间）在统计期内的案件及其全部交办；"
    "各数为截至 as_of 的情况。"
    "按承办机关或承办单位分行时，一个案件在其每个承办方的行内各计一次。",
    "en": "The cases whose business date of filing (filed_on, Asia/Shanghai) lies in the period, "
    "with all their assignments, as they stand at as_of. By agency or office, a case counts once "
    "in the row of each that has an assignment of it.",
}

_CASES = {
    "filed": ("提请案件数", "cases filed"),
    "routed": ("至少有一项任务已分派的案件数", "cases with at least one task routed to an office"),
    "unroutable": (
        "曾有任务无法分派、转府院联席办的案件数（后来分派的也计入）",
        "cases of which a task ever went to the liaison office's desk, routed later or not",
    ),
    "escalated": ("曾提级督办的案件数", "cases ever escalated to the liaison office"),
    "closed": (
        "已结案件数：全部事项办结，或由提请单位结案、撤回",
        "cases that ended: all parts done, or concluded or withdrawn by their filer",
    ),
    "closed_done": ("其中全部事项办结的案件数", "of these, cases of which all parts were done"),
    "closed_concluded": ("其中由提请单位结案的案件数", "of these, cases concluded by their filer"),
    "closed_withdrawn": ("其中由提请单位撤回的案件数", "of these, cases withdrawn by their filer"),
    "open": ("未结案件数", "cases filed and not closed"),
}

_ASSIGNMENTS = {
    "issued": ("交办数", "assignments issued to an office"),
    "delivered": (
        "送达数：承办单位的系统已存妥；后续步骤视为已送达",
        "assignments the office's service has stored; any later step implies it",
    ),
    "received": (
        "签收数：承办单位已签收；受理、办结、退回视为已签收",
        "assignments the office says it has; acceptance, resolution and return imply it",
    ),
    "received_on_time": (
        "按时签收数：签收时间（服务器时间）不晚于签收期限",
        "receipts at or before their due, by the server's clock",
    ),
    "receipt_judged": (
        "应签收数：已签收的，加上未签收而已超期的",
        "assignments received, and those overdue without receipt",
    ),
    "resolved": ("办结数", "assignments resolved"),
    "resolved_on_time": (
        "按时办结数：办结时间（服务器时间）不晚于办结期限；等待补充材料期间不计时",
        "resolutions at or before their due; the clock stands still while information is awaited",
    ),
    "resolution_judged": (
        "应办结数：已办结的，加上未办结而已超期的",
        "assignments resolved, and those overdue without resolution",
    ),
    "returned": ("退回数", "assignments given back by the office"),
    "recalled": (
        "撤回数：交办后被收回（案件撤回、结案，或改派、移送），不计入退回",
        "assignments taken back from the office: case withdrawn or concluded, or sent elsewhere",
    ),
    "waiting": (
        "待补充材料数：在办的交办中，等待提请单位补充材料的",
        "open assignments that wait for information from the filer",
    ),
    "failed": (
        "承办单位的系统曾报处理失败的交办数",
        "assignments the office's service ever reported it could not process",
    ),
    "overdue": (
        "曾超期（签收或办结）的交办数；撤回前已超期的仍计入",
        "assignments ever overdue, for either deadline; recalled later or not",
    ),
    "overdue_receipt": ("曾签收超期的交办数", "assignments ever overdue for receipt"),
    "overdue_resolution": ("曾办结超期的交办数", "assignments ever overdue for resolution"),
    "open": (
        "在办数：未办结、未退回也未撤回",
        "assignments neither resolved nor returned nor recalled",
    ),
}

_RATES = {
    "closed": ("结案率：已结案件数／提请案件数", "cases closed of cases filed"),
    "delivered": ("送达率：送达数／交办数", "assignments delivered of those issued"),
    "received_on_time": (
        "按时签收率：按时签收数／应签收数",
        "receipts on time of those received or overdue for receipt",
    ),
    "resolved_on_time": (
        "按时办结率：按时办结数／应办结数",
        "resolutions on time of those resolved or overdue for resolution",
    ),
    "returned": ("退回率：退回数／交办数", "assignments returned of those issued"),
}

_EXACT = (
    "均值精确到毫秒；中位数（median）与九成位数（p90）用最近秩法，向上取三位有效数字",
    "the mean is exact to the millisecond; median and p90 are nearest ranks, rounded up (3 digits)",
)

_SECONDS = {
    "delivery": ("交办至送达的秒数", "seconds from issue to delivery"),
    "receipt": ("交办至签收的秒数", "seconds from issue to receipt"),
    "resolution": ("交办至办结的秒数", "seconds from issue to resolution"),
}

_PARKED = (
    "当前搁置、等待重发的消息数（全系统，不限统计期）",
    "messages set aside and not sent again, now, in the whole system whatever the period",
)

_TEXTS: dict[str, tuple[str, str]] = {
    **{f"cases.{name}": _CASES[name] for name in CASE_FIGURES},
    **{f"assignments.{name}": _ASSIGNMENTS[name] for name in ASSIGNMENT_FIGURES},
    **{f"rates.{name}": text for name, text in _RATES.items()},
    **{
        f"seconds.{name}": (
            f"{_SECONDS[name][0]}；{_EXACT[0]}",
            f"{_SECONDS[name][1]}; {_EXACT[1]}",
        )
        for name in WAITS
    },
    "parked": _PARKED,
}

DEFINITIONS: dict[str, dict[str, str]] = {
    "cohort": COHORT,
    **{name: {"zh": zh, "en": en} for name, (zh, en) in _TEXTS.items()},
}
"""Figure, as its path in a row → language → text."""


def definitions(lang: str | None) -> dict[str, dict[str, str]]:
    """Give the definitions in one language, or in all of them."""
    if lang is None:
        return DEFINITIONS
    return {name: {lang: text[lang]} for name, text in DEFINITIONS.items()}

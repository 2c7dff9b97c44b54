"""The figures of how offices work: cases in and out, assignments, rates, deadlines."""

from services.metrics.catalogue.figure import (
    CASES,
    CONCLUDED_ON,
    FILED_ON,
    GIVEN,
    HAPPENED_ON,
    ISSUED_ON,
    PER_CENT,
    TIMES,
    Figure,
    Part,
    Words,
)

_TEXTS = {
    "issued": (
        "交办",
        "assignments issued",
        "交办给本地区承办单位的任务",
        "assignments issued to offices of the division",
    ),
    "delivered": (
        "送达",
        "delivered",
        "其中承办单位的系统已存妥的",
        "of these, stored by the office's service",
    ),
    "received": (
        "签收",
        "received",
        "其中承办单位已签收的",
        "of these, received as the office says",
    ),
    "receipt_judged": (
        "应签收",
        "receipt judged",
        "其中已签收的，加上未签收而已超期的",
        "of these, received, or overdue without receipt",
    ),
    "received_on_time": (
        "按时签收",
        "received on time",
        "其中签收不晚于签收期限的",
        "of these, received by their due",
    ),
    "resolved": ("办结", "resolved", "其中已办结的", "of these, resolved"),
    "resolution_judged": (
        "应办结",
        "resolution judged",
        "其中已办结的，加上未办结而已超期的",
        "of these, resolved, or overdue without resolution",
    ),
    "resolved_on_time": (
        "按时办结",
        "resolved on time",
        "其中办结不晚于办结期限的；等待补充材料期间不计时",
        "of these, resolved by their due; the clock stands still while information is awaited",
    ),
    "returned": ("退回", "returned", "其中被承办单位退回的", "of these, given back by the office"),
}
_RATES = {
    "delivered": ("送达率", "delivery rate", "n", "issued"),
    "received_on_time": ("按时签收率", "on-time receipt rate", "receipt_judged", "receipt_judged"),
    "resolved_on_time": (
        "按时办结率",
        "on-time resolution rate",
        "resolution_judged",
        "resolution_judged",
    ),
    "returned": ("退单率", "return rate", "n", "issued"),
}
_DEADLINES = {
    "urged": (
        "催办",
        "urges",
        "按期限自动催办和联席办催办合计",
        "urges by the clock and by the liaison office",
    ),
    "urged_by_liaison": (
        "联席办催办",
        "urges by the liaison office",
        "其中联席办催办的",
        "of these, by the liaison office",
    ),
    "overdue_receipt": (
        "签收超期",
        "receipts overdue",
        "签收期限届满而未签收的交办",
        "assignments not received by their due",
    ),
    "overdue_resolution": (
        "办结超期",
        "resolutions overdue",
        "办结期限届满而未办结的交办",
        "assignments not resolved by their due",
    ),
    "escalated": (
        "提级督办",
        "escalations",
        "提级到联席办的任务，每次计一次",
        "tasks raised to a liaison office, each time counts",
    ),
}


def _assigned(name: str) -> Figure:
    zh, en, cohort_zh, cohort_en = _TEXTS[name]
    part = Part("assignments", "n" if name == "issued" else name)
    cohort = Words(cohort_zh, cohort_en)
    return Figure(f"offices.{name}", Words(f"{zh}任务", en), GIVEN, ISSUED_ON, cohort, part)


def _rate(name: str) -> Figure:
    zh, en, bottom, of = _RATES[name]
    cohort = Words(f"{_TEXTS[name][0]}任务／{_TEXTS[of][0]}任务", f"{name} of {of}")
    parts = Part("assignments", name), Part("assignments", bottom)
    id_ = f"offices.{name}_rate"
    return Figure(id_, Words(zh, en), PER_CENT, ISSUED_ON, cohort, *parts, "share")


def _late(name: str) -> Figure:
    zh, en, cohort_zh, cohort_en = _DEADLINES[name]
    part = Part("deadlines", "by_liaison" if name == "urged_by_liaison" else name)
    cohort = Words(cohort_zh, cohort_en)
    return Figure(f"deadlines.{name}", Words(zh, en), TIMES, HAPPENED_ON, cohort, part)


FIGURES = (
    Figure(
        "cases.filed",
        Words("提请案件", "cases filed"),
        CASES,
        FILED_ON,
        Words("提请的案件，各类合计", "cases of every kind"),
        Part("filed"),
    ),
    Figure(
        "cases.closed",
        Words("已结案件", "cases closed"),
        CASES,
        CONCLUDED_ON,
        Words(
            "已结的案件：全部事项办结，或由提请单位结案、撤回",
            "cases that ended: all parts done, or concluded or withdrawn by their filer",
        ),
        Part("ended"),
    ),
    *map(_assigned, _TEXTS),
    *map(_rate, _RATES),
    *map(_late, _DEADLINES),
)

"""The parts of the bulletin that are no plain sums: ranking, stalled projects, double decline."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from services.metrics.catalogue.figure import Words
from services.metrics.labels import label
from services.metrics.page import words
from services.metrics.places import Places
from services.metrics.ranking import LEAST, Ranked
from services.metrics.stalls import Stalled
from services.metrics.values import Value, money, shown

Json = dict[str, Any]
RANKING = Words("承办单位排名", "Ranking of offices")
RANKING_NOTE = Words(
    f"按“按时办结率”威尔逊区间（95%）下限排名，案件少的单位不因个别案件居前；"
    f"应办结任务不足{LEAST}件的只列出、不排名。",
    "Ranked by the lower bound of Wilson's interval (95 %) of the on-time resolution rate, so that "
    f"few cases can't top it; offices with fewer than {LEAST} assignments judged are shown without "
    "a rank.",
)
PROJECTS = Words("在册问题楼盘", "Stalled projects at the end")
SOURCES = ("government", "owners", "special_loan")
_RANKED: tuple[tuple[str, str, str, str], ...] = (
    ("rank", "名次", "rank", "rank"),
    ("office", "单位", "office", "text"),
    ("n", "交办", "issued", "number"),
    ("delivered_rate", "送达率", "delivered", "share"),
    ("received_on_time_rate", "按时签收率", "received on time", "share"),
    ("resolution_judged", "应办结", "judged", "number"),
    ("resolved_on_time_rate", "按时办结率", "resolved on time", "share"),
    ("bound", "威尔逊下限", "Wilson bound", "share"),
    ("returned_rate", "退单率", "returned", "share"),
)
_STALLED: tuple[tuple[str, str, str, str], ...] = (
    ("project", "项目", "project", "text"),
    ("division", "地区", "division", "text"),
    ("stage", "阶段", "stage", "text"),
    ("since", "停滞起始", "since", "text"),
    ("years", "停滞年数", "years", "number"),
    ("government", "政府资金（万元）", "government (10,000 yuan)", "number"),
    ("owners", "业主补款（万元）", "owners (10,000 yuan)", "number"),
    ("special_loan", "专项贷款（万元）", "special loan (10,000 yuan)", "number"),
    ("settled", "化解纠纷（本期）", "disputes settled in the period", "number"),
)
DECLINE = {
    (True, True): Words("发案量、败诉率均下降，实现“双下降”", "both declined: double decline"),
    (True, False): Words("发案量下降，败诉率未下降", "the volume declined, the loss rate did not"),
    (False, True): Words("发案量未下降，败诉率下降", "the loss rate declined, the volume did not"),
    (False, False): Words("发案量、败诉率均未下降", "neither declined"),
}
NO_DATA = Words("系统内无可比数据，不作判断", "nothing is recorded of it, so nothing is said")
WITH = {
    "before": Words("与上期相比", "Against the period before"),
    "year_before": Words("与上年同期相比", "Against a year earlier"),
}


def ranking_page(found: Sequence[Ranked], places: Places) -> Json:
    """Write the ranking, its guard stated in the note."""
    rows = [
        [
            item.rank,
            words(places.office(item.office)),
            item.sums["n"],
            _share(item.sums["delivered"], item.sums["n"]),
            _share(item.sums["received_on_time"], item.sums["receipt_judged"]),
            item.sums["resolution_judged"],
            _share(item.sums["resolved_on_time"], item.sums["resolution_judged"]),
            shown("share", Value(round(item.bound * 10**6), 10**6))
            if item.bound is not None
            else None,
            _share(item.sums["returned"], item.sums["n"]),
        ]
        for item in found
    ]
    keys = [[item.office] for item in found]
    page = {"id": "ranking", **words(RANKING), "columns": _columns(_RANKED), "rows": rows}
    return {**page, "keys": keys, "note": words(RANKING_NOTE)}


def projects_page(found: Sequence[Stalled], settled: Mapping[str, int], places: Places) -> Json:
    """Write the projects on file at the end, the longest standstill first."""
    rows = [
        [
            item.name,
            words(places.division(item.division or "")),
            words(label("stage", item.stage, places)),
            item.since,
            item.years,
            *(money(Fraction(item.funded.get(source, 0))) or "0" for source in SOURCES),
            settled.get(item.id, 0),
        ]
        for item in found
    ]
    keys = [[item.id] for item in found]
    page = {"id": "stalled", **words(PROJECTS), "columns": _columns(_STALLED)}
    return {**page, "rows": rows, "keys": keys}


def double_decline(
    now: Mapping[str, Value], then: Mapping[str, Mapping[str, Value | None]]
) -> list[Json]:
    """Say whether volume and loss rate both declined, for each compared period."""
    said = []
    for name, figures in then.items():
        filed, rate = figures.get("lawsuits.filed"), figures.get("lawsuits.loss_rate")
        judged = NO_DATA
        if filed and rate and (here := now["lawsuits.loss_rate"].fraction) is not None:
            there = rate.fraction
            fewer = now["lawsuits.filed"].top < filed.top
            judged = DECLINE[fewer, there is not None and here < there]
        said.append(
            {"zh": f"{WITH[name].zh}：{judged.zh}。", "en": f"{WITH[name].en}: {judged.en}."}
        )
    return said


def _share(part: int, whole: int) -> str | None:
    return shown("share", Value(part, whole))


def _columns(named: Sequence[tuple[str, str, str, str]]) -> list[Json]:
    return [{"id": id_, "zh": zh, "en": en, "kind": kind} for id_, zh, en, kind in named]

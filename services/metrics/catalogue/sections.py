"""The bulletin's sections: which figures stand in each, and which tables. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.metrics.catalogue import (
    of_disputes,
    of_enforcement,
    of_insolvency,
    of_lawsuits,
    of_liaison,
    of_offices,
)
from services.metrics.catalogue import (
    tables as t,
)
from services.metrics.catalogue.figure import Figure, Words

FIGURES: Mapping[str, Figure] = {
    figure.id: figure
    for module in (of_offices, of_liaison, of_enforcement, of_insolvency, of_lawsuits, of_disputes)
    for figure in module.FIGURES
}
COMPARED = ("lawsuits.filed", "lawsuits.lost", "lawsuits.loss_rate", "lawsuits.loss_rate_concluded")
"""Set against the period before and the same period a year earlier."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the bulletin; its figures are those whose ids begin with one of `of`."""

    id: str
    name: Words
    of: tuple[str, ...]
    tables: tuple[t.Table, ...] = ()

    def figures(self, *, city: bool) -> tuple[Figure, ...]:
        """Give the figures in the catalogue's order; a county has none that are the city's only."""
        return tuple(
            figure
            for figure in FIGURES.values()
            if figure.id.startswith(self.of) and (city or not figure.city)
        )


SECTIONS = (
    Section("cases", Words("案件总体情况", "Cases in all"), ("cases.",), (t.KINDS,)),
    Section(
        "meetings", Words("会议与批示", "Meetings and instructions"), ("meetings.", "instructions.")
    ),
    Section(
        "enforcement",
        Words("执行联动", "Enforcement"),
        ("enforcement.", "lookups.", "detentions."),
        (t.COURTS, t.MEASURES),
    ),
    Section("credit", Words("联合惩戒与守信激励", "Credit discipline and incentive"), ("credit.",)),
    Section(
        "penalties", Words("行政非诉执行", "Penalties enforced"), ("penalties.",), (t.PENALTIES,)
    ),
    Section("bankruptcy", Words("企业破产处置", "Bankruptcy"), ("bankruptcy.",), (t.NEEDS,)),
    Section(
        "projects",
        Words("问题楼盘处置", "Stalled housing projects"),
        ("projects.",),
        (t.STAGES, t.FUNDING, t.RHYTHM),
    ),
    Section(
        "lawsuits",
        Words("行政诉讼“双下降”", "Administrative lawsuits: double decline"),
        ("lawsuits.filed", "lawsuits.concluded", "lawsuits.lo", "lawsuits.re"),
        (t.LAWSUITS, t.VERDICTS),
    ),
    Section(
        "mediation",
        Words("行政争议调解", "Mediation of administrative disputes"),
        ("mediation.", "presuit.", "consultations.", "explanations."),
        (t.PHASES,),
    ),
    Section(
        "reconsideration",
        Words("行政复议与行政诉讼", "Reconsideration and litigation"),
        ("reconsideration.", "lawsuits.intermediate"),
        (t.DECISIONS,),
    ),
    Section(
        "heads",
        Words("行政机关负责人出庭应诉", "Heads of agencies in court"),
        ("heads.",),
        (t.HEADS, t.HEADS_BY_COURT),
    ),
    Section("offices", Words("承办情况与排名", "Offices and their ranking"), ("offices.",), ()),
    Section(
        "deadlines",
        Words("期限与督办", "Deadlines and people"),
        ("deadlines.",),
        (t.DEADLINES, t.LEVELS),
    ),
)

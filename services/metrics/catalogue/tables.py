"""The bulletin's tables as data: rows by the keys of entries, columns that are sums. Pure."""

from dataclasses import dataclass
from typing import Literal

from services.metrics.catalogue.figure import Part, Words

By = Literal[
    "kind",
    "court",
    "task",
    "office",
    "stage",
    "source",
    "meeting",
    "division",
    "verdict",
    "phase",
    "decision",
    "agency",
    "quarter",
    "level",
    "why",
]
Shape = Literal["number", "money", "share", "mean"]


@dataclass(frozen=True, slots=True)
class Column:
    """A sum, or a quotient of two."""

    id: str
    name: Words
    top: Part
    bottom: Part | None = None
    kind: Shape = "number"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by `by`; values that were counted only, in order of the words' list or of the ids."""

    id: str
    name: Words
    by: tuple[By, ...]
    columns: tuple[Column, ...]
    cumulative: bool = False
    note: Words | None = None

    @property
    def streams(self) -> tuple[str, ...]:
        """Tell which streams it needs."""
        parts = [part for column in self.columns for part in (column.top, column.bottom) if part]
        return tuple(dict.fromkeys(part.stream for part in parts))


BYS: dict[By, Words] = {
    "kind": Words("案件类别", "kind"),
    "court": Words("法院", "court"),
    "task": Words("事项", "task"),
    "office": Words("单位", "office"),
    "stage": Words("阶段", "stage"),
    "source": Words("来源", "source"),
    "meeting": Words("会议", "meeting"),
    "division": Words("地区", "division"),
    "verdict": Words("裁判结果", "verdict"),
    "phase": Words("阶段", "phase"),
    "decision": Words("复议决定", "decision"),
    "agency": Words("机关", "agency"),
    "quarter": Words("季度", "quarter"),
    "level": Words("层级", "level"),
    "why": Words("原因", "why"),
}


def _number(stream: str, sum_: str, zh: str, en: str, id_: str = "") -> Column:
    return Column(id_ or sum_, Words(zh, en), Part(stream, sum_))


def _share(stream: str, top: str, zh: str, en: str, bottom: str = "n") -> Column:
    parts = Part(stream, top), Part(stream, bottom)
    return Column(f"{top}_rate", Words(zh, en), *parts, kind="share")


def _mean(stream: str, sum_: str, zh: str, en: str) -> Column:
    parts = Part(stream, f"{sum_}_days"), Part(stream, sum_)
    return Column(f"{sum_}_days", Words(zh, en), *parts, kind="mean")


KINDS = Table(
    "kinds",
    Words("各类案件", "Cases by kind"),
    ("kind",),
    (
        _number("filed", "n", "提请", "filed", "filed"),
        _number("ended", "n", "已结", "closed", "closed"),
    ),
)
COURTS = Table(
    "courts",
    Words("各法院执行情况", "Enforcement by court"),
    ("court",),
    (
        _number("enforcement", "n", "执结", "closed"),
        Column(
            "fen",
            Words("执行到位（万元）", "recovered (10,000 yuan)"),
            Part("enforcement", "fen"),
            kind="money",
        ),
    ),
)
MEASURES = Table(
    "measures",
    Words("各单位协助执行", "Measures by task"),
    ("task",),
    (_number("measures", "n", "办结", "resolved"),),
)
PENALTIES = Table(
    "penalty_courts",
    Words("快立快审快执快结", "Stages by court"),
    ("office",),
    (
        _number("penalties", "n", "审结", "decided"),
        _number("penalties", "allowed", "准予", "allowed"),
        _mean("penalties", "review", "立案至审查（天）", "filed to reviewed (days)"),
        _mean("penalties", "enforce", "审查至执行（天）", "reviewed to enforced (days)"),
        _mean("penalties", "close", "执行至结案（天）", "enforced to closed (days)"),
        _mean("penalties", "whole", "立案至结案（天）", "filed to closed (days)"),
    ),
)
NEEDS = Table(
    "needs",
    Words("破产事项办结", "Needs met"),
    ("task",),
    (_number("needs", "n", "办结", "resolved"),),
)
STAGES = Table(
    "stages",
    Words("期末各阶段项目", "Projects by stage at the end"),
    ("stage",),
    (_number("projects", "n", "项目", "projects"),),
    cumulative=True,
)
FUNDING = Table(
    "funding",
    Words("资金来源", "Funding by source"),
    ("source",),
    (
        Column(
            "fen",
            Words("到位（万元）", "funded (10,000 yuan)"),
            Part("funding", "fen"),
            kind="money",
        ),
    ),
)
RHYTHM = Table(
    "rhythm",
    Words("周例会", "The weekly three"),
    ("meeting",),
    (_number("rhythm", "n", "研究项目次数", "dealings"),),
)
LAWSUITS = Table(
    "lawsuits",
    Words("各地行政诉讼", "Lawsuits by division"),
    ("division",),
    (
        _number("lawsuits", "n", "一审案件", "filed", "filed"),
        _number("verdicts", "n", "审结", "concluded", "concluded"),
        _number("verdicts", "lost", "败诉", "lost"),
        Column(
            "loss_rate",
            Words("败诉率", "loss rate"),
            Part("verdicts", "lost"),
            Part("lawsuits"),
            "share",
        ),
    ),
)
VERDICTS = Table(
    "verdicts",
    Words("裁判结果", "Verdicts"),
    ("verdict",),
    (_number("verdicts", "n", "案件", "cases"),),
)
PHASES = Table(
    "phases",
    Words("案前、案中、案后", "By phase"),
    ("phase",),
    (
        _number("mediations", "n", "调解", "mediated"),
        _number("mediations", "settled", "成功", "settled"),
        _number("mediations", "withdrawn", "撤回", "withdrawn"),
        _number("mediations", "failed", "不成", "failed"),
        _share("mediations", "settled", "成功率", "share settled"),
    ),
)
DECISIONS = Table(
    "decisions",
    Words("复议决定", "Decisions"),
    ("decision",),
    (_number("decisions", "n", "案件", "cases"),),
)
_HEADS = (
    _number("heads", "n", "应出庭", "hearings", "hearings"),
    _number("heads", "appeared", "出庭", "appeared"),
    _share("heads", "appeared", "出庭率", "rate"),
)
HEADS = Table(
    "heads",
    Words("各机关各季度", "By agency and quarter"),
    ("agency", "quarter"),
    _HEADS,
)
HEADS_BY_COURT = Table("heads_by_court", Words("各法院", "By court"), ("court",), _HEADS)
DEADLINES = Table(
    "deadlines",
    Words("各单位期限情况", "Deadlines by office"),
    ("office",),
    (
        _number("deadlines", "urged", "催办", "urged"),
        _number("deadlines", "overdue_receipt", "签收超期", "receipt overdue"),
        _number("deadlines", "overdue_resolution", "办结超期", "resolution overdue"),
        _number("deadlines", "escalated", "提级", "escalated"),
    ),
)
LEVELS = Table(
    "levels",
    Words("提级督办", "Escalations by level and reason"),
    ("level", "why"),
    (_number("deadlines", "escalated", "提级", "escalated"),),
)

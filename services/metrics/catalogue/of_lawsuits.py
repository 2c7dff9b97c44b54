"""The figures of lawsuits and of heads in court (seed brief rows 15 and 19)."""

from services.metrics.catalogue.figure import (
    CASES,
    CONCLUDED_ON,
    FILED_ON,
    HELD_ON,
    PER_CENT,
    Figure,
    Part,
    Words,
)

_FIRST = Words(
    "一审行政诉讼案件（任何法院受理的，含中级人民法院）",
    "first-instance lawsuits (instance first) before any court, the intermediate court included",
)
_DECIDED = Words(f"已结案的{_FIRST.zh}", f"{_FIRST.en}, concluded by the court")
_APPEARED_ON = Words(
    "法院结案日期（法院未写明出庭情况的，为应诉任务办结日期）",
    "the court's date of conclusion, or that of the organ's answer where the court doesn't say",
)
FIGURES = (
    Figure(
        "lawsuits.filed",
        Words("行政诉讼一审案件", "first-instance lawsuits"),
        CASES,
        FILED_ON,
        _FIRST,
        Part("lawsuits"),
    ),
    Figure(
        "lawsuits.concluded",
        Words("审结一审案件", "first-instance lawsuits concluded"),
        CASES,
        CONCLUDED_ON,
        _DECIDED,
        Part("verdicts"),
    ),
    Figure(
        "lawsuits.lost",
        Words("一审败诉案件", "lost in the first instance"),
        CASES,
        CONCLUDED_ON,
        Words(f"{_DECIDED.zh}，行政机关败诉（lost）", f"{_DECIDED.en}, lost by the organ"),
        Part("verdicts", "lost"),
    ),
    Figure(
        "lawsuits.loss_rate",
        Words("败诉率", "loss rate"),
        PER_CENT,
        Words("各自日期", "the date of each"),
        Words(
            "一审败诉案件／行政诉讼一审案件（报告所列 41／266）",
            "lost in the first instance of those filed, as the report's 41 of 266",
        ),
        Part("verdicts", "lost"),
        Part("lawsuits"),
        "share",
    ),
    Figure(
        "lawsuits.loss_rate_concluded",
        Words("审结案件败诉率", "loss rate of those concluded"),
        PER_CENT,
        CONCLUDED_ON,
        Words("一审败诉案件／审结一审案件", "lost in the first instance of those concluded"),
        Part("verdicts", "lost"),
        Part("verdicts"),
        "share",
    ),
    Figure(
        "lawsuits.reviewed",
        Words("复盘败诉案件", "lost lawsuits reviewed"),
        CASES,
        HELD_ON,
        Words(
            "败诉案件分析研判会议所复盘的败诉案件，每次会议计一次",
            "lost lawsuits that loss reviews dealt with, one a meeting",
        ),
        Part("meetings", "reviewed", {"meeting": "loss_review"}),
    ),
    Figure(
        "lawsuits.recurrent",
        Words("同因再败诉案件", "lost again for the same cause"),
        CASES,
        HELD_ON,
        Words(
            "其中败诉原因此前已致败诉的", "of these, lost for a cause that had lost a case before"
        ),
        Part("meetings", "recurrent", {"meeting": "loss_review"}),
    ),
    Figure(
        "heads.hearings",
        Words("应出庭案件", "lawsuits where a head had to appear"),
        CASES,
        _APPEARED_ON,
        Words(
            "已知行政机关负责人是否出庭的一审案件",
            "first-instance lawsuits of which it is known whether the organ's head appeared",
        ),
        Part("heads"),
    ),
    Figure(
        "heads.appeared",
        Words("负责人出庭案件", "lawsuits where the head appeared"),
        CASES,
        _APPEARED_ON,
        Words("其中负责人出庭的", "of these, where the head appeared"),
        Part("heads", "appeared"),
    ),
    Figure(
        "heads.rate",
        Words("负责人出庭率", "share of heads appearing"),
        PER_CENT,
        _APPEARED_ON,
        Words("负责人出庭案件／应出庭案件", "lawsuits where the head appeared of those known"),
        Part("heads", "appeared"),
        Part("heads"),
        "share",
    ),
)

"""The figures of meetings and instructions (seed brief rows 2, 4, 15, 17, 22)."""

from services.metrics.catalogue.figure import HELD_ON, PER_CENT, TIMES, Figure, Part, Words


def _meeting(id_: str, type_: str, zh: str, en: str) -> Figure:
    cohort = Words(
        f"类型为{zh}的会议（meeting.recorded，{type_}）", f"meetings recorded as {type_}"
    )
    part = Part("meetings", "n", {"meeting": type_})
    return Figure(f"meetings.{id_}", Words(zh, en), TIMES, HELD_ON, cohort, part)


_DUE_ON = Words("办理期限", "the day it is due (due_on)")
_JUDGED = Words(
    "已办结，或到期未办结的批示",
    "instructions closed, or overdue (those still running don't count)",
)
FIGURES = (
    _meeting("liaison", "liaison_meeting", "府院联动会议", "liaison meetings"),
    _meeting("joint_conference", "joint_conference", "联席会议", "joint conferences"),
    _meeting("loss_review", "loss_review", "行政败诉案件分析研判会议", "loss reviews"),
    _meeting("consultation", "consultation", "会商会议", "consultations"),
    _meeting("training", "training", "同堂培训", "joint trainings"),
    _meeting("exchange", "exchange", "工作交流会", "exchange meetings"),
    Figure(
        "instructions.issued",
        Words("领导批示", "instructions issued"),
        TIMES,
        Words("批示日期", "the day it was issued (issued_on)"),
        Words("下达的批示", "instructions issued"),
        Part("instructions"),
    ),
    Figure(
        "instructions.closed",
        Words("办结批示", "instructions carried out"),
        TIMES,
        Words("办结日期", "the day it was closed (closed_on)"),
        Words("已办结的批示", "instructions closed back to the case"),
        Part("instructions_closed"),
    ),
    Figure(
        "instructions.judged",
        Words("应办结批示", "instructions judged"),
        TIMES,
        _DUE_ON,
        _JUDGED,
        Part("instructions_judged"),
    ),
    Figure(
        "instructions.in_time",
        Words("按期办结批示", "instructions in time"),
        TIMES,
        _DUE_ON,
        Words(
            "其中按期办结的（以服务器时间判断）",
            "of these, closed by their day, by the server's clock",
        ),
        Part("instructions_judged", "in_time"),
    ),
    Figure(
        "instructions.in_time_rate",
        Words("批示按期办结率", "share of instructions in time"),
        PER_CENT,
        _DUE_ON,
        Words("按期办结批示／应办结批示", "instructions in time of those judged"),
        Part("instructions_judged", "in_time"),
        Part("instructions_judged"),
        "share",
        whole=True,
    ),
)

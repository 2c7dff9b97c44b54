"""Meetings and instructions (rows 2, 4, 15, 17 and 22). The weekly three are `projects`'."""

from collections.abc import Iterator, Sequence
from datetime import date

from services.record.city import CITY
from services.record.days import ONE_DAY, rounds
from services.record.lawsuits import Lost, lost
from services.record.making import Json
from services.record.plan import Plan
from services.record.projects import OLD
from services.record.ways import instructed

_R = rounds()
CONFERENCES = (_R[5].friday, _R[7].friday, _R[11].thursday)
"""每年召开一次: 2022, 2023, 2024."""
LIAISON = (_R[10].friday, _R[5].thursday, _R[8].monday, _R[6].friday, _R[13].thursday)
REVIEWED = tuple(day for it in _R[10:] for day in (it.thursday, it.friday))
"""Loss reviews are held in the half-year whose losses they review."""
CAUSES = ("事实不清、证据不足", "程序违法", "适用法律错误", "不履行法定职责")
LOSSES = "行政败诉案件分析研判会"
REMEDIES = {
    CAUSES[0]: "建立证据审核清单",
    CAUSES[1]: "重大决定法制审核前置",
    CAUSES[2]: "开展类案学习",
    CAUSES[3]: "建立履职台账",
}
INSTRUCTIONS = (
    ("housing.410505", "推动停滞十年项目复工复产", _R[11].monday, 18, _R[11].friday),
    ("natural_resources.410526", "妥善化解征地补偿群体性争议", _R[6].thursday, 20, _R[7].monday),
    ("public_security.410500", "推进执行查控信息共享", _R[5].thursday, 90, _R[6].monday),
    ("social_security.410500", "破产企业职工社保开通绿色通道", _R[6].friday, 80, _R[7].monday),
    ("justice.410500", "完善行政调解联动机制", _R[7].monday, 100, _R[8].monday),
    ("tax.410500", "落实重整企业税收政策", _R[7].friday, 20, _R[8].monday),
    ("market_regulation.410500", "规范重整企业信用修复", _R[8].monday, 100, _R[9].monday),
    ("financial_regulation.410500", "协调重整企业融资", _R[9].monday, 60, _R[10].monday),
    ("urban_management.410502", "配合城市管理巡回法庭工作", _R[10].monday, 60, _R[11].monday),
    ("natural_resources.410500", "降低土地领域败诉率", _R[12].thursday, 30, _R[13].monday),
)
"""Owner, what for, issued, how many days it has, closed: the second and the sixth late. The
eleventh is about a case that is overdue (`ways.instructed`)."""


def lines(plan: Plan) -> Iterator[Json]:
    """Give all meetings and instructions, in any order."""
    yield from _meetings(plan)
    yield from _reviews(plan)
    yield from _instructions(plan)


def _meetings(plan: Plan) -> Iterator[Json]:
    for day in CONFERENCES:
        yield _meeting("joint_conference", day, f"联-{day.year}", "府院联席会议年度会议", 40)
    for number, day in enumerate(LIAISON[: plan.counts["meetings.liaison"]], 1):
        yield _meeting("liaison_meeting", day, f"府院-{number}", "府院联动会议", 25)
    for name, title in (
        ("consultation", "会商会议"),
        ("training", "同堂培训"),
        ("exchange", "工作交流"),
    ):
        for number in range(plan.counts[f"meetings.{name}"]):
            day = _R[5 + number % 9].thursday
            yield _meeting(name, day, f"{name}-{number + 1}", title, 12 + number)


def _reviews(plan: Plan) -> Iterator[Json]:
    """Deal the losses out over the reviews; there are never fewer losses than reviews."""
    losses, number = lost(plan), plan.counts["meetings.loss_review"]
    dealt = [losses[place::number] for place in range(number)]
    held = [_held(max(item.on for item in dealt[place]), place) for place in range(number)]
    seen: set[str] = set()
    for place in sorted(range(number), key=lambda place: (held[place], place)):
        causes = [CAUSES[losses.index(item) % len(CAUSES)] for item in dealt[place]]
        meeting = _meeting("loss_review", held[place], f"败-{place + 1:02d}", LOSSES, 9)
        meeting["reviews"] = [
            _review(item, cause, recurrent=cause in seen)
            for item, cause in zip(dealt[place], causes, strict=True)
        ]
        seen.update(causes)
        yield meeting


def _held(after: date, place: int) -> date:
    days = [day for day in REVIEWED if day >= after]
    return days[min(place % 3, len(days) - 1)]


def _review(item: Lost, cause: str, *, recurrent: bool) -> Json:
    return {
        "filer": item.filer, "reference": item.reference, "causes": [cause],
        "remedies": [REMEDIES[cause]], "recurrent": recurrent,
    }  # fmt: skip


def _instructions(plan: Plan) -> Iterator[Json]:
    number, old = plan.counts["instructions.issued"], f"合成-{OLD.reference}"
    for place, (office, text, issued, days, done) in enumerate(INSTRUCTIONS[:number]):
        of = {"filer": OLD.filer, "reference": old} if place == 0 else None
        yield from _instruction(
            place + 1, office, text, (issued, issued + days * ONE_DAY, done), of
        )
    moved = instructed(plan)
    if number > len(INSTRUCTIONS) and moved:
        filer, reference, office, issued, done = moved
        of = {"filer": filer, "reference": reference}
        yield from _instruction(number, office, "限期办结超期查控事项", (issued, done, done), of)


def _instruction(
    number: int, office: str, text: str, days: Sequence[date], of: Json | None
) -> Iterator[Json]:
    issued, due, done = days
    named = f"合成-批-{number:02d}"
    yield {
        "line": "instruction", "day": issued, "division": CITY, "number": named, "office": office,
        "text": f"合成：{text}", "issued_by": "市长（合成）", "issued_on": issued, "due_on": due,
        "case": of, "meeting": None,
    }  # fmt: skip
    yield {
        "line": "instruction_closed", "day": done, "division": CITY, "number": named,
        "office": office, "result": "合成：已落实", "closed_on": done,
    }  # fmt: skip


def _meeting(type_: str, day: date, reference: str, title: str, attendees: int) -> Json:
    return {
        "line": "meeting", "day": day, "division": CITY, "type": type_,
        "reference": f"合成-{reference}", "title": f"合成：{title}", "on": day,
        "chaired_by": "召集人（合成）", "attendees": attendees,
        "decisions": [f"合成：{title}议定事项"], "cases": [], "reviews": [],
    }  # fmt: skip

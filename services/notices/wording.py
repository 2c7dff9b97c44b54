"""Notices in words: Chinese first, English beside it. A case's number, title, task; no person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.runtime.domain import SHANGHAI
from services.runtime.words import KINDS, TASKS, word

EVENTS = {
    "filed": ("已提请", "filed"),
    "waiting": ("待您办理", "waiting for you"),
    "due_soon": ("将到期", "due soon"),
    "urged": ("催办", "urged"),
    "overdue": ("超期", "overdue"),
    "instruction": ("批示督办", "instruction"),
    "recalled": ("撤回交办", "recalled"),
    "closed": ("办结", "closed"),
    "escalated": ("提级督办", "escalated to the liaison office"),
    "unroutable": ("待联席办分派", "waits at the liaison desk"),
    "test": ("测试通知", "test notice"),
    "verify": ("接收核验", "check of the receiver"),
}
REASONS = {
    "assignment": ("新交办", "new assignment"),
    "information": ("请补充材料", "information is asked for"),
    "supplied": ("材料已补充", "information was supplied"),
    "conclusion": ("各部门已办完，待提请单位结案", "all offices are done: conclude the case"),
    "receipt": ("签收", "receipt"),
    "resolution": ("办结", "resolution"),
    "withdrawn": ("提请单位撤回", "withdrawn by its filer"),
    "concluded": ("提请单位已结案", "concluded by its filer"),
    "recalled": ("联席办撤回", "recalled by the liaison office"),
    "transferred": ("已移交其他单位", "transferred to another office"),
    "done": ("全部事项办结", "everything is done"),
    "no_rule": ("没有适用的规则", "no rule applies"),
    "no_office": ("没有承办单位", "no office"),
    "ambiguous": ("规则指向不同部门", "rules name different agencies"),
    "returned": ("已退回", "returned"),
    "third_return": ("第三次退回", "third return"),
    "undelivered": ("多次交办未送达", "not delivered after several tries"),
    "failed": ("承办系统处理失败", "could not be processed"),
    "overdue_county": ("超期未办结，县（区）联席办督办", "overdue: to the county's liaison office"),
    "overdue_city": ("超期未办结，提级至市联席办", "overdue: to the city's liaison office"),
    "overdue_conference": ("超期未办结，列入联席会议议程", "overdue: on the conference's agenda"),
    "instruction_issued": ("请按期办结", "to be carried out"),
    "instruction_overdue": ("超期未办结", "not carried out in time"),
    "instruction_closed": ("已办结", "carried out"),
}
LANGUAGES = ("zh", "en")

Shown = Mapping[str, Any]
"""A notice as a delivery holds it: `{id, event, why, at, case?, task, office, due}`."""


def heading(notice: Shown, lang: str = "zh") -> str:
    """Say what it is about: 待您办理（新交办）."""
    said = word(EVENTS, notice["event"], lang)
    if why := notice.get("why"):
        reason = word(REASONS, why, lang)
        return f"{said}（{reason}）" if lang == "zh" else f"{said} ({reason})"
    return said


def line(notice: Shown, lang: str = "zh") -> str:
    """Say all of it in one line."""
    parts = [*_case(notice, lang), *_task(notice, lang)]
    text = heading(notice, lang)
    if not parts:
        return text
    return f"{text}：{'，'.join(parts)}" if lang == "zh" else f"{text}: {', '.join(parts)}"


def subject(notices: Sequence[Shown]) -> str:
    """Give the subject of a mail, in both languages."""
    if len(notices) > 1:
        return f"【府院联动】{len(notices)} 条通知汇总 / {len(notices)} notices"
    notice = notices[0]
    number = f"：{notice['case']['reference']}" if notice.get("case") else ""
    return f"【府院联动】{heading(notice)}{number} / {word(EVENTS, notice['event'], 'en')}"


def clock(moment: datetime) -> str:
    """Write a time as it is read in China."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def coded(words: Mapping[str, tuple[str, str]], code: str | None) -> dict[str, str] | None:
    """Give a code with its words; None stays None."""
    if code is None:
        return None
    zh, en = words.get(code, (code, code))
    return {"code": code, "zh": zh, "en": en}


def _case(notice: Shown, lang: str) -> list[str]:
    case = notice.get("case")
    if not case:
        return []
    title = f"《{case['title']}》" if lang == "zh" else f" “{case['title']}”"
    return [f"{case['reference']}{title if case['title'] else ''}", word(KINDS, case["kind"], lang)]


def _task(notice: Shown, lang: str) -> list[str]:
    parts = [str(number)] if (number := notice.get("number")) else []
    if task := notice.get("task"):
        parts.append(word(TASKS, task, lang))
    if office := notice.get("office"):
        parts.append(f"承办单位 {office}" if lang == "zh" else f"office {office}")
    if due := notice.get("due"):
        when = clock(due)
        parts.append(f"期限 {when}" if lang == "zh" else f"due {when} (Asia/Shanghai)")
    return parts

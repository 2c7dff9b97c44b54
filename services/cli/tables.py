"""What people see: tables, Chinese by default."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from rich.table import Table
from rich.text import Text

from services.runtime.words import KINDS, OF_FILER, TASKS, word

Shown = Mapping[str, Any]
IDS = ("id", "编号")
SHANGHAI = timezone(timedelta(hours=8))


def table(title: str, *columns: str) -> Table:
    """Make an empty table with a line between rows."""
    made = Table(title=title, show_lines=True, title_justify="left")
    for column in columns:
        # an id is copied into the next command: never on two lines
        made.add_column(column, overflow="fold", no_wrap=column in IDS)
    return made


def name(office: Shown, lang: str) -> str:
    """Give a name in a language."""
    return str(office["zh"] if lang == "zh" else office["en"])


def half(text: str, lang: str) -> str:
    """Give a reason's Chinese or English half; they stand with ` / ` between."""
    halves = text.split(" / ")
    return halves[0] if lang == "zh" else halves[-1]


def waiting(case: Shown, lang: str) -> str:
    """Say who a case waits for, for what, and for how long."""
    words = TASKS | OF_FILER
    return "\n".join(
        f"{name(wait, lang)}（{word(words, wait['task'], lang)}，{span(wait['seconds'])}）"
        for wait in case["waits_for"]
    )


def stands(case: Shown, lang: str) -> str:
    """Say a case's state; of one that its filer has ended, how."""
    ending = case["ending"] or {"code": "done"}
    state = case["state"] if ending["code"] == "done" else ending
    return str(state[lang])


def span(seconds: float) -> str:
    """Write a span of time in its two largest units."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days:.0f} d {hours % 24:.0f} h"
    if hours:
        return f"{hours:.0f} h {minutes % 60:.0f} min"
    return f"{minutes:.0f} min {seconds % 60:.0f} s" if minutes else f"{seconds:.0f} s"


def moment(at: str) -> str:
    """Write a time of the API (ISO 8601, UTC) as a clock in the city shows it."""
    return f"{datetime.fromisoformat(at).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def cases_table(cases: Iterable[Shown], lang: str) -> Table:
    """List cases: what, where, which offices and why, state, who it waits for."""
    zh = lang == "zh"
    heads = ("案件", "种类", "地区", "承办单位与依据", "状态", "等待")
    english = ("case", "kind", "division", "offices and why", "state", "waits for")
    made = table("府院联动案件" if zh else "Cases", *(heads if zh else english))
    made.columns[0].max_width, made.columns[3].min_width, made.columns[5].max_width = 26, 46, 18
    for case in cases:
        if not case:
            made.add_row("?", "", "", "", "lost", "")
            continue
        given = Text("\n").join(_given(item, lang) for item in case["assignments"])
        made.add_row(
            f"{case['title']}\n{case['case_id']}",
            word(KINDS, case["kind"], lang),
            case["division_name"],
            given,
            stands(case, lang),
            waiting(case, lang),
        )
    return made


def _given(item: Shown, lang: str) -> Text:
    """Say which office has which task, how far it is, and why it is there."""
    what = f"{name(item['office'], lang)}：{word(TASKS, item['task'], lang)}"
    why = (f"\n{half(item['reason'], lang)}", "dim")
    return Text.assemble(f"{what}（{item['state'][lang]}）", why)


def summary_table(summary: Shown, agencies: Mapping[str, Shown], lang: str) -> Table:
    """Show metrics' summary: counts, and the median seconds to each step.

    `agencies` has the names by id.
    """
    zh = lang == "zh"
    counts = ("issued", "delivered", "received", "resolved", "returned")
    waits = ("delivery", "receipt", "resolution")
    heads = ("部门", "交办", "送达", "签收", "办结", "退回", "送达秒", "签收秒", "办结秒")
    english = ("agency", *counts, *(f"s to {name}" for name in waits))
    made = table("按部门统计（秒为中位数）" if zh else "By agency", *(heads if zh else english))
    for row in (*summary["rows"], {"key": "合计" if zh else "total", **summary["totals"]}):
        given, seconds = row["assignments"], row["seconds"]
        medians = (seconds[name]["median"] for name in waits)
        shown = (f"{value:.2f}" if value is not None else "—" for value in medians)
        named = agencies.get(str(row["key"]))
        key = named[lang] if named else str(row["key"])
        made.add_row(key, *(str(given[name]) for name in counts), *shown)
    return made


def status_text(case: Shown, lang: str) -> str:
    """Write where a case is."""
    indent = "\n      " if lang == "zh" else "\n           "
    waits = waiting(case, lang).replace("\n", indent) or "—"
    return (
        f"{case['title']}  {case['case_id']}\n"
        f"{word(KINDS, case['kind'], lang)}，{case['division_name']}，"
        f"{name(case['filer'], lang)} {case['filed_on']} {case['number']}\n"
        f"{'状态' if lang == 'zh' else 'state'}：{stands(case, lang)}\n"
        f"{'等待' if lang == 'zh' else 'waits for'}：{waits}"
    )


def history_table(case: Shown, lang: str) -> Table:
    """List what happened to a case."""
    heads = ("时间", "事项", "任务", "单位", "说明")
    made = table("", *(heads if lang == "zh" else ("time", "what", "task", "office", "text")))
    for entry in case["history"]:
        office = name(entry["office"], lang) if entry["office"] else ""
        task = word(TASKS, entry["task"], lang) if entry["task"] else ""
        text = "：".join(part for part in (entry["text"], entry["reason"]) if part)
        made.add_row(moment(entry["at"]), entry["what"][lang], task, office, text)
    return made


def offices_table(offices: Sequence[Shown], lang: str) -> Table:
    """List offices."""
    heads = ("编号", "名称", "部门", "地区", "接收交办")
    english = ("id", "name", "agency", "division", "receives")
    made = table("承办单位" if lang == "zh" else "Offices", *(heads if lang == "zh" else english))
    for item in offices:
        receives = "✓" if item["receives"] else "—"
        made.add_row(item["id"], name(item, lang), item["agency"], item["division"], receives)
    return made


def explained_table(found: Shown, lang: str) -> Table:
    """Show what would be decided on a filing."""
    zh = lang == "zh"
    heads = ("任务", "承办单位", "规则", "理由")
    made = table("", *(heads if zh else ("task", "office", "rule", "reason")))
    for item in found["assigned"]:
        office = f"{name(item, lang)}\n{item['office']}"
        reason = half(item["reason"], lang)
        made.add_row(word(TASKS, item["task"], lang), office, item["rule"], reason)
    for item in found["unrouted"]:
        desk = "联席办" if zh else "liaison desk"
        reason = half(item["reason"], lang)
        made.add_row(word(TASKS, item["task"], lang), desk, item["why"], reason)
    return made


def parked_table(items: Sequence[Shown]) -> Table:
    """List parked messages."""
    made = table("", "id", "queue", "reason", "error", "attempts", "state", "since")
    for item in items:
        made.add_row(
            item["id"],
            item["queue"],
            item["reason"],
            item["error"][:200],
            str(item["attempts"]),
            item["state"],
            moment(item["parked_at"]),
        )
    return made

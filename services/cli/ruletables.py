"""What people see of rules: versions, what a change changes, what a rehearsal moves."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from services.cli.tables import Shown, moment, table
from services.runtime.words import TASKS, word

KINDS = {
    "moved": ("改派", "moved to another office"),
    "unroutable": ("无处可派", "unroutable"),
    "ambiguous": ("多头", "ambiguous"),
    "routed": ("可派出", "routed at last"),
    "dropped": ("不再派出", "no task any more"),
}
"""What becomes of a case's task by a draft."""
DESK = {
    "no_rule": ("没有适用的规则", "no rule"),
    "no_office": ("没有承办单位", "no office"),
    "ambiguous": ("规则指向不同部门", "ambiguous"),
}


def versions_table(items: Sequence[Shown]) -> Table:
    """List versions of the rulebook, newest first."""
    made = table("版本 versions", "version", "at", "by", "source", "why")
    for item in items:
        made.add_row(
            str(item["version"]), moment(item["at"]), item["by"], item["source"], item["why"]
        )
    return made


def changes_text(changes: Mapping[str, Mapping[str, Sequence[Any]]]) -> str:
    """Say what a new version adds, removes and changes; one a line."""
    lines: list[str] = []
    for part, found in changes.items():
        lines += [f"+ {part}: {item}" for item in found["added"]]
        lines += [f"- {part}: {item}" for item in found["removed"]]
        lines += [
            f"~ {part}: {item['id']}.{path}: {values['was']} → {values['now']}"
            for item in found["changed"]
            for path, values in item["fields"].items()
        ]
    return "\n".join(lines) or "nothing changes"


def moves_table(found: Shown, lang: str) -> Table:
    """Show a rehearsal: by task, where how many cases would go instead."""
    zh = lang == "zh"
    title = f"{found['moved_cases']} / {found['cases']}"
    title = f"试算：{title} 件有变化" if zh else f"Rehearsal: {title} cases would change"
    made = table(
        title, *(("事项", "现", "改为", "件数") if zh else ("task", "now", "then", "cases"))
    )
    for item in found["tasks"]:
        task = word(TASKS, item["task"], lang)
        for move in item["moves"]:
            was, now = _place(move["was"], lang), _place(move["now"], lang)
            made.add_row(task, was, now, str(move["count"]))
        if item["other_days"]:
            made.add_row(task, "", "期限变更" if zh else "other days", str(item["other_days"]))
    return made


def cases_table(found: Shown, lang: str) -> Table:
    """List the cases that would change, some of each kind: what for, from where to where."""
    heads = ("编号", "案件", "提请日期", "变化", "事项", "现", "改为")
    english = ("id", "case", "filed on", "what", "task", "now", "then")
    zh = lang == "zh"
    made = table("有变化的案件" if zh else "Cases that change", *(heads if zh else english))
    for item in found["examples"]:
        made.add_row(
            item["case_id"],
            f"{item['number']}\n{item['title']}",
            item["filed_on"],
            word(KINDS, item["kind"], lang),
            word(TASKS, item["task"], lang),
            _place(item["was"], lang),
            _place(item["now"], lang),
        )
    return made


def rehearsed_text(found: Shown, lang: str) -> str:
    """Count the cases by what becomes of them, and say whether all there are were tried."""
    zh = lang == "zh"
    counts = (f"{word(KINDS, kind, lang)} {count}" for kind, count in found["kinds"].items())
    said = ("，" if zh else ", ").join(counts)
    if not found["complete"]:
        said += "；只试了最近的这些案件" if zh else "; only the newest cases were tried"
    if found["rehearsal"] is None:
        only = "只含本地区案件，不能据以启用" if zh else "of this division only: not for activation"
        said += f"；{only}" if zh else f"; {only}"
    return said


def _place(place: Mapping[str, str] | None, lang: str) -> str:
    if place is None:
        return "—"
    desk = word(DESK, place.get("desk", ""), lang)
    return place.get("office") or (f"联席办：{desk}" if lang == "zh" else f"desk: {desk}")

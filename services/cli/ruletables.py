"""What people see of rules: versions, what a change changes, what a rehearsal moves."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from services.cli.tables import Shown, moment, table
from services.runtime.words import TASKS, word


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
    title = f"试算：{title} 件将改派" if zh else f"Rehearsal: {title} cases would move"
    made = table(
        title, *(("事项", "现", "改为", "件数") if zh else ("task", "now", "then", "cases"))
    )
    for item in found["tasks"]:
        for move in item["moves"]:
            task = word(TASKS, item["task"], lang)
            made.add_row(task, _place(move["was"]), _place(move["now"]), str(move["count"]))
        if item["other_days"]:
            days = "期限变更" if zh else "other days"
            made.add_row(word(TASKS, item["task"], lang), "", days, str(item["other_days"]))
    return made


def _place(place: Mapping[str, str] | None) -> str:
    if place is None:
        return "—"
    return place.get("office") or f"desk: {place['desk']}"

"""Tables of a case's clock: who has held it and how long, who waits for whom."""

from collections.abc import Mapping

from rich.table import Table

from services.cli.tables import Shown, moment, name, span, table
from services.runtime.words import OF_FILER, TASKS, word

ROLES = {
    "office": ("承办单位", "office"),
    "filer": ("提请单位", "filer"),
    "liaison": ("联席办", "liaison office"),
}
NOBODY: Mapping[str, str] = {"zh": "全案", "en": "the case"}
"""Who waits for the filer's last word."""


def clock_table(clock: Shown, lang: str) -> Table:
    """List who has held a case, who holds it now first."""
    zh = lang == "zh"
    whole = _length(clock, lang)
    heads = ("持有方", "身份", "事项", "累计时长", "现在")
    english = ("holder", "as", "tasks", "held for", "now")
    title = f"各方持有时长（全案{whole}）" if zh else f"Who held it how long (in all {whole})"
    made = table(title, *(heads if zh else english))
    if clock["provisional"]:
        made.caption = (
            "节假日表未及，工作日为暂计" if zh else "no table of holidays yet: provisional"
        )
    for one in clock["holders"]:
        made.add_row(
            name(one, lang),
            word(ROLES, one["role"], lang),
            _tasks(one["tasks"], lang),
            _length(one, lang),
            "●" if one["holds_now"] else "",
        )
    return made


def chain_table(clock: Shown, lang: str) -> Table:
    """List who waits for whom now."""
    zh = lang == "zh"
    heads = ("谁在等", "等谁", "事项", "缘由", "自", "已等")
    english = ("who waits", "for whom", "task", "why", "since", "for")
    made = table("谁等谁" if zh else "Who waits for whom", *(heads if zh else english))
    for link in clock["chain"]:
        made.add_row(
            name(link["waits"] or NOBODY, lang),
            name(link["for"], lang),
            _tasks([link["task"]], lang),
            str(link["what"][lang]),
            moment(link["since"]),
            _length(link, lang),
        )
    return made


def _tasks(tasks: list[str], lang: str) -> str:
    said = (word(TASKS | OF_FILER, task, lang) for task in tasks)
    return ("、" if lang == "zh" else ", ").join(said)


def _length(one: Shown, lang: str) -> str:
    lasted, days = span(one["seconds"]), one["working_days"]
    return f"{lasted}，{days} 个工作日" if lang == "zh" else f"{lasted}, {days} working days"

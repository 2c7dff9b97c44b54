"""Tables of the liaison office: instructions, meetings, agendas, members, budgets."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from services.cli.lists import agenda_table
from services.cli.tables import Shown, table


def yuan(fen: int) -> str:
    """Write fen as yuan."""
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{part:02}"


def instructions_table(items: Sequence[Shown], lang: str) -> Table:
    """List instructions with owner, day and state."""
    zh = lang == "zh"
    heads = ("编号", "文号", "责任单位", "内容", "期限", "状态", "结果")
    english = ("id", "number", "owner", "what", "due", "state", "result")
    made = table("批示督办" if zh else "Instructions", *(heads if zh else english))
    for item in items:
        made.add_row(
            item["instruction_id"], f"{item['number']}\n{item['issued_by']}", item["office"],
            item["text"], item["due_on"], _state(item, lang), item["result"] or "—",
        )  # fmt: skip
    return made


def _state(item: Shown, lang: str) -> str:
    late = "（逾期）" if lang == "zh" else " (late)"
    return str(item["state"][lang]) + (late if item["in_time"] is False else "")


def meetings_table(items: Sequence[Shown], lang: str) -> Table:
    """List meetings with their decisions."""
    zh = lang == "zh"
    heads = ("编号", "会议", "日期", "议定事项", "研判案件")
    english = ("id", "meeting", "day", "decisions", "reviewed")
    made = table("会议" if zh else "Meetings", *(heads if zh else english))
    for item in items:
        decisions = (
            f"{one['decision']}. {one['text']}（{len(one['instructions'])}）"
            for one in item["decisions"]
        )
        reviews = (
            one["case_id"] + (("（复发）" if zh else " (recurrent)") if one["recurrent"] else "")
            for one in item["reviews"]
        )
        what = f"{item['type'][lang]} {item['reference']}\n{item['title']}"
        made.add_row(item["meeting_id"], what, item["on"], "\n".join(decisions), "\n".join(reviews))
    return made


def agenda_tables(found: Shown, lang: str) -> Iterator[Table]:
    """List what is due for a meeting, one table a part."""
    yield instructions_table(found["instructions"], lang)
    yield _decisions(found["decisions"], lang)
    if "tasks" in found:
        yield agenda_table(found["tasks"], lang)
    if "lawsuits" in found:
        yield _lawsuits(found["lawsuits"], lang)


def _decisions(items: Sequence[Shown], lang: str) -> Table:
    zh = lang == "zh"
    heads = ("编号", "会议", "项", "议定事项", "批示")
    english = ("id", "meeting", "n", "decision", "instructions")
    made = table("未落实的议定事项" if zh else "Open decisions", *(heads if zh else english))
    for item in items:
        given = (
            f"{one['number']} {one['office']} {one['due_on']} {one['state'][lang]}"
            for one in item["instructions"]
        )
        made.add_row(
            item["meeting_id"], f"{item['meeting']}\n{item['on']}", str(item["decision"]),
            item["text"], "\n".join(given) or "—",
        )  # fmt: skip
    return made


def _lawsuits(items: Sequence[Shown], lang: str) -> Table:
    zh = lang == "zh"
    heads = ("编号", "案件", "地区", "提请日期")
    english = ("id", "lawsuit", "division", "filed on")
    made = table("未研判的败诉案件" if zh else "Lost, not reviewed", *(heads if zh else english))
    for item in items:
        named = f"{item['number']}\n{item['title']}"
        made.add_row(item["case_id"], named, str(item["division"]), str(item["filed_on"]))
    return made


def members_table(items: Sequence[Shown], lang: str) -> Table:
    """List members and liaison offices."""
    zh = lang == "zh"
    heads = ("编号", "姓名", "单位", "职务", "身份", "层级", "地区", "自", "至", "电话")
    english = ("id", "name", "organ", "post", "role", "level", "division", "since", "until",
               "phone")  # fmt: skip
    made = table("成员名录" if zh else "Directory", *(heads if zh else english))
    for item in items:
        made.add_row(
            item["member_id"], item["name"], item["office"], item["post"], item["role"][lang],
            item["level"][lang], item["division"], item["since"], item["until"] or "—",
            item["phone"] or "—",
        )  # fmt: skip
    return made


def budgets_table(items: Sequence[Shown], lang: str) -> Table:
    """List budgets in yuan."""
    zh = lang == "zh"
    heads = ("地区", "年度", "经费（元）", "支出", "结余")
    english = ("division", "year", "budget (yuan)", "spent", "left")
    made = table("经费" if zh else "Budgets", *(heads if zh else english))
    for item in items:
        sums = (yuan(item[name]) for name in ("amount_fen", "spent_fen", "left_fen"))
        made.add_row(item["division"], str(item["year"]), *sums)
    return made


def entries_table(items: Sequence[Shown], lang: str) -> Table:
    """List a budget's entries in yuan."""
    zh = lang == "zh"
    heads = ("凭证", "日期", "金额（元）", "用途", "冲销", "经办")
    english = ("voucher", "day", "yuan", "for", "reverses", "by")
    made = table("支出" if zh else "Entries", *(heads if zh else english))
    for item in items:
        made.add_row(
            item["reference"], item["on"], yuan(item["amount_fen"]), item["purpose"],
            item["reverses"] or "—", item["by"] or "—",
        )  # fmt: skip
    return made

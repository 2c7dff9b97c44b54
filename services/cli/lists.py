"""Tables of what people look for and keep: cases found, the desk, links, files, keys."""

from collections.abc import Sequence

from rich.table import Table

from services.cli.tables import Shown, half, moment, name, table
from services.runtime.words import KINDS, TASKS, word


def found_table(cases: Sequence[Shown], lang: str) -> Table:
    """List cases that were found."""
    zh = lang == "zh"
    heads = ("编号", "案号与案件", "种类", "地区", "提请日期", "状态", "等待")
    english = ("id", "number and case", "kind", "division", "filed on", "state", "waits for")
    made = table("案件" if zh else "Cases", *(heads if zh else english))
    for case in cases:
        overdue = ("（超期）" if zh else " (overdue)") if case["overdue"] else ""
        made.add_row(
            case["case_id"],
            f"{case['number']}\n{case['title']}",
            word(KINDS, case["kind"], lang),
            case["division"],
            case["filed_on"],
            case["state"][lang] + overdue,
            "\n".join(str(wait["zh"] if zh else wait["office"]) for wait in case["waiting"]),
        )
    return made


def desk_table(items: Sequence[Shown], lang: str) -> Table:
    """List tasks that wait at the desk."""
    zh = lang == "zh"
    heads = ("编号", "案件", "事项", "原因", "自")
    made = table(
        "联席办" if zh else "Desk", *(heads if zh else ("id", "case", "task", "why", "since"))
    )
    for item in items:
        made.add_row(
            item["case_id"],
            f"{item['number']}\n{item['title']}",
            f"{word(TASKS, item['task'], lang)}\n{item['task']}",
            f"{item['why'][lang]}\n{half(item['reason'], lang)}",
            moment(item["since"]),
        )
    return made


def agenda_table(items: Sequence[Shown], lang: str) -> Table:
    """List overdue tasks that have risen."""
    zh = lang == "zh"
    heads = ("编号", "案件", "事项", "承办单位", "提级至", "期限", "超期（工作日）", "批示")
    english = (
        "id",
        "case",
        "task",
        "office",
        "risen to",
        "due",
        "working days late",
        "instructions",
    )
    made = table("提级议程" if zh else "Agenda", *(heads if zh else english))
    for item in items:
        made.add_row(
            item["case_id"],
            f"{item['number']}\n{item['title']}",
            f"{word(TASKS, item['task'], lang)}\n{item['task']}",
            name(item["office"], lang),
            item["level_name"][lang],
            moment(item["due"]),
            str(item["overdue_days"]),
            "\n".join(f"{one['number']} {one['due_on']}" for one in item["instructions"]),
        )
    return made


def links_table(links: Sequence[Shown], lang: str) -> Table:
    """List the cases a case is linked to."""
    zh = lang == "zh"
    heads = ("编号", "案件", "关系", "原因")
    made = table(
        "关联案件" if zh else "Links", *(heads if zh else ("id", "case", "relation", "reason"))
    )
    for item in links:
        about = f"{item.get('number') or ''} {item.get('title') or ''}".strip()
        relation = item["relation"]
        shown = relation[lang] if isinstance(relation, dict) else str(relation)
        made.add_row(item["other"], about, shown, item["reason"])
    return made


def clusters_table(clusters: Sequence[Shown], lang: str) -> Table:
    """List clusters of like cases."""
    zh = lang == "zh"
    heads = ("相同", "内容", "件数", "期间（天）", "案件")
    english = ("alike in", "what", "cases", "days", "ids")
    made = table("类案" if zh else "Like cases", *(heads if zh else english))
    for item in clusters:
        made.add_row(
            str(item["alike"]), item["what"], str(item["size"]), str(item["window_days"]),
            "\n".join(one["case_id"] for one in item["cases"]),
        )  # fmt: skip
    return made


def attachments_table(items: Sequence[Shown]) -> Table:
    """List files."""
    made = table("附件 attachments", "id", "name", "type", "bytes", "sha256")
    for item in items:
        made.add_row(
            item["attachment_id"], item["name"], item["media_type"], str(item["size"]),
            item["sha256"],
        )  # fmt: skip
    return made


def questions_table(items: Sequence[Shown]) -> Table:
    """List what offices asked, and the answers."""
    made = table("补充材料 information", "id", "request", "question", "answer")
    for item in items:
        answer = item["answer"]["answer"] if item["answer"] else item["state"]
        made.add_row(item["assignment_id"], str(item["request"]), item["question"], answer)
    return made


def keys_table(items: Sequence[Shown]) -> Table:
    """List access keys."""
    made = table("密钥 keys", "id", "role", "of", "name", "expires", "state")
    for item in items:
        state = f"revoked {moment(item['revoked_at'])}" if item.get("revoked_at") else "good"
        made.add_row(
            item["key_id"], item["role"], item["office"] or item["division"] or "—", item["name"],
            moment(item["expires"]), state,
        )  # fmt: skip
    return made


def agencies_table(items: Sequence[Shown], lang: str) -> Table:
    """List agencies with their offices."""
    zh = lang == "zh"
    heads = ("编号", "名称", "别名", "单位数", "接收", "自办接收")
    english = ("id", "name", "also known as", "offices", "receiving", "own consumer")
    made = table("部门" if zh else "Agencies", *(heads if zh else english))
    for item in items:
        made.add_row(
            item["id"], name(item, lang), "、".join(item.get("aliases", ())),
            str(item["offices"]), str(item["receiving"]), str(item["own"]),
        )  # fmt: skip
    return made

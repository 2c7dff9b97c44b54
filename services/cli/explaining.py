"""`fuyuan bulletin --explain`: the cases behind a figure."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import typer
from rich.table import Table
from rich.text import Text

from services.cli.bulletins.wording import NONE, clean, told, value
from services.cli.common import console_for_tables, show
from services.cli.tables import table
from services.client import NOT_FOUND, Client, ClientError

PAGE = 200
UNREADABLE = 422
"""What routing says to an id that is none of a case: a meeting's, an instruction's."""
WHATS = {
    "meeting": ("（会议）", "(meeting)"),
    "instruction": ("（批示）", "(instruction)"),
    "project": ("（项目）", "(project)"),
}
"""What a figure may be made of that is no case."""
Found = dict[str, Any]


def explain(
    client: Client,
    figure: str,
    asked: Mapping[str, Any],
    limit: int,
    cursor: str | None,
    *,
    as_json: bool,
    lang: str,
) -> None:
    """List the cases behind a figure, with what routing knows of each. Raises ClientError."""
    found = _collect(client, figure, asked, limit, cursor)
    offices = {item["id"]: item for item in client.get("routing", "/v1/offices")["offices"]}
    for item in found["cases"]:
        item.update(_known(client, item["case_id"]))
        if office := offices.get(item["office"] or item.get("filer")):
            item["office_name"] = {"zh": office["zh"], "en": office["en"]}
    if as_json:
        show(found)
        return
    console_for_tables().print(cases_table(found, lang))
    typer.echo(_count(found, lang))


def _collect(
    client: Client, figure: str, asked: Mapping[str, Any], limit: int, cursor: str | None
) -> Found:
    path = f"/v1/bulletin/figures/{quote(figure, safe='')}/cases"
    cases: list[Found] = []
    while True:
        size = min(limit - len(cases), PAGE)
        page: Found = client.get("metrics", path, **asked, limit=size, cursor=cursor)
        cases += page["cases"]
        cursor = page.get("next")
        if cursor is None or len(cases) >= limit or not page["cases"]:
            return page | {"cases": cases, "next": cursor}


def _known(client: Client, case_id: str) -> Found:
    """Give number, title and filer; nothing of what is no case, or not for this reader."""
    try:
        case = client.get("routing", f"/v1/cases/{quote(case_id, safe='')}")
    except ClientError as error:
        if error.status not in (NOT_FOUND, UNREADABLE):
            raise
        return {}
    return {"number": case["number"], "title": case["title"], "filer": case["filer"]["office"]}


def cases_table(found: Mapping[str, Any], lang: str) -> Table:
    """List them. No text is read as markup."""
    figure = found["figure"]
    unit = told(figure.get("unit"), lang)
    unit = "" if unit == "%" else f" {unit}"
    title = f"{told(figure, lang)}：{value(figure['shown'])}{unit}"
    heads = ("编号", "案号", "案件", "单位", "日期", "计入")
    english = ("id", "number", "title", "office", "date", "adds")
    made = table("", *(heads if lang == "zh" else english))
    made.columns[-1].justify = "right"
    made.title = Text(title, "bold")
    if meaning := told(figure.get("definition"), lang):
        made.caption, made.caption_justify = Text(meaning, "dim"), "left"
    for item in found["cases"]:
        made.add_row(*(Text(cell) for cell in _cells(item, lang)))
    return made


def _cells(item: Mapping[str, Any], lang: str) -> Sequence[str]:
    office = told(item.get("office_name"), lang) or value(item["office"])
    title = item.get("title") or WHATS.get(item["what"], (NONE, NONE))[0 if lang == "zh" else 1]
    return (
        clean(item["case_id"]), clean(item.get("number") or NONE), clean(title), office,
        clean(item["date"]), clean(item["adds"]),
    )  # fmt: skip


def _count(found: Mapping[str, Any], lang: str) -> str:
    listed, total = len(found["cases"]), found["total"]
    said = f"{listed} / {total} 条" if lang == "zh" else f"{listed} of {total}"
    if found["next"] is None:
        return said
    more = "；往下加" if lang == "zh" else "; go on with"
    return f"{said}{more} --cursor {clean(found['next'])}"

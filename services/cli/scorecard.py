"""`fuyuan scorecard`: the offices' points for the yearly assessment, and what they are made of."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from services.cli import values
from services.cli.bulletins.wording import NONE, clean, told
from services.cli.common import Json, Lang, console_for_tables, failing, show, stack
from services.cli.tables import moment, table
from services.client import ClientError

Found = Mapping[str, Any]


def scorecard(
    year: Annotated[int, typer.Option(min=2000, max=9999, help="Of this year.")],
    office: Annotated[
        str | None, typer.Option(help="Only this office's.", autocompletion=values.offices)
    ] = None,
    division: Annotated[
        str | None, typer.Option(help="Only its offices'.", autocompletion=values.divisions)
    ] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Show the yearly scorecard: each office's points, component by component."""
    with failing(ClientError):
        found = stack().get("metrics", "/v1/scorecard", year=year, office=office, division=division)
    if as_json:
        show(found)
        return
    console = console_for_tables()
    console.print(offices_table(found, lang) if office is None else office_table(found, lang))
    at, version = moment(found["as_of"]), found["weights_version"]
    zh = f"数据截至 {at}，权重版本 {version}。"
    said = zh if lang == "zh" else f"As of {at}, weights of version {version}. "
    typer.echo(said + told(found.get("note"), lang))


def offices_table(found: Found, lang: str) -> Table:
    """List offices in order of rank; an office too small to be ranked comes last, with a dash."""
    components = _components(found["offices"])
    zh = lang == "zh"
    heads = ("名次", "单位", "得分") if zh else ("rank", "office", "points")
    shown = tuple(f"{told(item, lang)}\n{_number(item['weight'])}" for item in components.values())
    title = f"{found['year']} 年度考核" if zh else f"Scorecard {found['year']}"
    made = table(title, *heads, *shown)
    for column in (made.columns[0], *made.columns[2:]):
        column.justify = "right"
    made.columns[1].min_width = 22
    for item in sorted(found["offices"], key=_place):
        points = {part["id"]: part["points"] for part in item["components"]}
        made.add_row(
            Text(NONE if item["rank"] is None else str(item["rank"])),
            Text(told(item, lang)),
            Text(_number(item["points"])),
            *(Text(_number(points.get(id_))) for id_ in components),
        )
    return made


def office_table(found: Found, lang: str) -> Table:
    """Show what the points of an office are made of."""
    zh = lang == "zh"
    heads = ("项目", "分子", "分母", "比例", "权重", "得分")
    english = ("component", "numerator", "denominator", "share", "weight", "points")
    title = f"{found['year']} 年度考核" if zh else f"Scorecard {found['year']}"
    made = table(title, "单位" if zh else "office", *(heads if zh else english))
    for column in made.columns[2:]:
        column.justify = "right"
    for item in found["offices"]:
        rank = item["rank"]
        place = f"第 {rank} 名" if zh else f"rank {rank}"
        if rank is None:
            place = "不排名" if zh else "not ranked"
        name = f"{told(item, lang)}\n{_number(item['points'])}  {place}"
        for part in item["components"]:
            made.add_row(
                Text(name),
                Text(told(part, lang)),
                *(Text(_number(part[key])) for key in ("numerator", "denominator")),
                Text(NONE if part["share"] is None else f"{part['share']:.1%}"),
                *(Text(_number(part[key])) for key in ("weight", "points")),
            )
            name = ""
    return made


def _place(item: Found) -> tuple[bool, int]:
    return item["rank"] is None, item["rank"] or 0


def _components(offices: Sequence[Found]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for office in offices:
        for part in office["components"]:
            found.setdefault(part["id"], part)
    return found


def _number(value: float | str | None) -> str:
    if value is None:
        return NONE
    return f"{value:.1f}" if isinstance(value, float) else clean(value)

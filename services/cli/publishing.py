"""What people see when bulletins are published, listed and recomputed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from services.cli.bulletins.wording import clean, told, value
from services.cli.tables import moment, table

Found = Mapping[str, Any]
STATES = {
    "published": ("已发布", "published"),
    "restated": ("更正版", "restatement"),
}


def published_text(found: Found, lang: str, *, dry_run: bool) -> str:
    """Say what was, or would be, published, and which figures are restated."""
    zh, at = lang == "zh", moment(found["as_of"])
    if not dry_run:
        id_, when = clean(found["id"]), moment(found["published"]["at"])
        said = (
            f"{id_} 于 {when} 发布，数据截至 {at}" if zh else f"{id_} published {when}, as of {at}"
        )
        return "\n".join((said, *_restated(found, lang)))
    period, place = clean(found["period"]["text"]), told(found["division"], lang)
    if found.get("would_publish"):
        said = f"将发布：{place} {period}" if zh else f"would publish: {place}, {period}"
    else:
        said = f"与已发布的一致：{place} {period}" if zh else f"as published: {place}, {period}"
    return "\n".join((said, *_differences(found.get("changes") or (), lang)))


def _restated(found: Found, lang: str) -> Iterator[str]:
    for section in found["sections"]:
        for figure in section.get("figures") or []:
            if former := figure.get("restated"):
                was, now = value(former["shown"]), value(figure["shown"])
                yield f"  {told(figure, lang)}  {was} → {now}"


def editions_table(items: Sequence[Found], lang: str) -> Table:
    """List published bulletins."""
    zh = lang == "zh"
    heads = ("编号", "统计期", "地区", "版次", "状态", "数据截至", "发布")
    english = ("id", "period", "division", "edition", "state", "as of", "published")
    made = table("通报" if zh else "Bulletins", *(heads if zh else english))
    for item in items:
        state = STATES.get(item["state"], (item["state"],) * 2)[0 if zh else 1]
        cells = (
            item["id"], item["period"]["text"], told(item["division"], lang), item["edition"],
            state, moment(item["as_of"]), moment(item["published"]),
        )  # fmt: skip
        made.add_row(*(Text(str(cell)) for cell in cells))
    return made


def differences_text(found: Found, lang: str) -> str:
    """Say whether a bulletin comes out the same now, and what doesn't."""
    zh = lang == "zh"
    id_, checked = clean(found["id"]), found["checked"]
    if found["same"]:
        return (
            f"{id_}：{checked} 项指标复算一致"
            if zh
            else f"{id_}: all {checked} figures come out the same"
        )
    differ = len(found["differences"])
    head = (
        f"{id_}：{checked} 项指标中 {differ} 项不一致"
        if zh
        else f"{id_}: {differ} of {checked} figures come out differently"
    )
    return "\n".join((head, *_differences(found["differences"], lang)))


def _differences(items: Iterable[Found], lang: str) -> Iterator[str]:
    for item in items:
        name, cases = told(item, lang), "案件数" if lang == "zh" else "cases"
        was, now = value(item["was"]), value(item["now"])
        of_was, of_now = value(item["cases_were"]), value(item["cases_are"])
        behind = f"{cases} {of_was} → {of_now}"
        yield f"  {name}  {was} → {now}  " + (f"（{behind}）" if lang == "zh" else f"({behind})")

"""What people see when bulletins are published, listed and recomputed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from services.cli.bulletins.wording import clean, told
from services.cli.tables import moment, table

Found = Mapping[str, Any]
STATES = {
    "draft": ("草案", "draft"),
    "published": ("已发布", "published"),
    "restated": ("已更正", "restated"),
}


def published_text(found: Found, lang: str, *, dry_run: bool) -> str:
    """Say what was, or would be, published, and which figures are restated."""
    zh = lang == "zh"
    id_, at = clean(found.get("id") or "—"), moment(found["as_of"])
    if dry_run:
        said = f"将发布 {id_}，数据截至 {at}" if zh else f"would publish {id_}, as of {at}"
    else:
        said = f"已发布 {id_}，数据截至 {at}" if zh else f"published {id_}, as of {at}"
    return "\n".join((said, *_restated(found, lang)))


def _restated(found: Found, lang: str) -> Iterator[str]:
    for section in found["sections"]:
        for figure in section.get("figures") or []:
            if former := figure.get("restated"):
                was, now = clean(former["shown"]), clean(figure["shown"])
                yield f"  {told(figure, lang)}  {was} → {now}"


def editions_table(items: Sequence[Found], lang: str) -> Table:
    """List published bulletins."""
    zh = lang == "zh"
    heads = ("编号", "统计期", "地区", "版次", "状态", "数据截至", "发布")
    english = ("id", "period", "division", "edition", "state", "as of", "published")
    made = table("通报" if zh else "Bulletins", *(heads if zh else english))
    for item in items:
        published = item.get("published") or {}
        why = told(published.get("why"), lang)
        when = f"{moment(published['at'])}  {clean(published['by'])}" if published else "—"
        state = STATES.get(item["state"], (item["state"],) * 2)[0 if zh else 1]
        period = item["period"]
        cells = (
            item["id"], period["text"] if isinstance(period, Mapping) else period,
            told(item["division"], lang), item.get("edition") or "—", state,
            moment(item["as_of"]), f"{when}\n{why}" if why else when,
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
        cases = f"+{item.get('added', 0)} −{item.get('removed', 0)}"
        name = told(item, lang) or clean(item["figure"])
        yield f"  {name}  {clean(item['was'])} → {clean(item['now'])}  ({cases})"

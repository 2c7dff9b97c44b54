"""From metrics' JSON of a bulletin to a page in one language."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from services.cli.bulletins.page import Column, Note, Page, Section, Table
from services.cli.bulletins.wording import (
    NONE,
    Shown,
    clean,
    compared,
    day,
    in_china,
    moment,
    numeral,
    period,
    told,
    value,
)

TO_THE_RIGHT = ("number", "share", "rank")
HEADS = {
    "zh": ("序号", "指标", "单位", "数值"),
    "en": ("no.", "figure", "unit", "value"),
}
AGAINST = {
    "before": ("上期", "period before"),
    "year_before": ("上年同期", "a year earlier"),
}


class ShapeError(Exception):
    """What metrics gave is no bulletin this version can read."""


def read(bulletin: Shown, lang: str) -> Page:
    """Read a bulletin. Raises ShapeError."""
    try:
        return _page(bulletin, lang)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ShapeError(f"no bulletin that can be read: {type(error).__name__} {error}") from error


def _page(bulletin: Shown, lang: str) -> Page:
    zh = lang == "zh"
    place, span = told(bulletin["division"], lang), period(bulletin["period"], lang)
    issuer = f"{place}府院联动联席会议办公室" if zh else f"Court–Government Liaison, {place}"
    numbers = count(1)
    sections = tuple(
        _section(item, bulletin, lang, place_, numbers)
        for place_, item in enumerate(bulletin["sections"], 1)
    )
    as_of = in_china(bulletin["as_of"])
    published = bulletin.get("published")
    signed = in_china(published["at"]) if published else as_of
    return Page(
        lang="zh-CN" if zh else "en",
        issuer=issuer,
        title=f"关于{span}府院联动工作情况的通报" if zh else f"Court–government liaison, {span}",
        state=_state(bulletin, as_of, lang),
        draft=bulletin["state"] == "draft",
        opening=_opening(bulletin, as_of, lang),
        sections=sections,
        notes_heading="附：指标口径" if zh else "Annex: what each figure counts",
        signed=(issuer, day(signed, lang)),
        closing=_closing(bulletin, lang),
        as_of=as_of,
    )


def _state(bulletin: Shown, as_of: datetime, lang: str) -> str:
    zh, at, edition = lang == "zh", moment(as_of, lang), bulletin.get("edition") or 1
    if bulletin["state"] == "draft":
        return f"草案（未发布），数据截至{at}" if zh else f"Draft, not published; as of {at}"
    published = bulletin.get("published")
    when = moment(in_china(published["at"]), lang) if published else at
    if zh:
        said = f"第{edition}版，{when}发布，数据截至{at}"
    else:
        said = f"Edition {edition}, published {when}; as of {at}"
    if later := bulletin.get("restated_by"):
        said += f"；已由{clean(later)}更正" if zh else f"; restated by {clean(later)}"
    return said


def _opening(bulletin: Shown, as_of: datetime, lang: str) -> tuple[str, ...]:
    days, version = bulletin["period"], clean(bulletin["definitions_version"])
    place, span = told(bulletin["division"], lang), period(days, lang)
    begin, end, at = clean(days["begin"]), clean(days["end"]), moment(as_of, lang)
    if lang == "zh":
        said = (
            f"现将{place}{span}府院联动工作有关数据通报如下。业务日期在{begin}至{end}之间，"
            f"数据截至{at}，指标口径（版本{version}）附后。"
        )
    else:
        said = (
            f"The figures of {place} for {span}: business dates from {begin} to {end}, as of {at}. "
            f"What each counts (definitions, version {version}) stands at its number. "
        )
    said += _bases(bulletin, lang)
    return (said.strip(), *_restating(bulletin, lang))


def _bases(bulletin: Shown, lang: str) -> str:
    """Say which periods it is compared with."""
    zh = lang == "zh"
    bases = [
        f"{words[0]}为{period(base, lang)}" if zh else f"{words[1]}, {period(base, lang)}"
        for name, words in AGAINST.items()
        if name not in _same(bulletin) and (base := bulletin.get(name))
    ]
    if not bases:
        return ""
    return f"{'，'.join(bases)}。" if zh else f"It is compared with the {' and '.join(bases)}."


def _same(bulletin: Shown) -> tuple[str, ...]:
    """Name a comparison that another makes needless: before a year is a year earlier."""
    before, earlier = bulletin.get("before"), bulletin.get("year_before")
    return ("before",) if before is not None and before == earlier else ()


def _restating(bulletin: Shown, lang: str) -> tuple[str, ...]:
    former = bulletin.get("restates")
    if not former:
        return ()
    id_, why = clean(former), told((bulletin.get("published") or {}).get("why"), lang)
    if lang == "zh":
        return (f"本版更正{id_}，原数值一并列出。" + (f"更正原因：{why}。" if why else ""),)
    said = f"This edition restates {id_} and shows its values beside the new ones."
    return (f"{said} Why: {why}." if why else said,)


def _section(item: Shown, bulletin: Shown, lang: str, place: int, numbers: "count[int]") -> Section:
    figures = item.get("figures") or []
    numbered = [(next(numbers), figure) for figure in figures]
    heading = told(item, lang)
    return Section(
        heading=f"{numeral(place)}、{heading}" if lang == "zh" else f"{place}. {heading}",
        sentences=tuple(told(words, lang) for words in item.get("says") or []),
        figures=_figures(numbered, bulletin, lang) if numbered else None,
        tables=tuple(_table(table, lang) for table in item.get("tables") or []),
        notes=tuple(
            Note(number, told(figure, lang), _meaning(figure, lang)) for number, figure in numbered
        ),
    )


def _meaning(figure: Shown, lang: str) -> str:
    parts = [told(figure.get("definition"), lang)]
    exact = str(figure.get("exact") or "")
    if exact and not exact.endswith("/1"):  # a count is exact as it is shown
        parts.append(f"精确值{clean(exact)}" if lang == "zh" else f"exactly {clean(exact)}")
    stop, end = ("；", "。") if lang == "zh" else ("; ", ".")
    return stop.join(part.rstrip("。.") for part in parts if part) + end


def _figures(numbered: Sequence[tuple[int, Shown]], bulletin: Shown, lang: str) -> Table:
    zh = lang == "zh"
    against = [
        name
        for name in AGAINST
        if name not in _same(bulletin)
        and any(found["with"] == name for _, item in numbered for found in _comparisons(item))
    ]
    heads = [Column(head, right=head in (HEADS[lang][0], HEADS[lang][3])) for head in HEADS[lang]]
    for name in against:
        base = bulletin.get(name)
        words = AGAINST[name][0 if zh else 1]
        heads.append(Column(f"{words}\n{period(base, lang)}" if base else words, right=True))
    return Table(
        "",
        tuple(heads),
        tuple(_figure(number, item, against, lang) for number, item in numbered),
    )


def _figure(number: int, item: Shown, against: Iterable[str], lang: str) -> tuple[str, ...]:
    unit = told(item.get("unit"), lang)
    shown, name = value(item["shown"]), told(item, lang)
    if former := item.get("restated"):
        was = value(former["shown"])
        shown += f"\n（原{was}）" if lang == "zh" else f"\n(was {was})"
    if note := told(item.get("note"), lang):
        name += f"\n{note}"
    by_base = {found["with"]: found for found in _comparisons(item)}
    share = unit in ("%", "") and (unit == "%" or value(item["shown"]).endswith("%"))
    compared_ = (
        compared(by_base[base], lang, share=share) if base in by_base else NONE for base in against
    )
    return (str(number), name, "" if share else unit, shown, *compared_)


def _comparisons(item: Shown) -> Sequence[Any]:
    return item.get("comparisons") or []


def _table(table: Shown, lang: str) -> Table:
    columns = tuple(
        Column(told(column, lang), column.get("kind") in TO_THE_RIGHT)
        for column in table["columns"]
    )
    total = table.get("total")
    remarks = (told(table.get("definition"), lang), told(table.get("note"), lang))
    nothing = ("无" if lang == "zh" else "none", *[""] * (len(columns) - 1))
    return Table(
        told(table, lang),
        columns,
        tuple(_row(row, len(columns), lang) for row in table["rows"]) or (nothing,),
        _row(total, len(columns), lang) if total else None,
        tuple(remark for remark in remarks if remark),
    )


def _row(row: Sequence[Any], width: int, lang: str) -> tuple[str, ...]:
    cells = [_cell(cell, lang) for cell in row][:width]
    return (*cells, *[NONE] * (width - len(cells)))


def _cell(cell: object, lang: str) -> str:
    if cell is None:
        return NONE
    return told(cell, lang) if isinstance(cell, dict) else clean(cell)


def _closing(bulletin: Shown, lang: str) -> tuple[str, ...]:
    id_, digest = bulletin.get("id"), bulletin.get("digest")
    lines = []
    if id_:
        name = clean(id_)
        lines.append(
            f"编号{name}，复核：fuyuan bulletin verify {name}"
            if lang == "zh"
            else f"No. {name}; recompute it with: fuyuan bulletin verify {name}"
        )
    if digest:
        lines.append(f"{'摘要' if lang == 'zh' else 'digest'} {clean(digest)}")
    return tuple(lines)

"""A bulletin as its readers get it: a draft, or an edition as it was frozen. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.metrics.catalogue.counting import DEFINITIONS_VERSION
from services.metrics.catalogue.sections import FIGURES
from services.metrics.page import words
from services.metrics.periods import Period
from services.metrics.places import Places
from services.metrics.published import Bulletin, Change, Frozen, Published
from services.metrics.values import Value

Json = dict[str, Any]


def frozen(sections: Sequence[Mapping[str, Any]]) -> tuple[Frozen, ...]:
    """Take the figures out of sections that were counted with the cases behind them."""
    return tuple(
        Frozen(item["id"], item["exact"], item["shown"], item["cases"], item["digest"])
        for section in sections
        for item in section["figures"]
    )


def draft_page(period: Period, division: str, places: Places, more: Json) -> Json:
    """Write a draft's head around its sections."""
    return {"id": None, "state": "draft", "edition": 0, **_head(period, division, places), **more}


def edition_page(bulletin: Bulletin, number: int, places: Places) -> Json:
    """Write an edition: as it was frozen; of a restatement both values of what changed."""
    edition = bulletin.editions[number]
    before, after = bulletin.editions.get(number - 1), bulletin.editions.get(number + 1)
    period = Period(edition.begin, edition.end)
    return {
        "id": _id(edition, period),
        "state": "restated" if before else "published",
        "edition": number,
        **_head(period, edition.division, places),
        "as_of": edition.as_of,
        "definitions_version": edition.definitions,
        "published": {"at": edition.at, "by": edition.by, "why": edition.why},
        "restates": _id(before, period) if before else None,
        "restated_by": _id(after, period) if after else None,
        "sections": [_marked(section, edition, before) for section in edition.sections],
    }


def row_page(row: Mapping[str, Any], places: Places) -> Json:
    """Write one line of the list of bulletins."""
    period = Period(_day(row["begin"]), _day(row["end"]))
    head = _head(period, row["division"], places)
    return {
        "id": f"{row['division']}:{period.text}@{row['edition']}",
        "state": "restated" if row["edition"] > 1 else "published",
        "edition": row["edition"],
        "period": head["period"],
        "division": head["division"],
        "as_of": row["as_of"],
        "published": row["published_at"],
        "definitions_version": row["definitions"],
    }


def change_page(change: Change) -> Json:
    """Write what changed of one figure."""
    figure, was, now = FIGURES.get(change.figure), change.was, change.now
    name = words(figure.name) if figure else {"zh": change.figure, "en": change.figure}
    return {
        "figure": change.figure,
        **name,
        "was": was.shown if was else None,
        "now": now.shown if now else None,
        "cases_were": was.cases if was else None,
        "cases_are": now.cases if now else None,
    }


def change_text(change: Change) -> str:
    """Say what changed of one figure in a line."""
    page = change_page(change)
    text = f"was {page['was']}, is {page['now']} now"
    if page["was"] == page["now"]:
        text = f"still {page['now']}, but of other cases"
    return f"{text} (cases: {page['cases_were']}, now {page['cases_are']})"


def _marked(section: Mapping[str, Any], edition: Published, before: Published | None) -> Json:
    if before is None:
        return dict(section)
    was = {item.figure: item for item in before.figures}
    now = {item.figure: item for item in edition.figures}
    figures = []
    for page in section["figures"]:
        old = was.get(page["id"])
        if old is None or old == now[page["id"]]:
            figures.append(page)
            continue
        told: Json = {"value": _number(old.exact), "shown": old.shown, "cases": old.cases}
        told |= {"as_of": before.as_of, "edition": before.edition}
        figures.append({**page, "restated": told})
    return {**section, "figures": figures}


def _number(exact: str | None) -> int | float | None:
    if exact is None:
        return None
    top, bottom = exact.split("/")
    return Value(int(top), int(bottom)).number


def _head(period: Period, division: str, places: Places) -> Json:
    return {
        "period": _period(period),
        "before": _period(period.before()),
        "year_before": _period(period.year_before()),
        "division": {"code": division, **words(places.division(division))},
        "definitions_version": DEFINITIONS_VERSION,
    }


def _period(period: Period) -> Json:
    begin, end = period.begin.isoformat(), period.end.isoformat()
    return {"text": period.text, "begin": begin, "end": end}


def _id(edition: Published, period: Period) -> str:
    return f"{edition.division}:{period.text}@{edition.edition}"


def _day(text: str) -> date:
    return date.fromisoformat(text)

"""How long an answer takes: a half-year's bulletin, and pages of the search."""

import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from statistics import median
from typing import Any

from services.client import Client
from tests.benchmarks.growth.grown import Grown
from tests.benchmarks.workload import Json

TIMES = 7
CITY = "410500"
YEAR = timedelta(days=365)
PAGES: Mapping[str, Json] = {
    "newest": {},
    "of an office": {"office": "market_regulation.410502"},
    "of a kind and a division": {"kind": "judgment_enforcement", "division": "410503"},
    "part of a name": {"q": "商贸公司"},
    "beginning of a number": {"number": "合成-失"},
    "two common things": {"q": "高某", "kind": "credit_discipline", "state": "closed"},
    "things that never meet": {"q": "李某", "kind": "bankruptcy", "office": "tax.410502"},
    "one character": {"q": "某", "division": "410526"},
    "nothing there": {"q": "不存在的公司", "state": "open"},
}
"""Ordinary ones first, then those that look through most."""
DEEP = {"kind": "credit_discipline", "limit": 200}
"""Searched a year and a half back, page after page."""
DEEP_PAGES = 5


def bulletin(contestant: Grown, today: date) -> tuple[float, int]:
    """Give the seconds a draft of a past half-year takes, and how many cases were filed in it."""
    asker = contestant.local.client("liaison", division=CITY).patient(600)
    year = (today - YEAR).year
    period = f"{year}-01..{year}-06" if today.month > 6 else f"{year - 1}-07..{year - 1}-12"

    def draft() -> Any:
        return asker.get("metrics", "/v1/bulletin", period=period)

    page = draft()
    figures = (item for section in page["sections"] for item in section["figures"])
    filed = next(item["value"] for item in figures if item["id"] == "cases.filed")
    return timed(draft), int(filed)


def pages(contestant: Grown, today: date) -> dict[str, float]:
    """Give the seconds each page takes."""
    asker = contestant.local.client("liaison", division=CITY).patient(600)
    found = {name: timed(lambda: _page(asker, said)) for name, said in PAGES.items()}  # noqa: B023 - used at once
    deep = DEEP | {"filed_to": (today - YEAR - YEAR / 2).isoformat()}
    cursor = None
    for _ in range(DEEP_PAGES):
        cursor = _page(asker, deep | ({"cursor": cursor} if cursor else {}))["next"] or cursor
    found["deep in a long list"] = timed(lambda: _page(asker, deep | {"cursor": cursor}))
    return found


def timed(ask: Callable[[], Any]) -> float:
    """Give the seconds it takes, in the middle of a few times."""
    ask()
    found = []
    for _ in range(TIMES):
        began = time.perf_counter()
        ask()
        found.append(time.perf_counter() - began)
    return median(found)


def _page(asker: Client, said: Json) -> Any:
    return asker.get("routing", "/v1/cases", **said)

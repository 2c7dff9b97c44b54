"""Which entries: of a stream, in a division, on some days; as the database is asked. Pure.

Every question begins with the same range of the index `entries` (stream, day, division): what a
figure costs is what lies in its period, never all cases.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from services.metrics.catalogue.figure import Part
from services.metrics.periods import Period

Json = dict[str, Any]
CHUNK = timedelta(days=184)
"""Days added up at once, so that no single question takes long, however long the period."""
CHUNKS = 12
"""So many at most, and one for all before them."""
_INSIDE = "$entries."


@dataclass(frozen=True, slots=True)
class Window:
    """The days up to `end`, from `begin` on; None: from the first there is."""

    division: str
    begin: date | None
    end: date

    def chunks(self) -> Iterator["Window"]:
        """Cut it into pieces of half a year: sums over entries add up."""
        first = self.end - CHUNKS * CHUNK
        if self.begin and self.begin >= first:
            first = self.begin
        else:
            yield replace(self, end=first - timedelta(days=1))
        while first <= self.end:
            last = min(first + CHUNK, self.end)
            yield replace(self, begin=first, end=last)
            first = last + timedelta(days=1)

    def halves(self) -> "tuple[Window, ...]":
        """Cut it in two; none for a day, or for all days up to one."""
        if self.begin is None or self.begin >= self.end:
            return ()
        middle = self.begin + (self.end - self.begin) // 2
        first = replace(self, end=middle)
        return first, replace(self, begin=middle + timedelta(days=1))

    def months(self) -> tuple[str, str] | None:
        """Give the first and the last of its whole months; None where it has none."""
        first, after = self._whole()
        if self.begin and first >= after:
            return None
        return (f"{first:%Y-%m}" if self.begin else "", f"{after - timedelta(days=1):%Y-%m}")

    def edges(self) -> "tuple[Window, ...]":
        """Give its days that are of no whole month."""
        first, after = self._whole()
        if self.begin and first >= after:
            return (self,)
        found = []
        if self.begin and self.begin < first:
            found.append(replace(self, end=first - timedelta(days=1)))
        if after <= self.end:
            found.append(replace(self, begin=after))
        return tuple(found)

    def _whole(self) -> tuple[date, date]:
        """Give the first day of its whole months, and the first after them."""
        after = (self.end + timedelta(days=1)).replace(day=1)
        begin = self.begin or date.min
        return (begin if begin.day == 1 else _next_month(begin)), after

    def division_range(self) -> tuple[str, str]:
        """Give the first and the last code of its division: a city's stands for its counties."""
        code = self.division
        return (code, f"{code[:4]}99" if code.endswith("00") else code)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def window(division: str, period: Period, *, cumulative: bool = False) -> Window:
    """Give the window of a period; of a cumulative figure all up to its end."""
    return Window(division, None if cumulative else period.begin, period.end)


def matching(days: Window, stream: str, part: Part | None = None) -> Json:
    """Find the documents with an entry of a stream in the window, or with one that adds to a part.

    A sum that is nothing is not stored, so what has it adds to it.
    """
    more = {part.sum: {"$exists": True}, **part.where} if part else {}
    return {"entries": {"$elemMatch": {**_inside(days, stream), **more}}}


def only_those(days: Window, stream: str) -> Json:
    """Give, of a document, only its entries of the stream in the window."""
    wanted: list[Json] = []
    for name, asked in _inside(days, stream).items():
        field = f"$$e.{name}"
        if isinstance(asked, Mapping):
            wanted += [{operator: [field, value]} for operator, value in asked.items()]
        else:
            wanted.append({"$eq": [field, asked]})
    kept = {"$filter": {"input": "$entries", "as": "e", "cond": {"$and": wanted}}}
    return {"what": 1, "entries": kept}


def cube(days: Window, stream: str, keys: Sequence[str], sums: Sequence[str]) -> list[Json]:
    """Add up a stream by all its keys, its division and the month; `c_` counts what adds to each.

    Small, since its keys are offices and enums; all figures and tables of the stream come of it.
    """
    by: Json = {"d": f"{_INSIDE}d", "month": {"$substrBytes": [f"{_INSIDE}on", 0, 7]}}
    by |= {name: f"{_INSIDE}{name}" for name in keys}
    added: Json = {name: {"$sum": f"{_INSIDE}{name}"} for name in sums}
    for name in sums:
        there = {"$cond": [{"$gt": [f"{_INSIDE}{name}", None]}, 1, 0]}
        added[f"c_{name}"] = {"$sum": there}
    only = {f"entries.{name}": asked for name, asked in _inside(days, stream).items()}
    return [
        {"$match": matching(days, stream)},
        {"$project": {"entries": 1}},
        {"$unwind": "$entries"},
        {"$match": only},
        {"$group": {"_id": by, **added}},
    ]


def _inside(days: Window, stream: str) -> Json:
    """Say what an entry has to be; first what the index is ordered by."""
    on = {"$lte": days.end.isoformat()}
    if days.begin:
        on["$gte"] = days.begin.isoformat()
    first, last = days.division_range()
    division = first if first == last else {"$gte": first, "$lte": last}
    return {"f": stream, "on": on, "d": division}

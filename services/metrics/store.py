"""The facts of each subject as the runtime projects them, and the sums over them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import PyMongoError

from services.metrics.catalogue.counting import DEFINITIONS_VERSION
from services.metrics.catalogue.entries import Stream
from services.metrics.catalogue.figure import Part
from services.metrics.cubes import Row, of_row
from services.metrics.figures import ASSIGNMENT_FIGURES, BEFORE_OFFICES, CASE_FIGURES
from services.metrics.periods import Period
from services.metrics.rolled import ADDS_VERSION, ALL, Totals, adds, row, totals
from services.metrics.sums import Group, Waited
from services.metrics.sums import Row as Shared
from services.metrics.windows import Window, cube, matching, only_those
from services.runtime.mongo import Database, aggregate
from services.runtime.rollups import WITHOUT, Rollups
from services.runtime.sums import Span

VIEW = "cases"
"""One document a case; projects and messages, told apart by `what`, lie beside them."""
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        IndexModel([("filed_on", ASCENDING)], sparse=True),
        IndexModel([("division", ASCENDING), ("filed_on", ASCENDING)]),
        IndexModel([("assignments.office", ASCENDING), ("filed_on", ASCENDING)]),
        IndexModel([("waiting", ASCENDING)], sparse=True),
        IndexModel([(f"entries.{name}", ASCENDING) for name in ("f", "on", "d")], name="entries"),
        IndexModel([("defined", ASCENDING)]),
        IndexModel([("order", ASCENDING)], sparse=True),
    ]
}

BATCH = 1000
WITHOUT_ENTRIES = {"entries": 0, **WITHOUT}
T = TypeVar("T")
By = Literal["agency", "office", "kind", "division"]
_STEPS = ("delivered", "received")
_IN_ASSIGNMENTS = ("agency", "office")


@dataclass(frozen=True, slots=True)
class Query:
    """Which cases; None stands for any."""

    period: Period | None = None
    """Filed on a day of it."""
    division: str | None = None
    """A city's (ending in 00) stands for its counties too."""
    kind: str | None = None
    office: str | None = None
    """Cases with an assignment of this office, and of their assignments only those."""


class Store:
    """Sums over the facts; they lag by the projection's half second."""

    def __init__(self, db: Database) -> None:
        """Name the collection; nothing connects yet."""
        self._cases = db[VIEW]
        self._rollups = Rollups(db, VIEW, adds, ADDS_VERSION)

    async def cases(self, query: Query, by: Sequence[str]) -> list[Group]:
        """Sum up cases; by agency or office a case counts once for each that has a part in it."""
        pipeline = _matching(query)
        keys = {name: f"${name}" for name in by}
        for name in _IN_ASSIGNMENTS:
            if name in by:
                keys[name] = "$part"
                parts = {"$setUnion": [f"$assignments.{name}"]}
                pipeline += [{"$set": {"part": parts}}, {"$unwind": "$part"}]
        pipeline.append(_sums(keys, "counts", CASE_FIGURES, "filed_at"))
        return [_group(item, by, CASE_FIGURES) for item in await aggregate(self._cases, pipeline)]

    async def assignments(self, query: Query, by: Sequence[str]) -> list[Group]:
        """Sum up assignments."""
        inside = "assignments"
        sums = _sums(_keys(by), f"{inside}.counts", ASSIGNMENT_FIGURES, f"{inside}.issued_at")
        pipeline = [*_matching(query), {"$unwind": "$assignments"}, sums]
        found = await aggregate(self._cases, pipeline)
        return [_group(item, by, ASSIGNMENT_FIGURES) for item in found]

    async def waits(self, query: Query, by: Sequence[str]) -> list[Waited]:
        """Count how long assignments took, by the (few) different lengths."""
        wait = "$assignments.waits"
        key = {**_keys(by), "what": f"{wait}.what", "coarse": f"{wait}.coarse"}
        sums = {"_id": key, "n": {"$sum": 1}, "ms": {"$sum": f"{wait}.ms"}}
        unwound = [{"$unwind": "$assignments"}, {"$unwind": wait}]
        found = await aggregate(self._cases, [*_matching(query), *unwound, {"$group": sums}])
        return [
            Waited(
                _row(item, by), item["_id"]["what"], item["_id"]["coarse"], item["n"], item["ms"]
            )
            for item in found
        ]

    async def totals(self) -> Totals:
        """Sum up all there is."""
        if (found := await self._rollups.read([Span(ALL)])) is not None:
            return totals(found)
        everything = Query()
        return Totals(
            await self.cases(everything, ("kind", "lane")),
            await self.assignments(everything, ("agency",)),
            await self.waits(everything, ("agency",)),
            await self.before(),
        )

    async def before(self) -> list[Group]:
        """Sum up what lies before each office: `figures.before_office` in the database's words."""
        by, counts = ("agency", "office"), "$assignments.counts"
        none = {of: {"$cond": [{"$gt": [f"{counts}.{of}", 0]}, 0, 1]} for of in _STEPS}
        sums = {
            "open": {"$sum": 1},
            "undelivered": {"$sum": none["delivered"]},
            "unreceived": {"$sum": none["received"]},
            "late": {"$sum": f"{counts}.overdue_resolution"},
        }
        group = {"_id": _keys(by), "first": {"$min": "$assignments.issued_at"}, **sums}
        open_ = {"$match": {"assignments.counts.open": 1}}
        found = await aggregate(
            self._cases, [open_, {"$unwind": "$assignments"}, open_, {"$group": group}]
        )
        return [_group(item, by, BEFORE_OFFICES) for item in found]

    async def months(self, windows: Mapping[T, tuple[str, Window]]) -> dict[T, list[Row]] | None:
        """Give streams in the whole months of windows, all at one moment, as they are rolled up.

        None while that isn't done: then they have to be added up.
        """
        spans = {
            name: Span(frozenset({stream}), months, days.division_range())
            for name, (stream, days) in windows.items()
            if (months := days.months())
        }
        found = await self._rollups.read(list(spans.values())) if spans else None
        if found is None:
            return None
        rows: dict[T, list[Row]] = {name: [] for name in windows}
        for key, (sums, _) in found.items():
            for name, span in spans.items():
                if key in span:
                    rows[name].append(row(key, sums))
        return rows

    async def cube(self, days: Window, stream: Stream[Any]) -> list[Row]:
        """Add up a stream by its keys, piece by piece of the window."""
        found: list[Row] = []
        for piece in days.chunks():
            found += await self._piece(piece, stream)
        return found

    async def _piece(self, days: Window, stream: Stream[Any]) -> list[Row]:
        """Add up some days; half of them at a time where the database takes too long."""
        keys, sums = stream.keys, stream.sums
        try:
            groups = await aggregate(self._cases, cube(days, stream.id, keys, sums))
        except PyMongoError as error:
            halves = days.halves()
            if not (error.timeout and halves):
                raise
            return [row for half in halves for row in await self._piece(half, stream)]
        return [of_row(item, keys, sums) for item in groups]

    async def behind(
        self, days: Window, stream: str, part: Part | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Give the documents with entries of a stream in the window, with only those entries."""
        cursor = self._cases.find(matching(days, stream, part), only_those(days, stream))
        async for item in cursor.batch_size(BATCH):  # small, so that others get their turn
            yield item

    async def some(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Read documents by their ids, without their entries."""
        cursor = self._cases.find({"_id": {"$in": list(ids)}}, WITHOUT_ENTRIES)
        return {item["_id"]: item for item in await cursor.to_list(None)}

    async def first_day(self) -> str | None:
        """Give the business date of the first case on record."""
        cursor = self._cases.find({"filed_on": {"$gt": ""}}, {"filed_on": 1})
        found = await cursor.sort("filed_on", ASCENDING).limit(1).to_list(None)
        return found[0]["filed_on"] if found else None

    async def outdated(self) -> bool:
        """Tell whether a document was counted by other definitions than these, or by none."""
        for other in (None, {"$lt": DEFINITIONS_VERSION}, {"$gt": DEFINITIONS_VERSION}):
            if await self._cases.find_one({"defined": other}, {"_id": 1}) is not None:
                return True
        return False

    async def bulletins(
        self, divisions: str, before: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """List published bulletins of divisions whose codes begin so, the latest period first."""
        order = {"$gt": "", **({"$lt": before} if before else {})}
        wanted = {"order": order, "division": {"$regex": f"^{divisions}"}}
        cursor = self._cases.find(wanted, WITHOUT_ENTRIES).sort("order", DESCENDING).limit(limit)
        found: list[dict[str, Any]] = await cursor.to_list(None)
        return found

    async def parked(self) -> list[Group]:
        """Count the messages that wait with the operators, by reason."""
        pipeline: list[dict[str, Any]] = [{"$match": {"waiting": True}}]
        group = {"_id": {"reason": "$reason"}, "parked": {"$sum": 1}}
        pipeline.append({"$group": group | {"first": {"$min": "$first_parked_at"}}})
        found = await aggregate(self._cases, pipeline)
        return [_group(item, ("reason",), ("parked",)) for item in found]


def _matching(query: Query) -> list[dict[str, Any]]:
    period, division = query.period, query.division
    wanted: dict[str, Any] = {"what": "case"}
    if period:
        wanted["filed_on"] = {"$gte": period.begin.isoformat(), "$lte": period.end.isoformat()}
    if division and division.endswith("00"):
        wanted["division"] = {"$gte": division, "$lte": f"{division[:4]}99"}
    elif division:
        wanted["division"] = division
    if query.kind:
        wanted["kind"] = query.kind
    if query.office is None:
        return [{"$match": wanted}]
    own = {"$eq": ["$$item.office", query.office]}
    kept = {"$filter": {"input": "$assignments", "as": "item", "cond": own}}
    wanted["assignments.office"] = query.office
    return [{"$match": wanted}, {"$set": {"assignments": kept}}]


def _keys(by: Sequence[str]) -> dict[str, str]:
    inside = {name: f"$assignments.{name}" for name in _IN_ASSIGNMENTS}
    return {name: inside.get(name, f"${name}") for name in by}


def _sums(keys: dict[str, str], path: str, names: Sequence[str], first: str) -> dict[str, Any]:
    sums: dict[str, Any] = {name: {"$sum": f"${path}.{name}"} for name in names}
    return {"$group": {"_id": keys, "first": {"$min": f"${first}"}, **sums}}


def _row(item: Mapping[str, Any], by: Sequence[str]) -> Shared:
    return tuple(item["_id"].get(name) for name in by)


def _group(item: Mapping[str, Any], by: Sequence[str], names: Sequence[str]) -> Group:
    return Group(_row(item, by), {name: item[name] for name in names}, item["first"])

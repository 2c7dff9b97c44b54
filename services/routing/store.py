"""The only file that names a collection of routing: the cases as listed, and the rulebooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.runtime.domain import division_prefix
from services.runtime.mongo import Database

VIEW = "cases"
RULEBOOKS = "rulebooks"

_NEWEST = [("filed_at", DESCENDING), ("_id", DESCENDING)]
_FIELDS = ("filer", "offices", "waiting", "state", "kind", "division")
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        IndexModel(_NEWEST),
        *(IndexModel([(name, ASCENDING), *_NEWEST]) for name in _FIELDS),
        IndexModel(
            [("overdue", ASCENDING), *_NEWEST], partialFilterExpression={"overdue": True}
        ),
        IndexModel([("desk", ASCENDING), *_NEWEST], partialFilterExpression={"desk": True}),
        IndexModel([("next_due", ASCENDING)], sparse=True),
    ],
    RULEBOOKS: [IndexModel([("source", ASCENDING), ("_id", DESCENDING)])],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases a caller may see at all; both None: every one."""

    filer: str | None = None
    office: str | None = None
    """Has, or has had, an assignment in it."""
    divisions: str | None = None
    """Prefix of the division's code."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for; None: whatever it is."""

    state: str | None = None
    office: str | None = None
    kind: str | None = None
    division: str | None = None
    overdue: bool | None = None
    desk: bool | None = None


class Store:
    """Lists of cases, newest first; they lag by up to a second."""

    def __init__(self, db: Database) -> None:
        """Name the collection; nothing connects yet."""
        self._cases = db[VIEW]

    async def cases(
        self, scope: Scope, search: Search, limit: int, after: tuple[datetime, str] | None = None
    ) -> list[dict[str, Any]]:
        """Give up to `limit` cases, beginning after the one filed at that time with that id."""
        found = self._cases.find(self.query(scope, search, after)).sort(_NEWEST).limit(limit)
        return list(await found.to_list(None))

    @staticmethod
    def query(
        scope: Scope, search: Search, after: tuple[datetime, str] | None = None
    ) -> dict[str, Any]:
        """Say in MongoDB's words what `cases` looks for."""
        parts = [*_scope(scope), *_search(search)]
        if after:
            earlier: dict[str, Any] = {"filed_at": {"$lt": after[0]}}
            parts.append({"$or": [earlier, {"filed_at": after[0], "_id": {"$lt": after[1]}}]})
        return {"$and": parts} if parts else {}

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Give the ids of cases for which time alone makes something happen now."""
        query = {"next_due": {"$lte": now}}
        found = self._cases.find(query, {"_id": 1}).sort([("next_due", ASCENDING)]).limit(limit)
        return [item["_id"] for item in await found.to_list(None)]


class Rulebooks:
    """All versions of the rules and offices: `{_id: number, source, digest, rules, offices, …}`."""

    def __init__(self, db: Database) -> None:
        """Name the collection; nothing connects yet."""
        self._versions = db[RULEBOOKS]

    async def newest(self, source: str | None = None) -> dict[str, Any] | None:
        """Give the newest version, or the newest from one source."""
        query = {"source": source} if source else {}
        found = self._versions.find(query).sort([("_id", DESCENDING)]).limit(1)
        return next(iter(await found.to_list(None)), None)

    async def add(self, version: Mapping[str, Any]) -> bool:
        """Store a version; False when another copy was first with that number."""
        try:
            await self._versions.insert_one(dict(version))
        except DuplicateKeyError:
            return False
        return True


def _scope(scope: Scope) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if scope.filer is not None:
        parts.append({"filer": scope.filer})
    if scope.office is not None:
        parts.append({"offices": scope.office})
    if scope.divisions is not None:
        parts.append(_starting("division", scope.divisions))
    return parts


def _search(search: Search) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if search.state is not None:
        parts.append({"state": search.state})
    if search.office is not None:
        parts.append({"offices": search.office})
    if search.kind is not None:
        parts.append({"kind": search.kind})
    if search.division is not None:
        parts.append(_starting("division", division_prefix(search.division)))
    if search.overdue is not None:
        parts.append({"overdue": search.overdue})
    if search.desk is not None:
        parts.append({"desk": search.desk})
    return parts


def _starting(field: str, prefix: str) -> dict[str, Any]:
    return {field: {"$gte": prefix, "$lt": prefix + ":"}}  # ":" comes after "9"

"""The one file that names the collection: the lists of instructions, meetings, people, budgets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from services.runtime.mongo import Database

VIEW = "register"
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        IndexModel([("scopes", ASCENDING), ("order", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("overdue_from", ASCENDING)], sparse=True),
        IndexModel([("reviewed", ASCENDING)], sparse=True),
    ]
}
END = "~"
"""After every `order`."""
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: a scope, an order's span, what follows (order, id)."""

    scope: str
    since: str = ""
    until: str = END
    """The first `order` no more wanted."""
    after: tuple[str, str] | None = None
    latest_first: bool = False
    more: Mapping[str, Any] | None = None
    """What else must hold, looked at in what the index leads to."""


class Store:
    """The lists; they lag by up to a second."""

    def __init__(self, db: Database) -> None:
        """Name the collection; nothing connects yet."""
        self._register = db[VIEW]

    async def page(self, page: Page, limit: int) -> list[Document]:
        """Give up to `limit` documents of a list, in its order."""
        parts: list[Mapping[str, Any]] = [
            {"scopes": page.scope, "order": {"$gte": page.since, "$lt": page.until}}
        ]
        if page.after:
            order, id_ = page.after
            beyond = "$lt" if page.latest_first else "$gt"
            same = {"order": order, "_id": {beyond: id_}}
            parts.append({"$or": [{"order": {beyond: order}}, same]})
        if page.more:
            parts.append(page.more)
        way = DESCENDING if page.latest_first else ASCENDING
        found = self._register.find({"$and": parts}).sort([("order", way), ("_id", way)])
        return list(await found.limit(limit).to_list(None))

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Name the instructions whose day has passed and that nobody was told of."""
        found = self._register.find({"overdue_from": {"$lt": now}}, {"_id": 1})
        listed = await found.sort("overdue_from", ASCENDING).limit(limit).to_list(None)
        return [item["_id"] for item in listed]

    async def meetings(self, ids: Iterable[str]) -> dict[str, Document]:
        """Give meetings by their ids."""
        found = self._register.find({"_id": {"$in": list(set(ids))}})
        return {item["_id"]: item for item in await found.to_list(None)}

    async def reviewed(self, cases: Iterable[str]) -> set[str]:
        """Tell which of these lost lawsuits a meeting has reviewed."""
        wanted = set(cases)
        found = self._register.find({"reviewed": {"$in": list(wanted)}}, {"reviewed": 1})
        return wanted & {case for item in await found.to_list(None) for case in item["reviewed"]}

"""The list of assignments, as the runtime projects it from `handlers.view`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel

from services.runtime.mongo import Database

VIEW = "tasks"
ORDER = [("order", ASCENDING), ("_id", ASCENDING)]
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        IndexModel(ORDER),
        IndexModel([("office", ASCENDING), *ORDER]),
        IndexModel([("office", ASCENDING), ("open", ASCENDING), *ORDER]),
        IndexModel([("office", ASCENDING), ("state", ASCENDING), *ORDER]),
        IndexModel([("office", ASCENDING), ("task", ASCENDING), *ORDER]),
    ]
}


@dataclass(frozen=True, slots=True)
class Query:
    """Which assignments to list; None stands for any."""

    office: str | None = None
    state: str | None = None
    """A state, or `open` for those that have not ended."""
    task: str | None = None
    overdue: bool | None = None
    after: tuple[datetime, str] | None = None
    """The `order` and id of the last one of the page before."""


class Store:
    """The assignments of one service's offices."""

    def __init__(self, db: Database) -> None:
        """Name the collection; nothing connects yet."""
        self._tasks = db[VIEW]

    async def list(self, query: Query, limit: int, now: datetime) -> list[dict[str, Any]]:
        """Read up to `limit` assignments, what is due first first; lags by the projection's."""
        cursor = self._tasks.find(_filter(query, now)).sort(ORDER).limit(limit)
        found: list[dict[str, Any]] = await cursor.to_list(None)
        return found


def _filter(query: Query, now: datetime) -> dict[str, Any]:
    wanted = {"office": query.office, "state": query.state, "task": query.task}
    found: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    if query.state == "open":
        del found["state"]
        found["open"] = True
    conditions: list[dict[str, Any]] = []
    if query.overdue is not None:
        late = {
            "open": True,
            "state": {"$ne": "waiting_information"},
            "$or": [
                {"resolution_due": {"$lt": now}},
                {"state": "delivered", "receipt_due": {"$lt": now}},
            ],
        }
        conditions.append(late if query.overdue else {"$nor": [late]})
    if query.after is not None:
        order, last = query.after
        later = [{"order": {"$gt": order}}, {"order": order, "_id": {"$gt": last}}]
        conditions.append({"$or": later})
    return found | ({"$and": conditions} if conditions else {})

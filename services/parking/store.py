"""The list of parked messages, and of the backups that were taken."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from services.parking.exposition import Waiting
from services.runtime.mongo import Database, aggregate

VIEW = "parked"
BACKUPS = "backups"
INDEXES = {VIEW: [IndexModel([("state", ASCENDING), ("_id", ASCENDING)])]}

MOST_GROUPS = 200


class Store:
    """Queries on the projection."""

    def __init__(self, db: Database) -> None:
        """Name the collection."""
        self._parked = db[VIEW]
        self._backups = db[BACKUPS]

    async def page(self, state: str | None, after: str, limit: int) -> list[dict[str, Any]]:
        """Give a page of messages in order of id, beginning after `after`."""
        query: dict[str, Any] = {"_id": {"$gt": after}}
        if state:
            query["state"] = state
        found = self._parked.find(query, {"rev": 0}).sort("_id", 1).limit(limit)
        listed: list[dict[str, Any]] = await found.to_list(None)
        return [{"id": item.pop("_id"), **item} for item in listed]

    async def waiting(self) -> list[Waiting]:
        """Count what is parked by queue and reason; the commonest `MOST_GROUPS` of them."""
        by = {"queue": "$queue", "reason": "$reason"}
        found = await aggregate(
            self._parked,
            [
                {"$match": {"state": "parked"}},
                {"$group": {"_id": by, "number": {"$sum": 1}}},
                {"$sort": {"number": -1, "_id": 1}},
                {"$limit": MOST_GROUPS},
            ],
        )
        return [Waiting(**item["_id"], number=item["number"]) for item in found]

    async def count(self, state: str) -> int:
        """Count the messages in a state."""
        number: int = await self._parked.count_documents({"state": state})
        return number

    async def note_backup(self, taken_at: datetime, told: Mapping[str, Any]) -> None:
        """Keep what is told of a backup; again changes nothing."""
        note = {"$setOnInsert": dict(told)}
        await self._backups.update_one({"_id": taken_at}, note, upsert=True)

    async def backups(self, limit: int) -> list[dict[str, Any]]:
        """Give the last backups, newest first."""
        found = self._backups.find().sort("_id", DESCENDING).limit(limit)
        listed: list[dict[str, Any]] = await found.to_list(None)
        return [{"taken_at": item.pop("_id"), **item} for item in listed]

    async def last_backup(self) -> datetime | None:
        """Tell of which moment the last backup is that was read back whole."""
        found = await self._backups.find_one({"verified": True}, sort=[("_id", DESCENDING)])
        last: datetime | None = found["_id"] if found else None
        return last

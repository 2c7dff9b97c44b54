"""The list of parked messages."""

from typing import Any

from pymongo import ASCENDING, IndexModel

from services.runtime.mongo import Database

VIEW = "parked"
INDEXES = {VIEW: [IndexModel([("state", ASCENDING), ("_id", ASCENDING)])]}


class Store:
    """Queries on the projection."""

    def __init__(self, db: Database) -> None:
        """Name the collection."""
        self._parked = db[VIEW]

    async def page(self, state: str | None, after: str, limit: int) -> list[dict[str, Any]]:
        """Give a page of messages in order of id, beginning after `after`."""
        query: dict[str, Any] = {"_id": {"$gt": after}}
        if state:
            query["state"] = state
        found = self._parked.find(query, {"rev": 0}).sort("_id", 1).limit(limit)
        listed: list[dict[str, Any]] = await found.to_list(None)
        return [{"id": item.pop("_id"), **item} for item in listed]

    async def count(self, state: str) -> int:
        """Count the messages in a state."""
        number: int = await self._parked.count_documents({"state": state})
        return number

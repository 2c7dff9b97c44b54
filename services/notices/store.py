"""The listing of cases and subscriptions, and the deliveries: one a subscription and notice.

A delivery waits, and is given a message (`message`: its id) before that is sent, so that a repeat
after a crash has the same id and the same content. `next_at` is there as long as it is open.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError

from services.notices.digests import Recent
from services.notices.model import COLLECTING, SENDING
from services.runtime.auth import REVOKED
from services.runtime.mongo import Database, aggregate

VIEW = "listed"
DELIVERIES = "deliveries"
HEALTH = "health"
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        IndexModel([("unspread", ASCENDING)], sparse=True),
        IndexModel([("scope", ASCENDING), ("_id", ASCENDING)], sparse=True),
        IndexModel([("standing", ASCENDING), ("_id", ASCENDING)], sparse=True),
    ],
    DELIVERIES: [
        IndexModel([("subscription", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("subscription", ASCENDING), ("next_at", ASCENDING)]),
        IndexModel([("subscription", ASCENDING), ("packed_at", ASCENDING)]),
        IndexModel([("subscription", ASCENDING), ("message", ASCENDING)]),
    ],
    HEALTH: [IndexModel([("quiet_until", ASCENDING)])],
}
DUPLICATE_KEY = 11000
Document = dict[str, Any]


class Store:
    """Every query of this room."""

    def __init__(self, db: Database) -> None:
        """Name the collections; nothing connects yet."""
        self._listed = db[VIEW]
        self._deliveries = db[DELIVERIES]
        self._health = db[HEALTH]
        self._revoked = db[REVOKED]

    # --- cases and subscriptions, as listed (they lag by a moment) ---

    async def unspread(self, limit: int) -> list[Document]:
        """Give cases with notices that lie with no subscription yet."""
        return list(await self._listed.find({"unspread": True}).limit(limit).to_list(None))

    async def wanting(self, scopes: Iterable[str]) -> list[Document]:
        """Give the subscriptions of these sides that notices are laid by for."""
        wanted: Document = {"scope": {"$in": sorted(scopes)}, "verified": True}
        wanted["standing"] = {"$in": list(COLLECTING)}
        return list(await self._listed.find(wanted).to_list(None))

    async def standing(self, *standings: str) -> list[Document]:
        """Give all subscriptions that stand so."""
        return list(await self._listed.find({"standing": {"$in": list(standings)}}).to_list(None))

    async def page(self, scope: str | None, after: str, limit: int) -> list[Document]:
        """Give subscriptions in the order of their ids; `scope` None: everybody's."""
        query: Document = {"_id": {"$gt": after}, "standing": {"$nin": ["unknown", "removed"]}}
        query |= {"scope": scope} if scope is not None else {"scope": {"$exists": True}}
        return list(await self._listed.find(query).sort("_id", 1).limit(limit).to_list(None))

    async def count(self, scope: str) -> int:
        """Count the subscriptions of a side."""
        query = {"scope": scope, "standing": {"$ne": "removed"}}
        return int(await self._listed.count_documents(query))

    async def revoked(self, keys: Iterable[str]) -> set[str]:
        """Give those of some access keys that were revoked."""
        found = self._revoked.find({"_id": {"$in": sorted(keys)}}, {"_id": 1})
        return {item["_id"] for item in await found.to_list(None)}

    # --- deliveries ---

    async def add(self, deliveries: Sequence[Document]) -> None:
        """Lay deliveries by; those that are there already stay as they are."""
        if not deliveries:
            return
        try:
            await self._deliveries.insert_many(list(deliveries), ordered=False)
        except BulkWriteError as error:
            # the same notice again, after a crash or from another copy
            if any(item["code"] != DUPLICATE_KEY for item in error.details.get("writeErrors", [])):
                raise

    async def due(self, now: datetime) -> list[str]:
        """Give the subscriptions with something to send now, less those that rest."""
        resting = await self._health.find({"quiet_until": {"$gt": now}}, {"_id": 1}).to_list(None)
        able = {item["_id"] for item in await self.standing(*SENDING)}
        able -= {item["_id"] for item in resting}
        if not able:
            return []
        query = {"subscription": {"$in": sorted(able)}, "next_at": {"$lte": now}}
        return list(await self._deliveries.distinct("subscription", query))

    async def ready(self, subscription: str, now: datetime, limit: int) -> list[Document]:
        """Give a subscription's open deliveries whose time has come, oldest first."""
        query = {"subscription": subscription, "next_at": {"$lte": now}}
        return list(await self._deliveries.find(query).sort("_id", 1).limit(limit).to_list(None))

    async def recent(self, subscription: str, since: datetime) -> Recent:
        """Sum up what was put into messages since then; checks and tests don't count."""
        match: Document = {
            "subscription": subscription,
            "packed_at": {"$gt": since},
            "notice.event": {"$nin": ["verify", "test"]},
        }
        group: Document = {"_id": "$message", "notices": {"$sum": 1}, "at": {"$max": "$packed_at"}}
        pipeline: list[Document] = [{"$match": match}, {"$group": group}]
        found = await aggregate(self._deliveries, pipeline)
        digests = [item["at"] for item in found if item["notices"] > 1]
        return Recent(sum(item["notices"] for item in found), max(digests, default=None))

    async def hold(self, ids: Sequence[str], until: datetime) -> None:
        """Look at these again later."""
        await self._deliveries.update_many(
            {"_id": {"$in": list(ids)}}, {"$set": {"next_at": until}}
        )

    async def drop(self, ids: Sequence[str]) -> None:
        """Close deliveries that are of no use any more: checks of an earlier secret or address."""
        change = {"$set": {"state": "given_up"}, "$unset": {"next_at": ""}}
        await self._deliveries.update_many({"_id": {"$in": list(ids)}}, change)

    async def reopen(self, deliveries: Mapping[str, Any], now: datetime) -> None:
        """Send a delivery again, with all that went in the same message."""
        change = {"$set": {"state": "waiting", "attempts": 0, "next_at": now}}
        change["$unset"] = {"first_at": ""}
        query = {name: deliveries[name] for name in ("subscription", "message")}
        await self._deliveries.update_many(query, change)

    async def put_together(self, ids: Sequence[str], message: str, now: datetime) -> None:
        """Give deliveries the message they go in."""
        change = {"$set": {"message": message, "packed_at": now}}
        await self._deliveries.update_many(
            {"_id": {"$in": list(ids)}, "message": {"$exists": False}}, change
        )

    async def message(self, subscription: str, message: str) -> list[Document]:
        """Give a message's deliveries, oldest first."""
        query = {"subscription": subscription, "message": message}
        return list(await self._deliveries.find(query).sort("_id", 1).to_list(None))

    async def note(
        self,
        subscription: str,
        message: str,
        changes: Mapping[str, Any],
        next_at: datetime | None,
    ) -> None:
        """Write down how a try to send a message went, on each of its deliveries."""
        change: Document = {"$set": dict(changes)}
        if next_at is None:
            change["$unset"] = {"next_at": ""}
        else:
            change["$set"]["next_at"] = next_at
        await self._deliveries.update_many(
            {"subscription": subscription, "message": message}, change
        )

    async def deliveries(
        self, subscription: str, state: str | None, before: str | None, limit: int
    ) -> list[Document]:
        """Give a subscription's deliveries, newest first."""
        query: Document = {"subscription": subscription}
        query |= {"_id": {"$lt": f"{subscription}/{before}"}} if before else {}
        query |= {"state": state} if state else {}
        found = self._deliveries.find(query).sort("_id", -1).limit(limit)
        return list(await found.to_list(None))

    async def delivery(self, id_: str) -> Document | None:
        """Give one delivery."""
        found: Document | None = await self._deliveries.find_one({"_id": id_})
        return found

    async def counts(self, subscription: str) -> dict[str, int]:
        """Count a subscription's deliveries by state."""
        group: Document = {"_id": "$state", "count": {"$sum": 1}}
        pipeline: list[Document] = [{"$match": {"subscription": subscription}}, {"$group": group}]
        return {item["_id"]: item["count"] for item in await aggregate(self._deliveries, pipeline)}

    # --- how sending to a subscription goes ---

    async def health(self, subscription: str) -> Document:
        """Give its failures in a row (`failures`, `since`, `quiet_until`, `last`)."""
        return await self._health.find_one({"_id": subscription}) or {}

    async def set_health(self, subscription: str, health: Mapping[str, Any]) -> None:
        """Write them down."""
        await self._health.replace_one({"_id": subscription}, dict(health), upsert=True)

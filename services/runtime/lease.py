"""A lease on the database's clock: of several copies of a service, one does a thing at a time."""

import os
import secrets
import time
from contextlib import suppress
from datetime import UTC, datetime

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.runtime.mongo import Database

LEASES = "leases"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Lease:
    """The right to do `name`, for some seconds at a time."""

    def __init__(self, db: Database, name: str, seconds: float) -> None:
        """Name the lease; `take` asks for it."""
        self._leases = db[LEASES]
        self._name = name
        self._milliseconds = int(seconds * 1000)
        self._made = False
        self._fence = 0
        self._sure_until = 0.0
        """Until then it is ours without a question."""
        self._holder = f"{os.getpid()}.{secrets.token_hex(8)}"

    async def take(self) -> int | None:
        """Take or prolong the lease; gives its fencing number, None when another holds it.

        The number grows whenever the holder changes: work of an older number is out of date.
        In the first third of the lease the database isn't asked.
        """
        asked = _now()
        if asked < self._sure_until:
            return self._fence
        mine = {"$eq": ["$holder", self._holder]}
        free = {"$lte": ["$until", "$$NOW"]}  # one that was released this very millisecond, too
        fence = {"$add": [{"$ifNull": ["$fence", 0]}, {"$cond": [mine, 0, 1]}]}
        until = {"$add": ["$$NOW", self._milliseconds]}
        change = {"$set": {"fence": fence, "holder": self._holder, "until": until}}
        await self._make()
        found = await self._leases.find_one_and_update(
            {"_id": self._name, "$expr": {"$or": [mine, free]}},
            [change],
            return_document=ReturnDocument.AFTER,
        )
        if not found:
            self._made = False  # the database may have been restored from before it was
            return None
        self._fence, self._sure_until = int(found["fence"]), asked + self._milliseconds / 3000
        return self._fence

    async def _make(self) -> None:
        """Make the document once; an upsert can't compare with the database's clock."""
        if self._made:
            return
        with suppress(DuplicateKeyError):
            await self._leases.update_one(
                {"_id": self._name}, {"$setOnInsert": {"until": BEGINNING}}, upsert=True
            )
        self._made = True

    async def release(self) -> None:
        """Let another copy have it at once."""
        self._sure_until = 0
        await self._leases.update_one(
            {"_id": self._name, "holder": self._holder}, [{"$set": {"until": "$$NOW"}}]
        )


def _now() -> float:
    """Seconds on a clock that never jumps, and goes on while the machine is suspended."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

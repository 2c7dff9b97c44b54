"""Anchors: the ends of histories, listed here, the lists' digests kept by another service.

A chain of digests shows what was changed or taken out, but not that its end was cut off, and who
can write the whole database can write the whole chain anew. So each service that has something to
say lists, every minute, the last entry of each history that has grown, and tells the digest of the
list to services with databases of their own (decision 18).
"""

import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel

from fuyuan_contracts.channels import EVT
from fuyuan_contracts.events import AuditAnchored
from services.runtime.auditing import Head, digest_of
from services.runtime.clock import Clock
from services.runtime.commits import Commits
from services.runtime.domain import RefusedError
from services.runtime.fold import Sending, digest
from services.runtime.frames import Wire
from services.runtime.mongo import Database
from services.runtime.room import Publish
from services.runtime.streams import Outgoing, Received
from services.runtime.wires import wire

log = logging.getLogger(__name__)

LISTS, KEPT = "anchors", "kept_anchors"
MOST = 5000
"""Commits a list covers, at most: it is one document."""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Anchors:
    """One service's lists."""

    def __init__(self, service: str, db: Database, commits: Commits, clock: Clock) -> None:
        """List the commits of `service`."""
        self._service = service
        self._lists = db[LISTS]
        self._commits = commits
        self._clock = clock

    async def ensure_indexes(self) -> None:
        """Make the index; harmless when it is there."""
        await self._lists.create_indexes([IndexModel([("number", ASCENDING)], unique=True)])

    async def anchor(self, publish: Publish, after_seconds: float) -> int:
        """List all that is older than `after_seconds` and in no list; tell what wasn't told.

        So long an insert may take (`mongo.TIMEOUT_MS`): what is older is there. Gives how many
        lists were made.
        """
        until = self._clock.real() - timedelta(seconds=after_seconds)
        made = 0
        while await self._list(until):
            made += 1
        await self._tell(publish)
        return made

    async def _list(self, until: datetime) -> bool:
        last = await self._lists.find_one({}, {"heads": 0}, sort=[("number", -1)])
        since, number = (last["upto"], last["number"]) if last else (BEGINNING, 0)
        rows = await self._commits.between(since, until, MOST)
        if not rows:
            return False
        ends: dict[str, int] = {}
        for row in rows:
            ends[row["subject"]] = max(ends.get(row["subject"], 0), row["rev"])
        stored = await self._commits.by_id([f"{name}/{rev}" for name, rev in ends.items()])
        heads = [Head(item["subject"], item["rev"], digest(item)) for item in stored.values()]
        listed = {
            "_id": secrets.token_hex(12),
            "number": number + 1,
            "upto": rows[-1]["at"],
            "commits": len(rows),
            "heads": [[head.subject, head.rev, head.digest] for head in heads],
            "digest": digest_of(heads),
            "told": False,
        }
        await self._lists.insert_one(listed)
        return True

    async def _tell(self, publish: Publish) -> None:
        cursor = self._lists.find({"told": False}, {"heads": 0}).sort("number", 1)
        waiting = await cursor.to_list(None)
        if not waiting:
            return
        confirmed = await publish([self._wire(item) for item in waiting])
        told = [item["_id"] for item, ok in zip(waiting, confirmed, strict=True) if ok]
        await self._lists.update_many({"_id": {"$in": told}}, {"$set": {"told": True}})

    def _wire(self, item: dict[str, Any]) -> Wire:
        names = {"number", "commits", "digest"}
        data = AuditAnchored(list_id=item["_id"], **{name: item[name] for name in names})
        source = f"/services/{self._service}"
        subject = f"audit.{item['_id']}"
        outgoing = Outgoing(source, data, subject, EVT, "audit.anchored")
        return wire(Sending(outgoing, subject, 1, self._clock.real(), None, None))


def keep_effect(db: Database) -> Callable[[Received], Awaitable[None]]:
    """Make what a service does on `audit.anchored` (for `Room.effects`): keep the digest for ever.

    What was kept first holds: who says another digest of the same list later changes nothing.
    """

    async def effect(received: Received) -> None:
        data, source = received.data, received.envelope.source
        if not isinstance(data, AuditAnchored):
            return
        kept = {"service": source.removeprefix("/services/"), "at": received.envelope.time}
        kept |= {"number": data.number, "commits": data.commits, "digest": data.digest}
        name = f"{kept['service']}/{data.list_id}"
        await db[KEPT].update_one({"_id": name}, {"$setOnInsert": kept}, upsert=True)
        found = await db[KEPT].find_one({"_id": name}, {"digest": 1})
        if found["digest"] != data.digest:
            raise RefusedError(f"another digest of the list {name} is kept already", "digest")

    return effect

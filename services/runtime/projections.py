"""Projections: what is listed and counted, derived from the commits and written coalesced.

A subject that changed three times within a flush is written once. A projection lags by at most
`project_seconds`, and can be dropped and built again (`rebuild`).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError, PyMongoError

from services.runtime.commits import DUPLICATE_KEY, Commits
from services.runtime.fold import fold
from services.runtime.mongo import Collection
from services.runtime.streams import F, Q, S, Stream

log = logging.getLogger(__name__)
REBUILD_BATCH = 500
HURRY_SECONDS = 0.03
WRITE_BATCH = 200


class Projector:
    """Writes the latest view of each changed subject."""

    def __init__(self, collection: Collection | None, seconds: float) -> None:
        """Write to `collection` every `seconds`; None for a room without a listing."""
        self._collection = collection
        self._seconds = seconds
        self._dirty: dict[str, tuple[int, dict[str, Any]]] = {}
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Write soon what is noted: there is time for it now."""
        if self._dirty:
            self._hurry.set()

    def changed(self, subject: str, rev: int, view: dict[str, Any]) -> None:
        """Note a subject's latest view; one that is older than what is noted changes nothing."""
        if subject not in self._dirty or self._dirty[subject][0] <= rev:
            self._dirty[subject] = (rev, view)

    async def run(self) -> None:
        """Flush now and then, until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._seconds)
                await asyncio.sleep(HURRY_SECONDS)  # there may be more in a moment
            self._hurry.clear()
            try:
                await self.flush()
            except PyMongoError as error:
                log.warning("projection not written, again soon: %s", type(error).__name__)

    async def flush(self) -> None:
        """Write what has changed; what can't be written stays noted."""
        if self._collection is None or not self._dirty:
            return
        dirty, self._dirty = self._dirty, {}
        try:
            while dirty:  # in parts, so that each is done in time and stays done
                part = dict(islice(dirty.items(), WRITE_BATCH))
                await write(self._collection, part)
                for subject in part:
                    del dirty[subject]
        except BaseException:  # also when it is cancelled: a stop flushes once more
            self._dirty = dirty | self._dirty
            raise

    async def behind(self, moved: Mapping[str, int]) -> list[str]:
        """Find the subjects whose document is older than these revisions."""
        if self._collection is None or not moved:
            return []
        cursor = self._collection.find({"_id": {"$in": list(moved)}}, {"rev": 1})
        written = {item["_id"]: item["rev"] for item in await cursor.to_list(None)}
        return [subject for subject, rev in moved.items() if written.get(subject, 0) < rev]

    async def catch_up(self, stream: Stream[S, Q, F], commits: Commits, behind: list[str]) -> None:
        """Fold subjects anew and write their views."""
        for subject, found in (await commits.load(behind)).items():
            folded = fold(stream, subject, found)
            if (view := stream.view(folded.state)) is not None:
                self.changed(subject, folded.rev, view)
        await self.flush()


async def write(collection: Collection, views: Mapping[str, tuple[int, dict[str, Any]]]) -> None:
    """Write views, never an older one over a newer one."""
    operations = [
        ReplaceOne(
            {"_id": subject, "rev": {"$lt": rev}}, {"_id": subject, "rev": rev} | view, upsert=True
        )
        for subject, (rev, view) in views.items()
    ]
    try:
        await collection.bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        # a duplicate key is a newer document that is there already
        if any(item["code"] != DUPLICATE_KEY for item in error.details.get("writeErrors", [])):
            raise


async def rebuild(
    stream: Stream[S, Q, F], commits: Commits, collection: Collection
) -> AsyncIterator[int]:
    """Write the whole projection again from the commits; yields how many subjects are done."""
    pending: list[str] = []
    done = 0
    cursor = commits.commits.find({"rev": 1}, {"subject": 1}).sort("subject", 1)
    async for first in cursor:
        pending.append(first["subject"])
        if len(pending) == REBUILD_BATCH:
            done += await _rewrite(stream, commits, collection, pending)
            yield done
            pending = []
    yield done + await _rewrite(stream, commits, collection, pending)


async def _rewrite(
    stream: Stream[S, Q, F], commits: Commits, collection: Collection, subjects: list[str]
) -> int:
    views: dict[str, tuple[int, dict[str, Any]]] = {}
    for subject, found in (await commits.load(subjects)).items():
        folded = fold(stream, subject, found)
        if (view := stream.view(folded.state)) is not None:
            views[subject] = (folded.rev, view)
    if views:
        await collection.delete_many({"_id": {"$in": list(views)}})
        await write(collection, views)
    return len(subjects)

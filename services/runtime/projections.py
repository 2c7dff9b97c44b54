"""Projections: what is listed and counted, derived from the commits and written coalesced.

A subject that changed three times before it is written is written once, and an update costs the
database five times an insert (`docs/performance.md`). So what has changed is written as soon as
nothing more does, and else after `project_seconds`, or later the more of it there is: up to
`BUSY_FACTOR` times as long. A projection can be dropped and built again (`rebuild`).
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from pymongo import ASCENDING, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from services.runtime.commits import DUPLICATE_KEY, Commits
from services.runtime.fold import fold
from services.runtime.mongo import Collection
from services.runtime.streams import F, Q, S, Stream

log = logging.getLogger(__name__)
REBUILD_BATCH = 500
WRITE_SECONDS = 0.01
"""How much longer a projection may lag for each document that is to be written: under full load a
second of changes is written in less than a second."""
BUSY_FACTOR = 6
WRITE_BATCH = 200


class View(NamedTuple):
    """A subject as it is to be listed."""

    rev: int
    document: Mapping[str, Any]
    new: bool = False
    """Whether it most likely isn't listed yet: an insert is tried first."""


Make = Callable[[], Mapping[str, Any] | None]
"""Makes a subject's document; None for no listing."""


Operation = ReplaceOne[dict[str, Any]] | UpdateOne
Kept = Mapping[str, Any]
"""What a document keeps of the one before: fields, as MongoDB's expressions over that one."""


class Noted(NamedTuple):
    """A subject that has changed."""

    rev: int
    make: Make
    new: bool


class Projector:
    """Writes the latest view of each changed subject."""

    def __init__(
        self,
        collection: Collection | None,
        seconds: float,
        quiet: float = 0,
        kept: Kept | None = None,
    ) -> None:
        """Write to `collection`, lagging by `seconds`; None for a room without a listing.

        Without a change for `quiet` seconds, nothing more is to come at once.
        """
        self._collection = collection
        self._kept = kept
        self._seconds = seconds
        self._quiet = quiet
        self._dirty: dict[str, Noted] = {}
        self._first = self._latest = 0.0
        """When what is noted began to change, and when it last did (monotonic)."""
        self._noted = asyncio.Event()

    def changed(self, subject: str, rev: int, view: Make) -> None:
        """Note a subject's latest view, to be made when it is written.

        One that is older than what is noted changes nothing.
        """
        noted = self._dirty.get(subject)
        if noted and noted.rev > rev:
            return
        self._latest = time.monotonic()
        if not self._dirty:
            self._first = self._latest
            self._noted.set()
        self._dirty[subject] = Noted(rev, view, new=rev == 1 or (noted is not None and noted.new))

    async def run(self) -> None:
        """Write what has changed when it is time to, until cancelled."""
        while True:
            await self._noted.wait()
            while (left := self._left(time.monotonic())) > 0:  # noqa: ASYNC110 - a time, not an event
                await asyncio.sleep(left)
            self._noted.clear()
            try:
                await self.flush()
            except PyMongoError as error:
                log.warning("projection not written, again soon: %s", type(error).__name__)
                await asyncio.sleep(self._seconds)
                self._noted.set()

    def _left(self, now: float) -> float:
        """Tell for how many seconds what has changed need not be written yet."""
        busy = min(len(self._dirty) * WRITE_SECONDS, self._seconds * BUSY_FACTOR)
        due = self._first + max(self._seconds, busy)
        return min(due, self._latest + self._quiet) - now

    async def flush(self) -> None:
        """Write what has changed; what can't be written stays noted."""
        if self._collection is None or not self._dirty:
            return
        dirty, self._dirty = self._dirty, {}
        try:
            while dirty:  # in parts, so that each is done in time and stays done
                part = dict(islice(dirty.items(), WRITE_BATCH))
                await write(self._collection, _views(part), self._kept)
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
            self.changed(subject, folded.rev, partial(stream.view, folded.state))
        await self.flush()


def _views(noted: Mapping[str, Noted]) -> dict[str, View]:
    """Make what is to be written; what can't be made is left out."""
    views: dict[str, View] = {}
    for subject, one in noted.items():
        try:
            document = one.make()
        except Exception:
            log.exception("can't be listed: %s", subject)
            continue
        if document is not None:
            views[subject] = View(one.rev, document, one.new)
    return views


async def write(
    collection: Collection, views: Mapping[str, View], kept: Kept | None = None
) -> None:
    """Write views, never an older one over a newer one."""
    new = [subject for subject, view in views.items() if view.new]
    there = await _insert(collection, [_document(subject, views[subject]) for subject in new])
    changed = (item for item in views.items() if not item[1].new or item[0] in there)
    await _replace(collection, [_replacing(_document(*item), "$lt", kept) for item in changed])


def _replacing(document: dict[str, Any], than: str, kept: Kept | None) -> Operation:
    """Put a document in the place of one whose `rev` is less `than` its own, or of none."""
    older = {"_id": document["_id"], "rev": {than: document["rev"]}}
    # told which index, the database doesn't ponder over all of them for each
    index = [("_id", ASCENDING)]
    if kept is None:
        return ReplaceOne(older, document, upsert=True, hint=index)
    whole = {"$replaceWith": {"$mergeObjects": [{"$literal": document}, kept]}}
    return UpdateOne(older, [whole], upsert=True, hint=index)


async def _replace(collection: Collection, operations: list[Operation]) -> None:
    if not operations:
        return
    try:
        await collection.bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        _duplicates(error)  # newer documents that are there already


async def _insert(collection: Collection, documents: list[dict[str, Any]]) -> set[str]:
    """Insert documents; gives the ids of those that are there already."""
    if not documents:
        return set()
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return {documents[place]["_id"] for place in _duplicates(error)}
    return set()


def _duplicates(error: BulkWriteError) -> list[int]:
    """Give the places of documents whose id is there already. Raises any other error."""
    errors = error.details.get("writeErrors", [])
    if any(item["code"] != DUPLICATE_KEY for item in errors):
        raise error
    return [item["index"] for item in errors]


def _document(subject: str, view: View) -> dict[str, Any]:
    return {"_id": subject, "rev": view.rev, **view.document}


async def rebuild(
    stream: Stream[S, Q, F], commits: Commits, collection: Collection, kept: Kept | None = None
) -> AsyncIterator[int]:
    """Write the whole projection again from the commits; yields how many subjects are done."""
    pending: list[str] = []
    done = 0
    cursor = commits.commits.find({"rev": 1}, {"subject": 1}).sort("subject", 1)
    async for first in cursor:
        pending.append(first["subject"])
        if len(pending) == REBUILD_BATCH:
            await _rewrite(stream, commits, collection, pending, kept)
            yield (done := done + len(pending))
            pending = []
    await _rewrite(stream, commits, collection, pending, kept)
    yield done + len(pending)


async def _rewrite(
    stream: Stream[S, Q, F],
    commits: Commits,
    collection: Collection,
    subjects: list[str],
    kept: Kept | None,
) -> None:
    views: dict[str, View] = {}
    for subject, found in (await commits.load(subjects)).items():
        folded = fold(stream, subject, found)
        if (view := stream.view(folded.state)) is not None:
            views[subject] = View(folded.rev, view, new=True)
    if kept is not None:
        documents = [_document(*item) for item in views.items()]
        await _replace(collection, [_replacing(item, "$lte", kept) for item in documents])
    elif views:
        await collection.delete_many({"_id": {"$in": list(views)}})
        await write(collection, views)

"""A service's truth in MongoDB: the append-only commits, and the lists of what was sent."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import BulkWriteError

from services.runtime.fold import Commit
from services.runtime.inlet import Delivery
from services.runtime.mongo import Database

COMMITS = "commits"
SENT = "sent"
FAILED = "failed"
DUPLICATE_KEY = 11000
SKEW = timedelta(seconds=5)
"""A clock that is corrected backwards can date a list before the commits in it."""
BY_SUBJECT = [("subject", ASCENDING), ("rev", ASCENDING)]

FIRSTS = IndexModel(
    [("rev", ASCENDING), ("subject", ASCENDING)],
    name="firsts",
    partialFilterExpression={"rev": 1},
)
"""One entry a subject, for counting and going through them all."""


class Commits:
    """The commits of one service."""

    def __init__(self, db: Database) -> None:
        """Name the collections; nothing connects yet."""
        self.commits = db[COMMITS]
        self.sent = db[SENT]
        self.failed = db[FAILED]

    async def ensure_indexes(self) -> None:
        """Make the indexes; harmless when they are there."""
        await self.commits.create_indexes(
            [IndexModel(BY_SUBJECT), FIRSTS, IndexModel([("at", ASCENDING), ("out", ASCENDING)])]
        )
        await self.sent.create_indexes([IndexModel([("at", ASCENDING)])])

    async def load(self, subjects: Sequence[str]) -> dict[str, list[Commit]]:
        """Read all commits of some subjects, each subject's in order (an empty list for none)."""
        found: dict[str, list[Commit]] = {subject: [] for subject in subjects}
        cursor = self.commits.find({"subject": {"$in": list(found)}}).sort(BY_SUBJECT)
        for commit in await cursor.to_list(None):
            found[commit["subject"]].append(commit)
        return found

    async def subjects(self) -> int:
        """Count the subjects: each has one first commit."""
        number: int = await self.commits.count_documents({"rev": 1})
        return number

    async def subjects_after(self, after: str, limit: int) -> list[str]:
        """List subjects in order, beginning after `after`."""
        query = {"rev": 1, "subject": {"$gt": after}}
        found = self.commits.find(query, {"subject": 1}).sort([("rev", 1), ("subject", 1)])
        return [item["subject"] for item in await found.limit(limit).to_list(None)]

    async def append(self, commits: Sequence[Mapping[str, Any]]) -> set[str]:
        """Insert commits (majority, journalled); give the subjects that lost a race.

        Raises pymongo errors when the write's outcome isn't known: decide again after reading.
        """
        try:
            await self.commits.insert_many(commits, ordered=False)
        except BulkWriteError as error:
            errors = error.details.get("writeErrors", [])
            others = [item for item in errors if item["code"] != DUPLICATE_KEY]
            if others or error.details.get("writeConcernErrors"):
                raise
            lost = [commits[item["index"]] for item in errors]
            ours = await self._written_by_us(lost)
            return {commit["subject"] for commit in lost if commit["_id"] not in ours}
        return set()

    async def _written_by_us(self, lost: Sequence[Mapping[str, Any]]) -> set[str]:
        """Find those whose "loss" is our own first try of the same insert, its answer lost."""
        wanted = {commit["_id"]: commit["batch"] for commit in lost}
        cursor = self.commits.find({"_id": {"$in": list(wanted)}}, {"batch": 1})
        found = await cursor.to_list(None)
        return {item["_id"] for item in found if item["batch"] == wanted[item["_id"]]}

    async def mark_sent(self, ids: Iterable[str], at: datetime) -> None:
        """List commits as sent: one small document for a whole batch."""
        if listed := list(ids):
            await self.sent.insert_one({"at": at, "commits": listed})

    async def keep_failed(self, delivery: Delivery, reason: str, error: str, at: datetime) -> None:
        """Keep a message that an office's service could not handle, once however often it comes."""
        kept = {"queue": delivery.source.queue, "reason": reason, "error": error, "at": at}
        kept |= {"body": delivery.body, "message_id": delivery.message_id}
        named = hashlib.sha256(f"{delivery.source.queue}\n{delivery.message_id}\n".encode())
        named.update(delivery.body)
        await self.failed.update_one(
            {"_id": named.hexdigest()}, {"$setOnInsert": kept}, upsert=True
        )

    async def given_up(self, message_ids: Sequence[str]) -> set[str]:
        """Choose the messages that are kept here as not handled, by their ids."""
        if not message_ids:
            return set()
        query = {"message_id": {"$in": list(message_ids)}}
        found = await self.failed.find(query, {"message_id": 1}).to_list(None)
        return {item["message_id"] for item in found}

    async def recent(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """List the commits of a span of time, oldest first: `{_id, subject, rev, at, out}`."""
        fields = {"subject": 1, "rev": 1, "at": 1, "out": 1}
        cursor = self.commits.find({"at": {"$gte": since, "$lt": until}}, fields).sort("at", 1)
        found: list[dict[str, Any]] = await cursor.to_list(None)
        return found

    async def between(self, since: datetime, until: datetime, most: int) -> list[dict[str, Any]]:
        """List commits after `since` and before `until`, oldest first: `{_id, subject, rev, at}`.

        About `most` of them: all that were made at the same time come together.
        """
        fields = {"subject": 1, "rev": 1, "at": 1}
        query: dict[str, Any] = {"at": {"$gt": since, "$lt": until}}
        found: list[dict[str, Any]] = (
            await self.commits.find(query, fields).sort("at", 1).to_list(most)
        )
        if len(found) < most:
            return found
        last = found[-1]["at"]
        whole = [item for item in found if item["at"] < last]
        return whole or list(await self.commits.find({"at": last}, fields).to_list(None))

    async def by_id(self, ids: Sequence[str]) -> dict[str, Commit]:
        """Read commits by their `_id`; one that isn't there is left out."""
        found = await self.commits.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {item["_id"]: item for item in found}

    async def unsent(self, recent: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Choose the commits with messages that no list names, of some in order of time."""
        speaking = [commit for commit in recent if commit["out"]]
        if not speaking:
            return []
        since = speaking[0]["at"] - SKEW
        lists = await self.sent.find({"at": {"$gte": since}}, {"commits": 1}).to_list(None)
        sent = {name for item in lists for name in item["commits"]}
        return [commit for commit in speaking if commit["_id"] not in sent]

"""Roll-ups: sums over the documents of a projection that are kept, and exact whatever changes.

Adding up all documents takes longer the more there are. So what a document adds is added once to
kept sums, and the document bears the number of that (`rolled_in`). When it changes, the projection
writes it without the number, and beside it, in the same write, the document as it was when it was
rolled up (`rolled`): what it adds now, less what it added then, is what the sums lack. Whoever
reads the sums adds what they lack of the few documents without the number; a timer rolls those up.

Rolling up is one transaction: sums and numbers move together or not at all, so a crash, two copies
at once or a document that changes meanwhile can make nothing count twice or be missed. Nothing
depends on a clock, or on the order in which things arrive.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import PyMongoError

from services.runtime.mongo import Database, Session, transaction
from services.runtime.sums import ONES, Adds, Key, Span, added_up, beyond

SUMS = "sums"
STATE = "state"
BATCH = 500
"""Documents rolled up at once: each waits for as long if it is to be written meanwhile."""
FEW = 50
MOST = 4_000
"""With more documents to be rolled up the sums are not read: they would not fit beside the rest."""
FIRST = 1
"""The version of what was rolled up before there were versions."""
OVERTAKEN = "TransientTransactionError"
WITHOUT = {"rolled": 0, "rolled_in": 0}
"""Leaves out of a document what is noted here."""
KEPT = {
    "rolled": {"$cond": [{"$gt": ["$rolled_in", None]}, "$$ROOT", "$rolled"]},
}
"""What the next document keeps of the one before, in MongoDB's words."""


class State(NamedTuple):
    """The number of the sums that count, and whether all documents were rolled up once."""

    generation: int
    ready: bool


class Rollups:
    """The roll-ups of one projection."""

    def __init__(
        self,
        db: Database,
        view: str,
        adds: Callable[[Mapping[str, Any]], Adds],
        version: int = FIRST,
    ) -> None:
        """Roll up the documents of `view`; `adds` says what one adds. Nothing connects yet.

        `version` is of `adds`: sums that another one made are made anew.
        """
        self._db = db
        self._version = version
        self._view, self._sums = db[view], db[SUMS]
        self._adds = adds

    async def ensure_indexes(self) -> None:
        """Make the indexes; harmless when they are there."""
        by = [(name, ASCENDING) for name in ("in", "of", "when", "where")]
        await self._sums.create_indexes([IndexModel(by)])
        await self._view.create_indexes([IndexModel([("rolled_in", ASCENDING)])])
        found = await self._sums.find_one({"_id": STATE}) or {}
        if found.get("version", FIRST) != self._version:
            await self.reset()

    async def reset(self) -> None:
        """Begin anew: no sum counts any more, and all documents are to be rolled up."""
        now = {"ready": False, "version": self._version}
        change = {"$inc": {"generation": 1}, "$set": now}
        await self._sums.update_one({"_id": STATE}, change, upsert=True)
        state = await self._state(None)
        await self._sums.delete_many({"in": {"$lt": state.generation}})

    async def roll(self) -> int:
        """Roll up some documents, the longest unchanged first; gives how many. 0: not now.

        Another who changes one of them meanwhile, or rolls it up, comes first: then fewer are
        tried, which are likelier to be left alone.
        """
        for limit in (BATCH, FEW):
            try:
                return await self._roll(limit)
            except PyMongoError as error:
                if not error.has_error_label(OVERTAKEN):
                    raise
        return 0

    async def _roll(self, limit: int) -> int:
        async with transaction(self._db) as session:
            state = await self._state(session)
            documents = await self._pending(state, limit, session)
            if documents:
                await self._move(state, documents, session)
        if len(documents) < limit and not state.ready:
            now = {"_id": STATE, "generation": state.generation}
            done = {"ready": True, "version": self._version}
            await self._sums.update_one(now, {"$set": done}, upsert=True)
        return len(documents)

    async def read(self, spans: Sequence[Span]) -> Adds | None:
        """Read sums, all as they were at one moment; None while they aren't ready."""
        try:
            async with transaction(self._db) as session:
                state = await self._state(session)
                if not state.ready:
                    return None
                asked = {"$or": [span.query(state.generation) for span in spans]}
                stored = await self._sums.find(asked, session=session).to_list(None)
                pending = await self._pending(state, MOST + 1, session)
        except PyMongoError as error:
            if not error.has_error_label(OVERTAKEN):
                raise
            return None
        if len(pending) > MOST:
            return None
        lacking = self._lacking(pending, state.generation)
        inside = {key: value for key, value in lacking.items() if any(key in s for s in spans)}
        found = added_up([*map(_of_stored, stored), inside])
        return {key: value for key, value in found.items() if value[0].get(ONES)}

    async def _state(self, session: Session | None) -> State:
        found = await self._sums.find_one({"_id": STATE}, session=session) or {}
        return State(found.get("generation", 0), found.get("ready", False))

    async def _pending(self, state: State, limit: int, session: Session) -> list[dict[str, Any]]:
        other = {"rolled_in": {"$ne": state.generation}}
        found = self._view.find(other, session=session).hint([("rolled_in", ASCENDING)])
        documents: list[dict[str, Any]] = await found.limit(limit).to_list(None)
        return documents

    async def _move(
        self, state: State, documents: Sequence[Mapping[str, Any]], session: Session
    ) -> None:
        lacking = self._lacking(documents, state.generation)
        changes = [change(key, *value, state.generation) for key, value in lacking.items()]
        if changes:
            await self._sums.bulk_write(changes, ordered=False, session=session)
        ids = {"_id": {"$in": [item["_id"] for item in documents]}}
        done = {"$set": {"rolled_in": state.generation}, "$unset": {"rolled": ""}}
        await self._view.update_many(ids, done, session=session)

    def _lacking(self, documents: Iterable[Mapping[str, Any]], generation: int) -> Adds:
        return added_up(beyond(document, self._adds, generation) for document in documents)


def change(key: Key, sums: Mapping[str, int], first: datetime | None, generation: int) -> UpdateOne:
    """Say in MongoDB's words what is added to a stored sum."""
    of, when, where, more = key
    named = {"in": generation, "of": of, "when": when, "where": where, "by": dict(more)}
    added: dict[str, Any] = {"$inc": {f"sums.{name}": number for name, number in sums.items()}}
    if first:
        added["$min"] = {"first": first}
    id_ = json.dumps([generation, of, when, where, *more])
    return UpdateOne({"_id": id_}, {"$setOnInsert": named, **added}, upsert=True)


def _of_stored(item: Mapping[str, Any]) -> Adds:
    key = (item["of"], item["when"], item["where"], tuple(item["by"].items()))
    return {key: (item["sums"], item.get("first"))}

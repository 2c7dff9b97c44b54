"""The only file that names a collection of routing: the cases as listed, and the rulebooks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.routing.clusters import Member, as_listed
from services.routing.querying import (
    alike,
    is_exact,
    query,
    shown_fields,
    waiting,
    within,
    without_order,
    worth_counting,
)
from services.routing.searching import Asked, Scope, Search, asked
from services.runtime.mongo import Database

VIEW = "cases"
RULEBOOKS, REHEARSALS = "rulebooks", "rehearsals"
MARKS, CLUSTERS = "marks", "clusters"
MEMBERS = 500
"""Cases of one cluster that are looked at, and told when it grows."""
BUDGET = 2000
"""Cases looked through for one page: a page then ends early, and tells where to go on."""

_FOUND_BY = "found_by"
_ALIKE = "alike"
_FILED = "filed"
_DESK = "desk"
_OLDEST = [("desk_since", ASCENDING), ("_id", ASCENDING)]
_AGENDA = "agenda"
_LONGEST = [("agenda_due", ASCENDING), ("_id", ASCENDING)]
_CAME_IN = [("filed_at", ASCENDING), ("_id", ASCENDING)]
_ON_AGENDA = {"number": 1, "title": 1, "division": 1, "kind": 1, "agenda": 1, "agenda_due": 1}
_MEMBER = {"filed_on": 1, "state": 1, "told": 1}
_NEWEST = [("order", DESCENDING)]
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        # one index for every search: each costs on each write (measured in decision 0011)
        IndexModel([("terms", ASCENDING), ("order", DESCENDING)], name=_FOUND_BY),
        IndexModel([("like_keys", ASCENDING), ("filed_on", DESCENDING)], name=_ALIKE),
        IndexModel(_CAME_IN, name=_FILED),
        IndexModel([("next_due", ASCENDING)], sparse=True),
        IndexModel([("open_reports", ASCENDING)], sparse=True),
        IndexModel(_OLDEST, name=_DESK, partialFilterExpression={"desk_since": {"$exists": True}}),
        IndexModel(
            _LONGEST, name=_AGENDA, partialFilterExpression={"agenda_due": {"$exists": True}}
        ),
    ],
    RULEBOOKS: [IndexModel([("source", ASCENDING), ("_id", DESCENDING)])],
}


Filed: TypeAlias = tuple[datetime, str]
"""When a case came in, and its id."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the cases found, and from where on to look for more: None when there are none."""

    cases: list[dict[str, Any]]
    next: str | None


class Store:
    """Lists of cases, newest first; they lag by up to a second."""

    def __init__(self, db: Database) -> None:
        """Name the collection; nothing connects yet."""
        self.view = db[VIEW]
        self._marks = db[MARKS]

    async def cases(
        self, scope: Scope, search: Search, limit: int, after: str | None = None
    ) -> Page:
        """Give up to `limit` cases that come after the one at the position `after`.

        A page may hold fewer, even none, while there are more: it looks through `BUDGET` cases.
        """
        question = asked(scope, search)
        until = min(question.until, after or question.until)
        if question.case_ids:
            return Page(await self._by_id(question, until), None)
        lead, rest = await self._lead(question, until)
        floor = question.since
        if rest:
            floor = await self._floor(lead, question.since, until) or floor
        found = self.view.find(query(question, lead, floor, until), shown_fields())
        cases = await found.sort(_NEWEST).limit(limit + 1).hint(_FOUND_BY).to_list(None)
        more = floor if floor > question.since else None
        if len(cases) > limit:
            cases, more = cases[:limit], cases[limit - 1]["order"]
        return Page([without_order(item) for item in cases], more)

    async def _by_id(self, question: Asked, until: str) -> list[dict[str, Any]]:
        said = query(question, (), question.since, until)
        found = self.view.find(said, shown_fields()).hint([("_id", ASCENDING)])
        return [without_order(item) for item in await found.to_list(None)]

    async def _lead(self, question: Asked, until: str) -> tuple[tuple[str, ...], bool]:
        """Choose what leads through the index, and tell whether it leads past others, too many."""
        exact = is_exact(question)
        if len(question.leads) == 1 and exact:
            return question.leads[0], False
        best, least = question.leads[0], BUDGET + 1
        for lead in worth_counting(question.leads):
            some = within(lead, question.since, until)
            number = await self.view.count_documents(some, limit=least, hint=_FOUND_BY)
            if number < least:
                best, least = lead, number
            if not least:
                break  # nothing is found (and a count must be limited to something)
        return best, least > BUDGET

    async def _floor(self, lead: tuple[str, ...], since: str, until: str) -> str | None:
        """Give the position of the last case that may be looked at; None when all may."""
        found = self.view.find(within(lead, since, until), {"_id": 0, "order": 1})
        last = found.sort(_NEWEST).skip(BUDGET - 1).limit(1).hint(_FOUND_BY)
        return next((item["order"] for item in await last.to_list(None)), None)

    async def desk(self, divisions: str, limit: int, after: Filed | None) -> list[dict[str, Any]]:
        """Give cases with tasks at a liaison desk, the one that waits longest first."""
        said = waiting("desk_since", [divisions], after)
        found = self.view.find(said, shown_fields()).hint(_DESK).sort(_OLDEST).limit(limit)
        return list(await found.to_list(None))

    async def agenda(
        self, prefixes: Iterable[str], level: str | None, limit: int, after: Filed | None
    ) -> list[dict[str, Any]]:
        """Give cases with overdue tasks that have risen, the longest overdue first.

        Of divisions that begin with each of the prefixes; `level`: where a task has got there.
        """
        said = waiting("agenda_due", prefixes, after) | ({"agenda.level": level} if level else {})
        found = self.view.find(said, _ON_AGENDA).hint(_AGENDA).sort(_LONGEST).limit(limit)
        return list(await found.to_list(None))

    async def titles(self, scope: Scope, cases: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Give number and title of those of the cases that the caller may see, by id."""
        terms = asked(scope, Search()).terms
        said: dict[str, Any] = {"_id": {"$in": list(cases)}}
        if terms:
            said["terms"] = {"$all": list(terms)}
        found = self.view.find(said, {"number": 1, "title": 1}).hint([("_id", ASCENDING)])
        return {item.pop("_id"): item for item in await found.to_list(None)}

    async def count_alike(self, key: str, span: tuple[date, date]) -> int:
        """Count the cases with a likeness that were filed in a span of days."""
        return int(await self.view.count_documents(alike(key, span), hint=_ALIKE))

    async def alike(self, key: str, span: tuple[date, date]) -> list[Member]:
        """Give the first and the latest `MEMBERS` cases with a likeness filed in a span of days."""
        found = self.view.find(alike(key, span), _MEMBER).sort([("filed_on", DESCENDING)])
        latest = await found.limit(MEMBERS).hint(_ALIKE).to_list(None)
        if len(latest) == MEMBERS:
            found = self.view.find(alike(key, span), _MEMBER).sort([("filed_on", ASCENDING)])
            latest += await found.limit(1).hint(_ALIKE).to_list(None)
        return list({item["_id"]: as_listed(item) for item in latest}.values())

    async def crowded(self, keys: Sequence[str], least: int) -> set[str]:
        """Give those of the likenesses that at least so many cases have, on whatever day."""
        found = set()
        for key in keys:
            number = await self.view.count_documents({"like_keys": key}, limit=least, hint=_ALIKE)
            if number >= least:
                found.add(key)
        return found

    async def filed_after(self, moment: datetime, case_id: str, limit: int) -> list[Filed]:
        """Give cases in the order they came in, beginning after one; the index holds all of it."""
        later: dict[str, Any] = {"filed_at": moment, "_id": {"$gt": case_id}}
        after = {"$or": [{"filed_at": {"$gt": moment}}, later]}
        found = self.view.find(after, {"filed_at": 1}).sort(_CAME_IN).limit(limit).hint(_FILED)
        return [(item["filed_at"], item["_id"]) for item in await found.to_list(None)]

    async def like_keys(self, cases: Sequence[str]) -> dict[str, list[str]]:
        """Give the likenesses of cases, by id."""
        found = self.view.find({"_id": {"$in": list(cases)}}, {"like_keys": 1})
        return {item["_id"]: item.get("like_keys", []) for item in await found.to_list(None)}

    async def mark(self) -> datetime | None:
        """Tell up to when the cases that came in were looked at; None at first."""
        found = await self._marks.find_one({"_id": CLUSTERS})
        return found["at"] if found else None

    async def move_mark(self, at: datetime) -> None:
        """Note up to when the cases that came in were looked at."""
        await self._marks.update_one({"_id": CLUSTERS}, {"$set": {"at": at}}, upsert=True)

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Give the ids of cases whose moment has passed; at the moment itself nothing is late."""
        past = {"next_due": {"$lt": now}}
        found = self.view.find(past, {"_id": 1}).sort([("next_due", ASCENDING)]).limit(limit)
        return [item["_id"] for item in await found.to_list(None)]


class Rulebooks:
    """All versions of the rules and offices: `{_id: number, source, digest, rules, offices, …}`."""

    def __init__(self, db: Database) -> None:
        """Name the collections; nothing connects yet."""
        self._versions, self._tried = db[RULEBOOKS], db[REHEARSALS]

    async def newest(self, source: str | None = None) -> dict[str, Any] | None:
        """Give the newest version, or the newest from one source."""
        wanted = {"source": source} if source else {}
        found = self._versions.find(wanted).sort([("_id", DESCENDING)]).limit(1)
        return next(iter(await found.to_list(None)), None)

    async def newest_number(self) -> int:
        """Give the newest version's number, 0 when there is none: asked for every second."""
        found = self._versions.find({}, {"_id": 1}).sort([("_id", DESCENDING)]).limit(1)
        return next((int(item["_id"]) for item in await found.to_list(None)), 0)

    async def get(self, number: int) -> dict[str, Any] | None:
        """Give one version."""
        found: dict[str, Any] | None = await self._versions.find_one({"_id": number})
        return found

    async def page(self, limit: int, before: int | None = None) -> list[dict[str, Any]]:
        """List versions, newest first, without what they say."""
        query = {"_id": {"$lt": before}} if before else {}
        kept = {"rules": 0, "offices": 0, "receivers": 0}
        found = self._versions.find(query, kept).sort([("_id", DESCENDING)]).limit(limit)
        return list(await found.to_list(None))

    async def note(self, name: str, tried: Mapping[str, Any]) -> None:
        """Note that a draft was tried, in place of when it was before."""
        await self._tried.replace_one({"_id": name}, tried, upsert=True)

    async def tried(self, name: str) -> dict[str, Any] | None:
        """Tell when and on what a draft was tried; None: never on that version."""
        found: dict[str, Any] | None = await self._tried.find_one({"_id": name}, {"_id": 0})
        return found

    async def add(self, version: Mapping[str, Any]) -> bool:
        """Store a version; False when another copy was first with that number."""
        try:
            await self._versions.insert_one(dict(version))
        except DuplicateKeyError:
            return False
        return True

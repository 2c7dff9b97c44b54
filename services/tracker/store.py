"""The list of projects, as the runtime projects it from `handlers.view`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from services.runtime.mongo import Database, aggregate
from services.tracker.exposition import InStage, Overview
from services.tracker.parts import Funder

VIEW = "projects"
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        IndexModel([("division", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("stage", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("next_meeting", ASCENDING), ("stage_since", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("risk_until", ASCENDING)]),
        IndexModel([("disputes", DESCENDING), ("_id", ASCENDING)]),
    ]
}


@dataclass(frozen=True, slots=True)
class Query:
    """Which projects to list. A prefix is the beginning of a division's code; "" is any."""

    area: str = ""
    """Prefix: what the caller may see."""
    division: str = ""
    """Prefix: what was asked for."""
    stage: str | None = None
    risk: bool | None = None
    after: str = ""
    """The last id of the page before."""


class Store:
    """The projects as listed; they lag by up to a second."""

    def __init__(self, db: Database) -> None:
        """Name the collection; nothing connects yet."""
        self._projects = db[VIEW]

    async def projects(self, query: Query, limit: int, today: date) -> list[dict[str, Any]]:
        """Give up to `limit` projects in the order of their ids."""
        parts = [*_within(query.area), *_within(query.division)]
        if query.stage is not None:
            parts.append({"stage": query.stage})
        if query.risk is not None:
            risk = {"risk_until": {"$gte": today.isoformat()}}
            parts.append(risk if query.risk else {"$nor": [risk]})
        if query.after:
            parts.append({"_id": {"$gt": query.after}})
        found = self._projects.find({"$and": parts} if parts else {})
        return list(await found.sort([("_id", ASCENDING)]).limit(limit).to_list(None))

    async def overview(self, today: date) -> Overview:
        """Add up all projects, of which a city has some hundreds."""
        by_source = {funder.value: {"$sum": f"$by_source.{funder.value}"} for funder in Funder}
        added = {"projects": {"$sum": 1}, "disputes": {"$sum": "$disputes"}}
        first = {"since": {"$min": "$stage_since"}}
        group: dict[str, Any] = {"_id": "$stage", **added, **first, **by_source}
        found = await aggregate(self._projects, [{"$group": group}])
        stages = {
            item["_id"]: InStage(
                item["projects"],
                item["disputes"],
                date.fromisoformat(item["since"]) if item["since"] else None,
            )
            for item in found
        }
        risk = {"risk_until": {"$gte": today.isoformat()}}
        at_risk = int(await self._projects.count_documents(risk))
        return Overview(stages, at_risk, {name: sum(i[name] for i in found) for name in by_source})

    async def to_meet(self, meeting: str, area: str, limit: int) -> list[dict[str, Any]]:
        """Give the projects whose stage the meeting takes, the longest in it first."""
        query = {"$and": [{"next_meeting": meeting}, *_within(area)]}
        order = [("stage_since", ASCENDING), ("_id", ASCENDING)]
        return list(await self._projects.find(query).sort(order).limit(limit).to_list(None))

    async def disputed(self, area: str, limit: int, on: date) -> list[dict[str, Any]]:
        """Give those at risk, and those not delivered with disputes; most disputes first."""
        open_ = {"stage": {"$ne": "delivered"}, "disputes": {"$gt": 0}}
        at_risk = {"risk_until": {"$gte": on.isoformat()}}
        query = {"$and": [{"$or": [open_, at_risk]}, *_within(area)]}
        order = [("disputes", DESCENDING), ("_id", ASCENDING)]
        return list(await self._projects.find(query).sort(order).limit(limit).to_list(None))


def _within(prefix: str) -> list[dict[str, Any]]:
    # ":" comes after "9"
    return [{"division": {"$gte": prefix, "$lt": prefix + ":"}}] if prefix else []

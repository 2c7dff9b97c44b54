"""What waits with the liaison offices, and whether deadlines are looked at, for Prometheus."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from prometheus_client.core import Metric

from services.routing.ladder_facts import Level
from services.runtime.looking import gauge
from services.runtime.mongo import Collection, aggregate

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What routing has listed."""

    at_desk: int
    """Cases with tasks at a liaison desk."""
    desk_since: datetime | None
    """When the first of them came there."""
    risen: Mapping[str, int]
    """Overdue tasks that have risen, by how far."""
    due: datetime | None
    """The earliest moment at which a case has to be looked at."""


async def waiting(cases: Collection) -> Waiting:
    """Look at the list of cases, by the indexes of what waits."""
    at_desk = {"desk_since": {"$exists": True}}
    first_there = cases.find(at_desk, {"desk_since": 1}).sort("desk_since", 1).limit(1)
    first_due = cases.find({"next_due": {"$gt": BEGINNING}}, {"next_due": 1}).sort("next_due", 1)
    by_level: list[dict[str, Any]] = [
        {"$match": {"agenda_due": {"$exists": True}}},
        {"$unwind": "$agenda"},
        {"$group": {"_id": "$agenda.level", "number": {"$sum": 1}}},
    ]
    since = [item["desk_since"] for item in await first_there.to_list(None)]
    due = [item["next_due"] for item in await first_due.limit(1).to_list(None)]
    return Waiting(
        await cases.count_documents(at_desk),
        since[0] if since else None,
        {item["_id"]: item["number"] for item in await aggregate(cases, by_level)},
        due[0] if due else None,
    )


def families(found: Waiting, now: datetime) -> Iterable[Metric]:
    """Give the families of metrics; ages are of the business clock."""
    yield gauge("fuyuan_desk_cases", "Cases at a liaison desk", [((), found.at_desk)])
    yield gauge(
        "fuyuan_desk_age_seconds", "Of the one that waits longest", _age(found.desk_since, now)
    )
    risen = [((level,), found.risen.get(level, 0)) for level in get_args(Level)]
    yield gauge("fuyuan_risen_tasks", "Overdue tasks, by how far they rose", risen, ["level"])
    late = "How long ago the earliest deadline passed that nobody has looked at yet"
    yield gauge("fuyuan_deadlines_behind_seconds", late, _age(found.due, now))


def _age(since: datetime | None, now: datetime) -> list[tuple[tuple[()], float]]:
    return [((), max((now - since).total_seconds(), 0.0) if since else 0.0)]

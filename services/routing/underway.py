"""How much is under way: counted from indexes that hold open cases only."""

from datetime import datetime
from typing import Any

from services.runtime.mongo import Collection, aggregate

_OPEN: list[dict[str, Any]] = [
    {"$match": {"open_reports": {"$gte": 0}}},
    {"$project": {"_id": 0, "open_reports": 1}},
    {"$group": {"_id": None, "open": {"$sum": 1}, "reports": {"$sum": "$open_reports"}}},
]


async def progress(cases: Collection, now: datetime) -> dict[str, Any]:
    """Count `open` cases and the `reports` that offices have made on them, and `closed` cases.

    `due` are those that time moves now, `next_due` is when it next moves one.
    """
    found = await aggregate(cases, _OPEN)
    known = await cases.estimated_document_count()
    later = cases.find({"next_due": {"$gte": now}}, {"_id": 0, "next_due": 1})
    first = await later.sort([("next_due", 1)]).limit(1).to_list(None)
    under_way = found[0] if found else {"open": 0, "reports": 0}
    return {
        "now": now,
        "open": under_way["open"],
        "reports": under_way["reports"],
        "due": await cases.count_documents({"next_due": {"$lt": now}}),
        "next_due": first[0]["next_due"] if first else None,
        "closed": known - under_way["open"],
    }

"""The offices' service: keeps an assignment and does what its office's policy says."""

from datetime import UTC, datetime

from faststream.rabbit import RabbitBroker
from pymongo import ReturnDocument

from fuyuan_contracts import events as e
from fuyuan_contracts.envelope import Envelope
from services.runtime.domain import business_day
from tests.benchmarks import steps
from tests.benchmarks.one_at_a_time.common import (
    Database,
    Json,
    consume,
    note,
    publish,
    seen,
)


async def handle(rabbit: RabbitBroker, db: Database, event: Envelope) -> None:
    """Take one assignment: the write, then the reports, then that it was dealt with."""
    if await seen(db, event):
        return
    given = e.parse(event.type, event.data)
    if not isinstance(given, e.AssignmentIssued):
        raise TypeError(event.type)
    now = datetime.now(UTC)
    said = steps.handled(given, now, business_day(now), event.id)
    stored = [item.model_dump(mode="json", exclude_none=True) for item in said]
    kept: Json = await db["assignments"].find_one_and_update(  # type: ignore[assignment]  # what was said first holds
        {"_id": given.assignment_id},
        {"$setOnInsert": {"given": event.data, "state": "resolved", "said": stored}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    for item in kept["said"]:
        await publish(rabbit, Envelope.model_validate(item))
    await note(db, event)


if __name__ == "__main__":
    steps.policies()
    consume(handle, "q.agency")

"""Routing: finds each case's offices, keeps the case's document, closes it with the last report."""

from datetime import UTC, datetime

from faststream.rabbit import RabbitBroker
from pymongo import ReturnDocument

from fuyuan_contracts import events as e
from fuyuan_contracts.envelope import Envelope
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
    """Take one event: the write, then what follows from it, then that it was dealt with."""
    if await seen(db, event):
        return
    match e.parse(event.type, event.data):
        case e.CaseFiled() as data:
            await _route(rabbit, db, event, data)
        case e.AssignmentReport() as data:
            await _report(rabbit, db, event, data)
    await note(db, event)


async def _route(rabbit: RabbitBroker, db: Database, event: Envelope, data: e.CaseFiled) -> None:
    now = datetime.now(UTC)
    given = {item["task"]: item for item in steps.decided(data, now)}
    about = {"kind": data.kind, "division": data.division, "state": "routed"}
    case: Json = await db["cases"].find_one_and_update(  # type: ignore[assignment]  # what was decided first holds
        {"_id": data.case_id},
        {"$setOnInsert": {**about, "filing": event.data, "assignments": given}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    issued = [
        {name: item[name] for name in given[task]} for task, item in case["assignments"].items()
    ]
    for office, said in steps.routed(data, issued, now, event.id):
        await publish(rabbit, said, office)


async def _report(
    rabbit: RabbitBroker, db: Database, event: Envelope, data: e.AssignmentReport
) -> None:
    case_id, fields = steps.noted(data, event.time)
    case = await db["cases"].find_one_and_update(
        {"_id": case_id}, {"$set": fields}, return_document=ReturnDocument.AFTER
    )
    if case is None:
        raise LookupError(case_id)
    if isinstance(data, e.AssignmentResolved) and steps.is_done(case):
        await db["cases"].update_one({"_id": case_id}, {"$set": {"state": "closed"}})
        await publish(rabbit, steps.closed(case, event.time, event.id))


if __name__ == "__main__":
    steps.rulebook()
    consume(handle, "q.routing")

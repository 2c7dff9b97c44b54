"""Metrics: one fact an event; the event's id is the fact's, so none counts twice."""

from faststream.rabbit import RabbitBroker
from pymongo.errors import DuplicateKeyError

from fuyuan_contracts import events as e
from fuyuan_contracts.envelope import Envelope
from tests.benchmarks import steps
from tests.benchmarks.one_at_a_time.common import Database, consume


async def handle(_rabbit: RabbitBroker, db: Database, event: Envelope) -> None:
    """Count one event."""
    e.parse(event.type, event.data)
    try:
        await db["facts"].insert_one(dict(steps.counted(event)))
    except DuplicateKeyError:
        return


if __name__ == "__main__":
    consume(handle, "q.metrics")

"""Run in an agency's container: tries what its own credentials must not allow, prints what came."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiormq
import pymongo
from aiormq.abc import AbstractChannel
from pymongo.errors import OperationFailure

SERVICE = "agency-tax"
ALLOWED = "allowed"
TOLD = json.loads(Path(f"/settings/{SERVICE}/settings.json").read_text(encoding="utf-8"))
OFFICE = json.loads(Path(TOLD["OFFICES_FILE"]).read_text(encoding="utf-8"))[0]

BROKER: dict[str, Callable[[AbstractChannel], Awaitable[Any]]] = {
    "declare a queue": lambda channel: channel.queue_declare("q.mine", durable=True),
    "read q.routing": lambda channel: channel.basic_get("q.routing"),
    "write to evt": lambda channel: channel.basic_publish(b"{}", exchange="evt", routing_key="x"),
}


async def at_the_broker() -> dict[str, str]:
    """Try each on a channel of its own: a refusal closes it."""
    connection = await aiormq.connect(OFFICE["amqp_url"])
    told = {}
    for name, attempt in BROKER.items():
        channel = await connection.channel(publisher_confirms=True)
        try:
            await attempt(channel)
            told[name] = ALLOWED
        except aiormq.exceptions.AMQPError as error:
            told[name] = repr(error)
    await connection.close()
    return told


def at_the_database() -> dict[str, str]:
    """Try another service's database, the users, and the service's own."""
    client = pymongo.MongoClient[dict[str, Any]](TOLD["MONGO_URL"])
    prefix = TOLD.get("DATABASE_PREFIX", "")
    routing, own = client[f"{prefix}routing"], client[f"{prefix}agency_tax"]
    attempts: dict[str, Callable[[], object]] = {
        "read routing's cases": routing["cases"].find_one,
        "write routing's cases": lambda: routing["cases"].insert_one({}),
        "list users": lambda: client.admin.command("usersInfo", 1),
        "read its own": own["commits"].find_one,
    }
    told = {}
    for name, attempt in attempts.items():
        try:
            attempt()
            told[name] = ALLOWED
        except OperationFailure as error:
            told[name] = str((error.details or {}).get("codeName", error))
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(at_the_broker()) | at_the_database()))

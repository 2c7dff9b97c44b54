"""Measures what the product does about a case: its messages, and the documents it writes.

A tap keeps a copy of all that is published; the databases hold what was written. From both comes,
for each case, a trace.
"""

import json
from collections import Counter

import aiormq
import pymongo
from bson import encode
from pymongo.database import Database

from fuyuan_contracts.channels import EVT, INBOX, office_out_exchange
from services.stack.bus import Bus
from services.stack.layout import office_service
from tests.benchmarks.limit.trace import ROOT, Step, Trace
from tests.benchmarks.workload import Json

TAP = "bench.tap"
PLUMBING = {"commits", "sent", "failed"}


async def tap(bus: Bus) -> None:
    """Keep a copy of every message from now on."""
    connection = await aiormq.connect(bus.admin_url)
    channel = await connection.channel()
    await channel.queue_declare(TAP, durable=True)
    await channel.queue_bind(TAP, EVT, "#")
    for office in bus.offices:
        await channel.queue_bind(TAP, INBOX, office)
        await channel.queue_bind(TAP, office_out_exchange(office), "")
    await connection.close()


async def untap(bus: Bus) -> list[tuple[str, str, bytes]]:
    """Take the copies, `(exchange, key, body)`, and the tap away."""
    connection = await aiormq.connect(bus.admin_url)
    channel, found = await connection.channel(), []
    while (got := await channel.basic_get(TAP, no_ack=True)).message_count is not None:
        found.append((str(got.exchange), str(got.routing_key or ""), bytes(got.body)))
    await channel.queue_delete(TAP)
    await connection.close()
    return found


def traces(
    copies: list[tuple[str, str, bytes]], mongo_url: str, prefix: str, accepted: list[str]
) -> list[Trace]:
    """Put together what was done about each case."""
    found = {case: Trace() for case in accepted}
    place: dict[str, tuple[str, str]] = {}
    """Message id → its case and number."""
    for exchange, key, body in copies:
        event = json.loads(body)
        cause = event.get("causationid")
        case = event["correlationid"] if event["correlationid"] in found else None
        case = case or (place[cause][0] if cause in place else None)
        if case is None:
            continue  # of the warm-up
        trace = found[case]
        number = len(trace.messages)
        place[event["id"]] = (case, str(number))
        trace.messages.append((exchange, key, len(body)))
        trace.step(_speaker(event), _number(place, cause)).says.append(number)
    with pymongo.MongoClient[Json](mongo_url) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                service = name.removeprefix(prefix).replace("_", "-", 1)
                _written(client[name], service, found, place)
    return list(found.values())


def _written(
    db: Database[Json], service: str, found: dict[str, Trace], place: dict[str, tuple[str, str]]
) -> None:
    last: dict[str, Step] = {}
    for commit in db["commits"].find().sort([("subject", 1), ("rev", 1)]):
        subject = commit["subject"]
        causes = [item["cause"][3] for item in commit["decisions"] if "cause" in item]
        known = [place[cause] for cause in causes if cause in place]
        case, number = known[-1] if known else (subject, ROOT)
        if case not in found:
            continue
        by_timer = not known and subject in last  # some time after what it follows from
        step = last[subject] if by_timer else found[case].step(service, number)
        step.commits.append(len(encode(commit)))
        last[subject] = step
    for name in set(db.list_collection_names()) - PLUMBING:
        for view in db[name].find({"rev": {"$exists": True}}):
            if view["_id"] in last:
                last[view["_id"]].views.append(len(encode(view)))


def _speaker(event: Json) -> str:
    _, kind, name = event["source"].split("/")
    return office_service(name) if kind == "offices" else str(name)


def _number(place: dict[str, tuple[str, str]], cause: str | None) -> str:
    return place[cause][1] if cause in place else ROOT


def per_case(found: list[Trace]) -> dict[str, float]:
    """Sum up, for people: messages, their bytes, commits, views, and their bytes, of a case."""
    total: Counter[str] = Counter()
    for trace in found:
        total["messages"] += len(trace.messages)
        total["message_bytes"] += sum(size for _, _, size in trace.messages)
        for step in (step for steps in trace.steps.values() for step in steps.values()):
            total["commits"] += len(step.commits)
            total["views"] += len(step.views)
            total["written_bytes"] += sum(step.commits) + sum(step.views)
    return {name: round(number / len(found), 1) for name, number in total.items()}

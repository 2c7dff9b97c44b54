"""How the database itself is: what it answers a user who may see it (`clusterMonitor`).

A part that it refuses, or doesn't know, is left out; the rest is shown.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

from prometheus_client.core import Metric
from pymongo.errors import OperationFailure

from services.runtime.looking import counter, gauge
from services.runtime.mongo import Database

log = logging.getLogger(__name__)

Json: TypeAlias = Mapping[str, Any]
Part: TypeAlias = Callable[[Database, str], Awaitable[Iterable[Metric]]]
PRIMARY = "PRIMARY"
HAVE_DATA = (PRIMARY, "SECONDARY")
MICROSECONDS = 1_000_000


async def database_figures(db: Database, prefix: str) -> list[Metric]:
    """Ask the database's primary; `prefix` begins the names of the services' databases.

    Raises PyMongoError when it is away.
    """
    found: list[Metric] = []
    for part in (_server, _members, _sizes, _disk, _oplog):
        try:
            found += await part(db, prefix)
        except OperationFailure as error:
            if error.timeout:
                raise
            log.debug("not shown: %s: %s", part.__name__, error)
    return found


async def _server(db: Database, _prefix: str) -> Iterable[Metric]:
    said = await db.client["admin"].command("serverStatus")
    return server(said)


def server(said: Json) -> list[Metric]:
    """Word what `serverStatus` says."""
    connections, cache = said["connections"], said["wiredTiger"]["cache"]
    timed = {kind: said["opLatencies"][kind] for kind in ("reads", "writes", "commands")}
    bytes_ = {
        "used": cache["bytes currently in the cache"],
        "dirty": cache["tracked dirty bytes in the cache"],
        "limit": cache["maximum bytes configured"],
    }
    return [
        gauge(
            "fuyuan_database_connections",
            "Connections to the database",
            [((state,), connections[state]) for state in ("current", "available")],
            ["state"],
        ),
        counter(
            "fuyuan_database_operations",
            "Operations by kind",
            [
                ((kind,), number)
                for kind, number in said["opcounters"].items()
                if kind != "deprecated"
            ],
            ["operation"],
        ),
        counter(
            "fuyuan_database_operation_seconds",
            "Seconds that operations took",
            [((kind,), item["latency"] / MICROSECONDS) for kind, item in timed.items()],
            ["kind"],
        ),
        counter(
            "fuyuan_database_timed_operations",
            "Operations that these seconds are of",
            [((kind,), item["ops"]) for kind, item in timed.items()],
            ["kind"],
        ),
        gauge(
            "fuyuan_database_cache_bytes",
            "Memory for data",
            [((what,), number) for what, number in bytes_.items()],
            ["what"],
        ),
    ]


async def _members(db: Database, _prefix: str) -> Iterable[Metric]:
    return members((await db.client["admin"].command("replSetGetStatus"))["members"])


def members(said: Iterable[Json]) -> list[Metric]:
    """Word what `replSetGetStatus` says of the members: who is up, and how far behind."""
    listed = list(said)
    at = {item["name"]: item["optimeDate"] for item in listed if item["stateStr"] in HAVE_DATA}
    primary = next((item["name"] for item in listed if item["stateStr"] == PRIMARY), None)
    up = [((item["name"],), float(item["stateStr"] in HAVE_DATA)) for item in listed]
    lags = [
        ((name,), max((at[primary] - moment).total_seconds(), 0.0))
        for name, moment in at.items()
        if primary is not None
    ]
    return [
        gauge("fuyuan_database_member_up", "1 for one that has the data", up, ["member"]),
        gauge("fuyuan_database_primaries", "Members that take writes", [((), primary is not None)]),
        gauge("fuyuan_database_member_lag_seconds", "Behind the primary", lags, ["member"]),
    ]


async def _sizes(db: Database, prefix: str) -> Iterable[Metric]:
    said = await db.client["admin"].command(
        "listDatabases", filter={"name": {"$regex": f"^{prefix}"}}
    )
    sizes = [
        ((item["name"].removeprefix(prefix),), item["sizeOnDisk"]) for item in said["databases"]
    ]
    return [gauge("fuyuan_database_size_bytes", "Size on disk, with indexes", sizes, ["database"])]


async def _disk(db: Database, _prefix: str) -> Iterable[Metric]:
    said = await db.command("dbStats")
    bytes_ = [((what,), said[f"fs{what.title()}Size"]) for what in ("used", "total")]
    return [gauge("fuyuan_database_disk_bytes", "Of the disk the data lie on", bytes_, ["what"])]


async def _oplog(db: Database, _prefix: str) -> Iterable[Metric]:
    oplog = db.client["local"]["oplog.rs"]
    ends = []
    for order in (1, -1):
        found = await oplog.find({}, {"ts": 1}).sort("$natural", order).limit(1).to_list(None)
        ends += [item["ts"].time for item in found]
    if len(ends) < 2:  # noqa: PLR2004 - its first and its last entry
        return []
    text = "From the oplog's first entry to its last: a member away for longer has to copy all"
    return [gauge("fuyuan_database_oplog_seconds", text, [((), ends[1] - ends[0])])]

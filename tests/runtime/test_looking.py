"""Figures read from the database: shown as read last, never a reason for /metrics to fail."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from prometheus_client import Metric
from pymongo.errors import AutoReconnect, OperationFailure

from services.runtime import looking, metrics
from services.runtime.database_figures import database_figures, members
from services.runtime.looking import expose, gauge
from services.runtime.mongo import close_client, database, open_client

DATABASE = {
    "fuyuan_database_connections",
    "fuyuan_database_operations",
    "fuyuan_database_operation_seconds",
    "fuyuan_database_timed_operations",
    "fuyuan_database_cache_bytes",
    "fuyuan_database_member_up",
    "fuyuan_database_primaries",
    "fuyuan_database_member_lag_seconds",
    "fuyuan_database_size_bytes",
    "fuyuan_database_disk_bytes",
    "fuyuan_database_oplog_seconds",
}


async def shown(line: str, *, there: bool = True) -> None:
    async with asyncio.timeout(5):
        while (line in metrics.render().decode()) is not there:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def test_what_was_read_last_is_shown_while_reading_fails_and_goes_when_it_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking, "KEPT_SECONDS", 1)
    answers: list[float] = [1, 2]

    async def read() -> Iterable[Metric]:
        if not answers:
            raise AutoReconnect("the database is away")
        return [gauge("looked_at", "Test", [((), answers.pop(0))])]

    task = asyncio.create_task(expose(read, 0.05))
    await shown("looked_at 2.0")
    await asyncio.sleep(0.2)
    assert "looked_at 2.0" in metrics.render().decode()
    await shown("looked_at", there=False)
    answers.append(3)
    await shown("looked_at 3.0")
    task.cancel()
    await shown("looked_at", there=False)


async def test_the_database_tells_how_it_is(mongo_url: str) -> None:
    client = open_client(mongo_url)
    try:
        db = database(client, "test_looking")
        await db["things"].insert_one({})
        found = {item.name: item.samples for item in await database_figures(db, "test_look")}
        await client.drop_database("test_looking")
    finally:
        await close_client(client)
    assert found.keys() == DATABASE
    assert all(found.values())
    (size,) = found["fuyuan_database_size_bytes"]
    assert size.labels == {"database": "ing"}
    assert [item.value for item in found["fuyuan_database_primaries"]] == [1]


async def test_what_the_database_refuses_is_left_out(
    mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_args: object) -> Any:
        raise OperationFailure("not authorized on admin", 13)

    monkeypatch.setattr("services.runtime.database_figures._server", refused)
    client = open_client(mongo_url)
    try:
        found = await database_figures(database(client, "test_looking"), "test_look")
    finally:
        await close_client(client)
    assert "fuyuan_database_connections" not in {item.name for item in found}
    assert "fuyuan_database_primaries" in {item.name for item in found}


def test_a_replica_set_without_its_primary_shows() -> None:
    lost: list[dict[str, Any]] = [
        {"name": "a:1", "stateStr": "(not reachable/healthy)"},
        {"name": "b:1", "stateStr": "SECONDARY", "optimeDate": None},
    ]
    up, primaries, lags = members(lost)
    assert [item.value for item in up.samples] == [0, 1]
    assert [item.value for item in primaries.samples] == [0]
    assert lags.samples == []

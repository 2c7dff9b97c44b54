from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from services.routing.current import Current
from services.routing.loading import RulebookError
from services.routing.rulebook import Timing
from services.routing.store import INDEXES, VIEW, Rulebooks, Scope, Search, Store
from services.runtime.http import UnavailableError
from services.runtime.mongo import Database, close_client, database, open_client

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest_asyncio.fixture(params=["pymongo", "motor"])
async def db(
    mongo_url: str, db_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    client = open_client(mongo_url, request.param)
    opened = database(client, db_name)
    for collection, indexes in INDEXES.items():
        await opened[collection].create_indexes(list(indexes))
    yield opened
    await close_client(client)


@pytest.fixture
def files(deploy: Path, tmp_path: Path) -> dict[str, Path]:
    for name in ("routing.yaml", "offices.yaml"):
        (tmp_path / name).write_text((deploy / name).read_text("utf-8"), "utf-8")
    return {"rules": tmp_path / "routing.yaml", "offices": tmp_path / "offices.yaml"}


def change(path: Path) -> None:
    data = yaml.safe_load(path.read_text("utf-8"))
    data["rules"][0]["resolution_days"] += 1
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")


async def test_the_files_become_a_version_at_first_and_again_when_they_change(
    db: Database, files: dict[str, Path]
) -> None:
    async def load() -> Current:
        current = Current(**files, timing=Timing())
        await current.load(db)
        return current

    with pytest.raises(UnavailableError):
        _ = Current(**files, timing=Timing()).book
    assert (await load()).book.version == 1
    assert (await load()).book.version == 1
    change(files["rules"])
    second = await load()
    assert (second.book.version, second.version.why) == (2, "the files were changed")
    assert second.book.rules[0].days.resolution == 16


async def test_a_version_from_elsewhere_stays_until_the_files_change(
    db: Database, files: dict[str, Path]
) -> None:
    current = Current(**files, timing=Timing())
    await current.load(db)
    newest = await Rulebooks(db).newest()
    assert newest is not None
    assert await Rulebooks(db).add(newest | {"_id": 2, "source": "api", "digest": "x"})
    await current.load(db)
    assert current.book.version == 2
    change(files["rules"])
    changed = Current(**files, timing=Timing())
    await changed.load(db)
    assert changed.book.version == 3


async def test_of_two_that_store_the_same_version_one_is_told(db: Database) -> None:
    stored = Rulebooks(db)
    assert await stored.add({"_id": 1, "source": "file"})
    assert not await stored.add({"_id": 1, "source": "file"})


async def test_bad_files_keep_routing_from_starting(files: dict[str, Path]) -> None:
    files["offices"].write_text("offices: []", "utf-8")
    with pytest.raises(RulebookError, match=r"offices\.yaml:divisions: Field required"):
        Current(**files, timing=Timing())


async def test_due_cases_come_in_order_and_no_others(db: Database) -> None:
    times: dict[str, Any] = {"late": -2, "later": -1, "now": 0, "not_yet": 1}
    await db[VIEW].insert_many(
        [{"_id": name, "next_due": NOW + timedelta(hours=hours)} for name, hours in times.items()]
    )
    await db[VIEW].insert_one({"_id": "closed"})
    assert await Store(db).due(NOW, 10) == ["late", "later", "now"]
    assert await Store(db).due(NOW, 2) == ["late", "later"]


@pytest.mark.parametrize(
    ("scope", "search"),
    [
        (Scope(filer="court.410526"), Search()),
        (Scope(office="tax.410526"), Search(kind="bankruptcy")),
        (Scope(divisions="4105"), Search(state="open")),
        (Scope(), Search(office="tax.410526", overdue=True)),
        (Scope(), Search(desk=True)),
        (Scope(), Search(division="410526")),
        (Scope(), Search()),
    ],
)
async def test_no_list_scans_the_collection(db: Database, scope: Scope, search: Search) -> None:
    store = Store(db)
    await store.cases(scope, search, 5, (NOW, "x"))
    query = store.query(scope, search, (NOW, "x"))
    found = await db.command(
        "explain", {"find": VIEW, "filter": query, "sort": {"filed_at": -1, "_id": -1}, "limit": 5}
    )
    assert "COLLSCAN" not in str(found["queryPlanner"]["winningPlan"])

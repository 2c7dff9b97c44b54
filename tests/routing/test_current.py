"""The version in force: taken up while running, kept when there is nothing better."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.routing.current import Current, document
from services.routing.drafts import changed_office, without_rule
from services.routing.rulebook import Timing
from services.routing.store import Rulebooks
from services.runtime.mongo import Database, close_client, database, open_client

NOW = datetime(2026, 3, 2, tzinfo=UTC)
BY = {"source": "api", "by": "王某", "why": "试行"}


@pytest_asyncio.fixture
async def db(mongo_url: str, db_name: str) -> AsyncIterator[Database]:
    client = open_client(mongo_url)
    yield database(client, db_name)
    await close_client(client)


@pytest_asyncio.fixture
async def current(db: Database, deploy: Path) -> Current:
    made = Current(deploy / "routing.yaml", deploy / "offices.yaml", Timing())
    await made.load(db)
    return made


@asynccontextmanager
async def following(current: Current, db: Database) -> AsyncIterator[None]:
    task = asyncio.create_task(current.follow(db, 0.02))
    yield
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def reaches(current: Current, number: int) -> None:
    for _ in range(200):
        if current.version.number == number:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(current.version.number)


async def add(db: Database, **changes: Any) -> dict[str, Any]:
    """Store the next version: without its first rule, unless it is said otherwise."""
    newest = await Rulebooks(db).newest()
    assert newest is not None
    made = {**newest, **BY, "_id": newest["_id"] + 1, **changes}
    assert await Rulebooks(db).add(made)
    return made


async def test_a_version_made_elsewhere_is_taken_up(db: Database, current: Current) -> None:
    first = current.version
    rules = without_rule(first.rules, first.rules.rules[0].id)
    newest = await Rulebooks(db).newest()
    async with following(current, db):
        await Rulebooks(db).add(document(newest, rules, first.offices, BY, NOW))
        await reaches(current, 2)
    assert current.book.version == 2
    assert len(current.book.rules) == len(first.book.rules) - 1
    assert (current.version.by, current.version.why) == ("王某", "试行")


async def test_one_that_cannot_be_used_here_is_passed_over(db: Database, current: Current) -> None:
    async with following(current, db):
        await add(db, rules={"rules": [{"id": "of-the-future", "words": "not known here"}]})
        await asyncio.sleep(0.1)
        assert current.version.number == 1
        await add(db, rules=(await Rulebooks(db).get(1) or {})["rules"])
        await reaches(current, 3)


async def test_a_database_that_is_away_ends_nothing(
    db: Database, current: Current, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Rulebooks.newest_number

    async def away(_self: Rulebooks) -> int:
        raise ConnectionError("away")

    async with following(current, db):
        monkeypatch.setattr(Rulebooks, "newest_number", away)
        await add(db)
        await asyncio.sleep(0.1)
        assert current.version.number == 1
        monkeypatch.setattr(Rulebooks, "newest_number", real)
        await reaches(current, 2)


async def test_an_office_that_gets_nothing_new_is_still_heard(
    db: Database, current: Current, deploy: Path
) -> None:
    office, first = "tax.410526", current.version
    assert office in first.receivers
    offices = changed_office(first.offices, office, {"receives": False})
    for _ in range(2):  # however many versions later
        newest = await Rulebooks(db).newest()
        await Rulebooks(db).add(document(newest, first.rules, offices, BY, NOW))
    again = Current(deploy / "routing.yaml", deploy / "offices.yaml", Timing())
    await again.load(db)
    assert again.version.number == 3
    assert not again.book.offices[office].receives
    assert office in again.version.receivers

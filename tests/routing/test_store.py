from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from services.routing.clusters import Member
from services.routing.current import Current
from services.routing.loading import RulebookError
from services.routing.querying import alike, waiting
from services.routing.rulebook import Timing
from services.routing.searching import Scope, Search, listed
from services.routing.store import INDEXES, VIEW, Rulebooks, Store
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
    assert await Store(db).due(NOW, 10) == ["late", "later"]
    assert await Store(db).due(NOW, 1) == ["late"]


def case(number: int, **changes: Any) -> dict[str, Any]:
    name = "c" + "abcdefghij"[number] * 24
    shown = {
        "number": f"（2026）豫0526破{number}号", "title": "某置业重整", "filer": "court.410526",
        "kind": "bankruptcy", "state": "open", "division": "410526", "offices": ["tax.410526"],
        "waiting": [], "overdue": False, "desk": False, "filed_on": f"2026-03-0{number}",
        "filed_at": NOW + timedelta(hours=number), **changes,
    }  # fmt: skip
    return {"_id": name, "rev": 1, **shown, **listed(name, shown, [f"第{number}某置业公司"])}


async def test_a_search_goes_on_where_its_last_page_ended(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await db[VIEW].insert_many([case(number) for number in range(1, 7)])
    store, search = Store(db), Search(party="某置业", kind="bankruptcy")
    first = await store.cases(Scope(filer="court.410526"), search, 4)
    assert [item["number"][-2] for item in first.cases] == ["6", "5", "4", "3"]
    assert not {"order", "terms", "folded", "like_keys"} & {*first.cases[0]}
    last = await store.cases(Scope(filer="court.410526"), search, 4, first.next)
    assert ([item["number"][-2] for item in last.cases], last.next) == (["2", "1"], None)
    monkeypatch.setattr("services.routing.store.BUDGET", 2)
    short = await store.cases(Scope(), search, 4)
    assert [item["number"][-2] for item in short.cases] == ["6", "5"]
    assert short.next is not None


async def test_titles_are_given_for_what_the_scope_covers(db: Database) -> None:
    docs = [case(1), case(2, division="410527")]
    await db[VIEW].insert_many(docs)
    names = [doc["_id"] for doc in docs]
    assert [*await Store(db).titles(Scope(divisions="410526"), names)] == names[:1]
    found = await Store(db).titles(Scope(), names)
    assert found[names[1]] == {"number": "（2026）豫0526破2号", "title": "某置业重整"}


async def test_like_cases_are_counted_in_their_window_and_the_latest_given(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [{"key": "party name 甲", "size": 3}]
    docs = [case(number) | {"like_keys": ["party name 甲"]} for number in range(1, 6)]
    await db[VIEW].insert_many([*docs[:4], docs[4] | {"told": told, "state": "closed"}, case(6)])
    store, span = Store(db), (date(2026, 3, 2), date(2026, 3, 5))
    assert await store.count_alike("party name 甲", span) == 4
    assert await store.crowded(["party name 甲", "party name 乙"], 5) == {"party name 甲"}
    assert await store.crowded(["party name 甲"], 6) == set()
    monkeypatch.setattr("services.routing.store.MEMBERS", 2)
    latest, second, earliest = await store.alike("party name 甲", span)
    assert latest == Member(docs[4]["_id"], span[1], open=False, told={"party name 甲": 3})
    assert (second.filed_on, second.open) == (date(2026, 3, 4), True)
    assert earliest.filed_on == span[0]
    assert await store.like_keys([docs[0]["_id"]]) == {docs[0]["_id"]: ["party name 甲"]}


async def test_what_came_in_is_gone_through_in_order_from_a_mark_on(db: Database) -> None:
    docs = [case(number) for number in (2, 1, 3)]
    same = case(4) | {"filed_at": NOW + timedelta(hours=2)}
    await db[VIEW].insert_many([*docs, same])
    store = Store(db)
    page = await store.filed_after(NOW, "", 2)
    assert [name for _, name in page] == [docs[1]["_id"], docs[0]["_id"]]
    rest = await store.filed_after(*page[-1], 9)
    assert [name for _, name in rest] == [same["_id"], docs[2]["_id"]]
    assert await store.mark() is None
    await store.move_mark(NOW)
    assert await store.mark() == NOW


EXPLAINED: list[dict[str, Any]] = [
    {"find": VIEW, "filter": alike("k", (date.min, date.max)), "sort": {"filed_on": -1},
     "hint": "alike"},
    {"find": VIEW, "filter": {"next_due": {"$lt": NOW}}, "sort": {"next_due": 1}},
    {
        "find": VIEW,
        "filter": waiting("agenda_due", ["4105", "410526"], (NOW, "c")) | {"agenda.level": "city"},
        "sort": {"agenda_due": 1, "_id": 1},
        "hint": "agenda",
    },
    {"find": VIEW, "filter": {"filed_at": {"$gt": NOW}}, "sort": {"filed_at": 1, "_id": 1},
     "projection": {"filed_at": 1}, "hint": "filed"},
    {"find": VIEW, "filter": {"desk_since": {"$exists": True}}, "hint": "desk",
     "sort": {"desk_since": 1, "_id": 1}},
]  # fmt: skip


@pytest.mark.parametrize("command", EXPLAINED)
async def test_no_list_scans_or_sorts_the_collection(db: Database, command: dict[str, Any]) -> None:
    plan = str((await db.command("explain", command))["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in plan
    assert "'SORT'" not in plan

"""Roll-ups are exact whoever writes, rolls up, dies or is slow, at the same time."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from services.runtime import rollups as r
from services.runtime.commits import Commits
from services.runtime.mongo import transaction
from services.runtime.projections import View, rebuild, write
from services.runtime.rollups import KEPT, SUMS, Rollups
from services.runtime.sums import ONES, Adds, Span, added_up, beyond
from tests.runtime.toy import STREAM

AT = datetime(2026, 9, 6, 2, 0, tzinfo=UTC)
THINGS = [Span(frozenset({"thing"}))]
documents = st.fixed_dictionaries(
    {"colour": st.sampled_from("rgb"), "n": st.integers(-3, 3), "at": st.just(AT)}
)


def adds(document: Mapping[str, Any]) -> Adds:
    key = ("thing", "2024-03", "410526", (("colour", document["colour"]),))
    return {key: ({ONES: 1, "n": document["n"]}, document["at"])}


@pytest_asyncio.fixture
async def rollups(db: Any) -> Rollups:
    made = Rollups(db, "things", adds)
    await made.ensure_indexes()
    return made


def thing(rng: Random) -> dict[str, Any]:
    return {"colour": rng.choice("rgb"), "n": rng.randrange(9), "at": AT}


async def full(db: Any) -> Adds:
    return added_up([adds(item) for item in await db["things"].find({}).to_list(None)])


async def put(db: Any, rng: Random, rev: int, ids: range) -> None:
    views = {f"t{number}": View(rev, thing(rng), new=rev == 1) for number in ids}
    await write(db["things"], views, KEPT)


async def rolled(rollups: Rollups) -> None:
    while await rollups.roll():
        pass


@given(st.lists(documents | st.none()))
def test_what_it_adds_beyond_is_what_the_sums_lack(versions: list[dict[str, Any] | None]) -> None:
    """`None` rolls up; the document keeps what the database's expression would."""
    document: dict[str, Any] = {}
    parts: list[Adds] = []
    for version in versions:
        if version is None and document:
            parts.append(beyond(document, adds, 1))
            document = {**document, "rolled_in": 1}
            document.pop("rolled", None)
        elif version:
            kept = document if "rolled_in" in document else document.get("rolled")
            document = version | ({"rolled": kept} if kept else {})
    parts += [beyond(document, adds, 1)] if document else []
    expected = added_up([adds(document)] if document else [])
    assert {key: sums for key, (sums, _) in added_up(parts).items()} == {
        key: sums for key, (sums, _) in expected.items()
    }


async def test_sums_are_read_once_they_are_ready_and_with_what_they_lack(
    db: Any, rollups: Rollups, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = Random(1)
    await put(db, rng, 1, range(700))
    assert await rollups.read(THINGS) is None
    assert [await rollups.roll() for _ in range(3)] == [500, 200, 0]
    assert await rollups.read(THINGS) == await full(db)
    await put(db, rng, 2, range(300))
    assert await rollups.read(THINGS) == await full(db)
    assert await db["things"].count_documents({"rolled": {"$exists": True}}) == 300
    monkeypatch.setattr(r, "MOST", 299)
    assert await rollups.read(THINGS) is None
    await rolled(rollups)
    assert await rollups.read(THINGS) == await full(db)
    assert await db["things"].count_documents({"rolled": {"$exists": True}}) == 0
    assert await rollups.read([Span(frozenset({"thing"}), when=("2024-04", "~"))]) == {}


async def test_an_older_document_changes_nothing(db: Any, rollups: Rollups) -> None:
    await put(db, Random(1), 2, range(3))
    await rolled(rollups)
    await put(db, Random(2), 1, range(3))
    assert await rollups.read(THINGS) == await full(db)
    assert {item["rev"] for item in await db["things"].find({}).to_list(None)} == {2}


async def test_writers_and_two_that_roll_up_at_once(db: Any, rollups: Rollups) -> None:
    await put(db, Random(0), 1, range(300))
    over = asyncio.Event()

    async def writing(seed: int) -> None:
        rng = Random(seed)
        for rev in range(2, 25):
            await put(db, rng, rev, range(seed * 100, seed * 100 + rng.randrange(1, 100)))
            await asyncio.sleep(0.02)

    async def rolling() -> None:
        while not over.is_set():
            await rollups.roll()

    rollers = [asyncio.create_task(rolling()) for _ in range(2)]
    await asyncio.gather(*(writing(seed) for seed in range(3)))
    over.set()
    await asyncio.gather(*rollers)
    assert await db["things"].count_documents({"rolled_in": 0}) > 0
    await rolled(rollups)
    assert await rollups.read(THINGS) == await full(db)


async def test_who_dies_in_the_middle_has_done_nothing(
    db: Any, rollups: Rollups, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(db, Random(1), 1, range(10))

    def killed(*_args: object) -> Any:
        raise asyncio.CancelledError

    monkeypatch.setattr(Rollups, "_move", killed)
    with pytest.raises(asyncio.CancelledError):
        await rollups.roll()
    monkeypatch.undo()
    assert await db[SUMS].count_documents({"in": {"$exists": True}}) == 0
    await rolled(rollups)
    assert await rollups.read(THINGS) == await full(db)


async def test_anew_nothing_counts_that_was_rolled_up_before(db: Any, rollups: Rollups) -> None:
    rng = Random(1)
    await put(db, rng, 1, range(50))
    await rolled(rollups)
    await put(db, rng, 2, range(20))
    await rollups.reset()
    assert await rollups.read(THINGS) is None
    await put(db, rng, 3, range(10, 30))
    await rolled(rollups)
    assert await rollups.read(THINGS) == await full(db)


async def test_sums_made_by_another_version_are_made_anew(db: Any, rollups: Rollups) -> None:
    await put(db, Random(1), 1, range(20))
    await rolled(rollups)

    def more(document: Mapping[str, Any]) -> Adds:
        also = ("more", "", "", ())
        return {**adds(document), also: ({ONES: 1, "n": document["n"]}, None)}

    newer = Rollups(db, "things", more, version=2)
    await newer.ensure_indexes()
    assert await newer.read(THINGS) is None
    await put(db, Random(2), 2, range(5))
    await rolled(newer)
    found = await db["things"].find({}).to_list(None)
    assert await newer.read([Span(frozenset({"thing", "more"}))]) == added_up(map(more, found))
    await newer.ensure_indexes()  # the same version: as it is
    assert await newer.read(THINGS) == await full(db)


async def test_a_projection_built_anew_keeps_what_is_rolled_up(db: Any, commits: Any) -> None:
    def of_tally(document: Mapping[str, Any]) -> Adds:
        return {("tally", "", "", ()): ({ONES: 1, "n": document["n"]}, None)}

    tallies = Rollups(db, "tallies", of_tally)
    await tallies.ensure_indexes()
    wrong = {"s1": View(1, {"n": 7}, new=True), "s2": View(2, {"n": 70}, new=True)}
    await write(db["tallies"], wrong, KEPT)
    await rolled(tallies)
    assert [done async for done in rebuild(STREAM, commits, db["tallies"], KEPT)] == [2]
    found = {item["_id"]: item["n"] for item in await db["tallies"].find({}).to_list(None)}
    assert found == {"s1": 1, "s2": 70}  # of s2 a newer one is there
    (sums,) = (await tallies.read([Span(frozenset({"tally"}))]) or {}).values()
    assert sums[0] == {ONES: 2, "n": 71}


@pytest_asyncio.fixture
async def commits(db: Any) -> Any:
    made = Commits(db)
    fact = {"type": "counted", "n": 1, "word": "w1", "at": AT.isoformat()}
    shared = {"rev": 1, "first": 1, "out": 0, "prevhash": "", "batch": "b", "at": AT}
    decided = [{"time": AT, "facts": [fact], "by": "k"}]
    await made.append(
        [
            {"_id": f"{name}/1", "subject": name, "decisions": decided} | shared
            for name in ("s1", "s2")
        ]
    )
    return made


async def test_of_two_moments_the_earlier_stands(db: Any, rollups: Rollups) -> None:
    later = {"t1": View(1, {"colour": "r", "n": 1, "at": AT + timedelta(days=1)}, new=True)}
    await write(db["things"], later, KEPT)
    await rolled(rollups)
    await write(db["things"], {"t2": View(1, {"colour": "r", "n": 1, "at": AT}, new=True)}, KEPT)
    for _ in range(2):
        (found,) = (await rollups.read(THINGS) or {}).values()
        assert found == ({ONES: 2, "n": 2}, AT)
        await rolled(rollups)


async def test_a_transaction_is_all_or_nothing(db: Any) -> None:
    await db["things"].insert_one({"_id": "a"})

    async def half() -> None:
        async with transaction(db) as session:
            await db["things"].insert_one({"_id": "b"}, session=session)
            raise KeyError

    with pytest.raises(KeyError):
        await half()
    assert await db["things"].count_documents({}) == 1

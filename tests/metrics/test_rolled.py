"""What is rolled up beside the full computation: the same after any corrections, at any moment."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.metrics.catalogue.counting import STREAMS
from services.metrics.cubes import Row
from services.metrics.model import Subject
from services.metrics.rolled import ADDS_VERSION, adds
from services.metrics.rules import evolve
from services.metrics.store import INDEXES, VIEW, Query, Store
from services.metrics.sums import Group
from services.metrics.views import view
from services.metrics.windows import Window
from services.runtime.mongo import Database, close_client, database, open_client
from services.runtime.projections import View, write
from services.runtime.rollups import KEPT, SUMS, Rollups
from tests.metrics import conftest as made

CITY, COUNTY = "410500", "410526"
WINDOWS = (
    Window(CITY, date(2024, 1, 1), date(2024, 6, 30)),
    Window(COUNTY, date(2024, 1, 1), date(2024, 6, 30)),
    Window(CITY, date(2024, 2, 10), date(2024, 4, 9)),
    Window(CITY, date(2024, 3, 5), date(2024, 3, 20)),
    Window(CITY, None, date(2024, 5, 31)),
    Window(CITY, None, date(2024, 5, 13)),
)
CASES, OTHERS = ("c1", "c2", "c3"), ("o1", "o2")
ROLL, RESET, LOOK = "roll", "reset", "look"
steps = st.one_of(
    st.tuples(st.sampled_from(CASES), made.case_facts),
    st.tuples(st.sampled_from(CASES), made.case_facts),
    st.tuples(st.sampled_from(OTHERS), made.other_facts),
    st.sampled_from((ROLL, ROLL, LOOK, RESET)),
)


@pytest_asyncio.fixture(scope="module")
async def db(mongo_url: str) -> AsyncIterator[Database]:
    client = open_client(mongo_url)
    found = database(client, "test_metrics_rolled")
    await client.drop_database(found.name)
    for collection, indexes in INDEXES.items():
        await found[collection].create_indexes(list(indexes))
    await Rollups(found, VIEW, adds, ADDS_VERSION).ensure_indexes()
    yield found
    await client.drop_database(found.name)
    await close_client(client)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(given_=st.lists(steps, max_size=18))
async def test_what_is_rolled_up_is_what_would_be_added_up(db: Database, given_: list[Any]) -> None:
    for collection in (VIEW, SUMS):
        await db[collection].delete_many({})
    rollups, store = Rollups(db, VIEW, adds, ADDS_VERSION), Store(db)
    states = {id_: Subject(id_) for id_ in (*CASES, *OTHERS)}
    revs = dict.fromkeys(states, 0)
    for step in (*given_, ROLL, LOOK):
        match step:
            case "roll":
                while await rollups.roll():
                    pass
            case "reset":
                await rollups.reset()
            case "look":
                await looked_at(store)
            case (id_, fact):
                states[id_] = evolve(states[id_], fact)
                revs[id_] += 1
                shown = View(revs[id_], view(states[id_]) or {}, new=revs[id_] == 1)
                await write(db[VIEW], {id_: shown}, KEPT)
    assert await store.months({"": ("filed", WINDOWS[0])}) is not None


async def looked_at(store: Store) -> None:
    """Compare all streams in all windows, and the totals, with the full computation."""
    for days in WINDOWS:
        found = await store.months({name: (name, days) for name in STREAMS})
        if found is None:
            continue
        for name, stream in STREAMS.items():
            rows = list(found[name])
            for piece in days.edges():
                rows += await store.cube(piece, stream)
            assert by_key(rows) == by_key(await store.cube(days, stream))
    totals, everything = await store.totals(), Query()
    assert groups(totals.cases) == groups(await store.cases(everything, ("kind", "lane")))
    assert groups(totals.given) == groups(await store.assignments(everything, ("agency",)))
    before = [groups(undated(found)) for found in (totals.before, await store.before())]
    assert before[0] == before[1]
    waited = await store.waits(everything, ("agency",))
    assert sorted(totals.waited, key=repr) == sorted(waited, key=repr)


def by_key(rows: Iterable[Row]) -> Mapping[str, Any]:
    """Add up rows with the same keys: the database's pieces, a month and its neighbour's edge."""
    found: dict[str, Any] = {}
    for row in rows:
        key = repr(sorted(row.keys.items()))
        sums, counts = found.setdefault(key, ({}, {}))
        for total, more in ((sums, row.sums), (counts, row.counts)):
            total |= {name: total.get(name, 0) + number for name, number in more.items()}
    return found


def undated(found: Iterable[Group]) -> Iterable[Group]:
    """Leave out when the first was: of what ended, kept sums still know it."""
    return (replace(group, first=None) for group in found)


def groups(found: Iterable[Group]) -> list[str]:
    return sorted(repr((group.row, sorted(group.counts.items()), group.first)) for group in found)

"""The lists, with both drivers, from documents as the runtime writes them."""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta

import pytest
import pytest_asyncio

from services.runtime.mongo import close_client, database, open_client
from services.runtime.projections import View, write
from services.tracker import model as m
from services.tracker.handlers import view
from services.tracker.store import INDEXES, VIEW, Query, Store

TODAY = date(2024, 9, 6)


@pytest_asyncio.fixture(params=["pymongo", "motor"])
async def store(
    request: pytest.FixtureRequest,
    mongo_url: str,
    db_name: str,
    to_stage: Callable[[m.Stage], m.Project],
    play: Callable[..., m.Project],
) -> AsyncIterator[Store]:
    """One project of each stage, named by it, in 410527; a disputed one and one of the city."""
    if request.param == "motor":
        pytest.importorskip("motor")
    client = open_client(mongo_url, request.param)
    db = database(client, db_name)
    await db[VIEW].create_indexes(list(INDEXES[VIEW]))
    states = {stage.value: to_stage(stage) for stage in m.Stage}
    states["disputed"] = play(m.Dispute("d", 12, TODAY, m.Limit(10, 30)))
    documents = {name: View(1, shown) for name, state in states.items() if (shown := view(state))}
    documents["city"] = View(1, {**documents["registered"].document, "division": "410500"})
    await write(db[VIEW], documents)
    yield Store(db)
    await close_client(client)


STAGES = {"delivered", "disputed", "funded", "registered", "resumed", "studying"}
CASES: list[tuple[Query, set[str]]] = [
    (Query(), STAGES | {"city"}),
    (Query(area="4105"), STAGES | {"city"}),
    (Query(area="410527"), STAGES),
    (Query(area="410526"), set()),
    (Query(area="4105", division="410500"), {"city"}),
    (Query(area="410527", division="4105"), STAGES),
    (Query(stage="registered"), {"registered", "disputed", "city"}),
    (Query(risk=True), {"disputed"}),
    (Query(risk=False), STAGES - {"disputed"} | {"city"}),
    (Query(after="funded"), {"registered", "resumed", "studying"}),
]


@pytest.mark.parametrize(("query", "expected"), CASES)
async def test_a_list_holds_what_is_asked_for_in_the_order_of_ids(
    store: Store, query: Query, expected: set[str]
) -> None:
    found = [item["_id"] for item in await store.projects(query, 50, TODAY)]
    assert found == sorted(expected)


async def test_a_page_is_no_longer_than_asked(store: Store) -> None:
    found = await store.projects(Query(), 3, TODAY)
    assert [item["_id"] for item in found] == ["city", "delivered", "disputed"]


@pytest.mark.parametrize(("days", "expected"), [(29, {"disputed"}), (30, set())])
async def test_a_risk_ends_with_its_last_day(store: Store, days: int, expected: set[str]) -> None:
    found = await store.projects(Query(risk=True), 50, TODAY + timedelta(days=days))
    assert {item["_id"] for item in found} == expected


async def test_a_meeting_takes_those_who_wait_longest_first(store: Store) -> None:
    study = await store.to_meet("study", "410527", 50)
    assert [item["_id"] for item in study] == ["studying", "disputed", "registered"]
    building = await store.to_meet("city_construction", "", 50)
    assert [item["_id"] for item in building] == ["funded", "resumed"]


async def test_petition_reception_takes_those_with_disputes(store: Store) -> None:
    found = await store.disputed("410527", 50, TODAY)
    assert [item["_id"] for item in found] == ["disputed"]
    assert not await store.disputed("410526", 50, TODAY)

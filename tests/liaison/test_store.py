"""Each list is a range of one index, in its order: nothing is gone through, nothing sorted."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.liaison.store import INDEXES, VIEW, Page, Store
from services.runtime.mongo import close_client, database, open_client

Json = dict[str, Any]
PAGES = [
    Page("instruction 4105 open", until="2024-03-15"),
    Page("meeting 4105", latest_first=True),
    Page("member 4105 current", after=("410526 法院 王某", "member:a")),
    Page("instruction tax.410526", more={"division": {"$gte": "4105", "$lt": "4105:"}}),
]


def stages(plan: Any) -> list[str]:
    if isinstance(plan, dict):
        own = [plan["stage"]] if isinstance(plan.get("stage"), str) else []
        return own + [stage for part in plan.values() for stage in stages(part)]
    return [stage for part in plan for stage in stages(part)] if isinstance(plan, list) else []


class Explaining:
    """Stands for the collection, and gives what the database would do."""

    def __init__(self, collection: Any) -> None:
        self._collection, self.cursor = collection, Any

    def find(self, *args: Any) -> Any:
        self.cursor = self._collection.find(*args)
        return self.cursor


@pytest.fixture
async def store(mongo_url: str, db_name: str) -> Any:
    client = open_client(mongo_url)
    collection = database(client, db_name)[VIEW]
    await collection.create_indexes(list(INDEXES[VIEW]))
    documents: list[Json] = [
        {"_id": f"{number}", "scopes": [f"instruction {number % 7}", "all"], "order": str(number),
         "reviewed": [f"c{number}"]}
        for number in range(300)
    ]  # fmt: skip
    await collection.insert_many(documents)
    made = Store(database(client, db_name))
    made._register = Explaining(collection)
    yield made
    await close_client(client)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.scope)
async def test_a_page_is_read_from_the_index_in_its_order(store: Any, page: Page) -> None:
    await store.page(page, 50)
    used = stages((await store._register.cursor.explain())["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in used
    assert not {"COLLSCAN", "SORT"} & {*used}


async def test_what_is_due_and_what_was_reviewed_is_found_by_an_index(store: Any) -> None:
    await store.due(datetime.now(UTC), 10)
    due = stages((await store._register.cursor.explain())["queryPlanner"]["winningPlan"])
    assert await store.reviewed(["c7", "c8", "x"]) == {"c7", "c8"}
    reviewed = stages((await store._register.cursor.explain())["queryPlanner"]["winningPlan"])
    for used in (due, reviewed):
        assert "IXSCAN" in used
        assert not {"COLLSCAN", "SORT"} & {*used}

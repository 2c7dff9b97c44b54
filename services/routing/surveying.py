"""Going through many stored cases, some at a time: rehearsals, and what an office has open."""

from collections.abc import AsyncIterator
from typing import TypeAlias

from services.routing.facts import Fact
from services.routing.model import Case, Input
from services.routing.rehearsal import Tally, compare
from services.routing.rulebook import Rulebook
from services.routing.searching import STATES, Scope, Search
from services.routing.store import Store
from services.runtime.engine import Engine
from services.runtime.fold import fold

SLICE = 20
"""Cases listed and folded at once: the loop is others', too."""

RoutingEngine: TypeAlias = Engine[Case, Input, Fact]


async def states(
    engine: RoutingEngine, store: Store, scope: Scope, search: Search
) -> AsyncIterator[Case]:
    """Give the cases of a search, newest first, folded from their streams."""
    after: str | None = None
    while True:
        page = await store.cases(scope, search, SLICE, after)
        names = [item["_id"] for item in page.cases]
        loaded = await engine.commits.load(names)
        for name in names:
            yield fold(engine.stream, name, loaded[name]).state
        after = page.next
        if after is None:
            return


async def open_at(engine: RoutingEngine, store: Store, office: str) -> int:
    """Count an office's open assignments; what was routed a second ago may be missed."""
    count = 0
    for state in STATES:
        if state == "closed":
            continue
        search = Search(state=state, office=office)
        async for case in states(engine, store, Scope(), search):
            count += sum(given.issue.office == office for given in case.open())
    return count


async def rehearse(  # noqa: PLR0913, PLR0917 - which cases, by which rules
    engine: RoutingEngine,
    store: Store,
    scope: Scope,
    search: Search,
    limit: int,
    books: tuple[Rulebook, Rulebook],
) -> Tally:
    """Decide on the newest filings of a search by both rulebooks. Stores nothing."""
    tally = Tally()
    async for case in states(engine, store, scope, search):
        if tally.cases >= limit:
            tally.complete = False
            break
        if case.filing is not None:
            tally.add(case.case_id, case.filing, compare(*books, case.filing))
    return tally

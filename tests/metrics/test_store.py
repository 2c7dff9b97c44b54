"""The database's sums against the same figures worked out one by one from the facts."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from fractions import Fraction
from math import ceil
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from services.metrics.catalogue.counting import STREAMS
from services.metrics.catalogue.figure import Part
from services.metrics.cubes import total
from services.metrics.figures import (
    ASSIGNMENT_FIGURES,
    CASE_FIGURES,
    WAITS,
    assignment_figures,
    case_figures,
    coarse,
    completed,
)
from services.metrics.model import Assignment, Case, Subject
from services.metrics.periods import parse
from services.metrics.store import INDEXES, VIEW, By, Query, Store
from services.metrics.summary import figures, rows
from services.metrics.views import view
from services.metrics.windows import window
from services.runtime.mongo import Database, close_client, database, open_client

CASES = 150
QUERIES = (
    Query(),
    Query(period=parse("2024-01..2024-03")),
    Query(period=parse("1999")),
    Query(division="410500"),
    Query(division="410526", kind="bankruptcy"),
    Query(office="tax.410526"),
    Query(period=parse("2024-02"), office="housing.410527", division="410500"),
)
BYS: tuple[By, ...] = ("agency", "office", "kind", "division")


@pytest.fixture(scope="module")
def cases(made: Any) -> list[Subject]:
    """Cases at any point of their lives."""
    rng = Random(20240906)
    return [made.fold(facts, id_) for id_, facts in (made.history(rng, n) for n in range(CASES))]


@pytest_asyncio.fixture(scope="module", params=["pymongo", "motor"])
async def store(
    mongo_url: str, cases: list[Subject], made: Any, request: pytest.FixtureRequest
) -> AsyncIterator[Store]:
    client = open_client(mongo_url, request.param)
    db: Database = database(client, f"test_metrics_{request.param}")
    await client.drop_database(db.name)
    for collection, indexes in INDEXES.items():
        await db[collection].create_indexes(list(indexes))
    parked = made.fold([made.f.Parked("q.routing", "poison", made.T0)], "m1")
    project = made.fold([made.f.Registered("410500", "某小区", made.T0)], "p1")
    subjects = [*cases, parked, project]
    await db[VIEW].insert_many(
        [{"_id": item.id, "rev": 1, **(view(item) or {})} for item in subjects]
    )
    yield Store(db)
    await client.drop_database(db.name)
    await close_client(client)


def chosen(cases: Iterable[Subject], query: Query) -> list[tuple[Case, list[Assignment]]]:
    found = []
    for subject in cases:
        case = subject.case
        assert case is not None
        assert case.division is not None
        assert case.filed_on is not None
        given = [item for item in case.assignments.values() if query.office in (None, item.office)]
        division = query.division or ""
        inside = case.division.startswith(division.removesuffix("00"))
        within = not query.period or query.period.begin <= case.filed_on <= query.period.end
        if within and inside and query.kind in (None, case.kind) and (given or not query.office):
            found.append((case, given))
    return found


def expected(cases: list[tuple[Case, list[Assignment]]]) -> dict[str, Any]:
    """Work out a row without the database, without sums by parts and without rounding first."""
    given = [completed(item) for _, items in cases for item in items]
    of_cases = [case_figures(case) for case, _ in cases]
    of_given = [assignment_figures(item) for item in given]
    return {
        "cases": {name: sum(name in item for item in of_cases) for name in CASE_FIGURES},
        "assignments": {
            name: sum(name in item for item in of_given) for name in ASSIGNMENT_FIGURES
        },
        "seconds": {what: lengths(given, what) for what in WAITS},
    }


def lengths(given: Iterable[Assignment], what: str) -> dict[str, Any]:
    ends = {
        "delivery": lambda item: item.delivered_at,
        "receipt": lambda item: item.received_at,
        "resolution": lambda item: item.resolved and item.resolved.at,
    }
    times = [(item.issued_at, ends[what](item)) for item in given]
    all_ms = sorted(round((end - begin).total_seconds() * 1000) for begin, end in times if end)
    if not all_ms:
        return {"n": 0, "mean": None, "median": None, "p90": None}
    n = len(all_ms)
    return {
        "n": n,
        "mean": sum(all_ms) / n / 1000,
        "median": coarse(all_ms[ceil(Fraction(n, 2)) - 1]) / 1000,
        "p90": coarse(all_ms[ceil(Fraction(9 * n, 10)) - 1]) / 1000,
    }


def grouped(
    cases: list[tuple[Case, list[Assignment]]], by: By
) -> Mapping[str, list[tuple[Case, list[Assignment]]]]:
    found: dict[str, list[tuple[Case, list[Assignment]]]] = defaultdict(list)
    for case, given in cases:
        if by in ("agency", "office"):
            for key in {getattr(item, by) for item in given}:
                found[key].append((case, [item for item in given if getattr(item, by) == key]))
        else:
            found[getattr(case, by)].append((case, given))
    return found


@pytest.mark.parametrize("by", BYS)
@pytest.mark.parametrize("query", QUERIES)
async def test_the_database_adds_up_what_the_facts_say(
    store: Store, cases: list[Subject], query: Query, by: By
) -> None:
    parts = await store.cases(query, (by,)), await store.assignments(query, (by,))
    found = rows(*parts, await store.waits(query, (by,)))
    wanted = grouped(chosen(cases, query), by)
    assert [row["key"] for row in found] == sorted(wanted)
    for row in found:
        assert {name: row[name] for name in ("cases", "assignments", "seconds")} == expected(
            wanted[row["key"]]
        )


@pytest.mark.parametrize("query", QUERIES)
async def test_the_total_counts_a_case_once(
    store: Store, cases: list[Subject], query: Query
) -> None:
    parts = await store.cases(query, ()), await store.assignments(query, ("agency",))
    found = figures(*parts, await store.waits(query, ("agency",)))
    wanted = expected(chosen(cases, query))
    assert {name: found[name] for name in wanted} == wanted


async def test_rates_say_what_they_are_made_of(store: Store) -> None:
    empty = figures(await store.cases(QUERIES[2], ()), [], [])
    assert empty["rates"]["closed"] == {"share": None, "numerator": 0, "denominator": 0}
    found = figures(await store.cases(Query(), ()), [], [])
    rate = found["rates"]["closed"]
    assert rate["denominator"] == CASES
    assert rate["share"] == rate["numerator"] / CASES
    assert 0 < rate["share"] < 1


async def test_messages_that_wait_are_counted_by_reason(store: Store, made: Any) -> None:
    (group,) = await store.parked()
    assert (group.row, group.counts, group.first) == (("poison",), {"parked": 1}, made.T0)


async def test_the_cases_of_a_period_are_found_by_index(store: Store) -> None:
    plans = []
    for wanted in (
        {"filed_on": {"$gte": "2024-01-01", "$lte": "2024-01-31"}, "what": "case"},
        {"filed_on": {"$gte": "2024-01-01"}, "division": "410526", "what": "case"},
        {"assignments.office": "tax.410526", "what": "case"},
        {"waiting": True},
    ):
        plan = await store._cases.find(wanted).explain()
        plans.append(str(plan["queryPlanner"]["winningPlan"]))
    assert all("IXSCAN" in plan and "COLLSCAN" not in plan for plan in plans)


def test_the_cohort_holds_something_of_everything(cases: list[Subject]) -> None:
    everything = expected(chosen(cases, Query()))
    assert min(everything["cases"].values()) > 0
    assert min(everything["assignments"].values()) > 0
    assert min(item["n"] for item in everything["seconds"].values()) > 0


@pytest.mark.parametrize("division", ["410500", "410526"])
@pytest.mark.parametrize("cumulative", [False, True])
async def test_streams_are_added_up_as_the_documents_say(
    store: Store, cases: list[Subject], division: str, *, cumulative: bool
) -> None:
    days = window(division, parse("2024-02..2024-03"), cumulative=cumulative)
    entries: list[dict[str, Any]] = [
        entry
        for case in cases
        for entry in (view(case) or {})["entries"]
        if ("" if cumulative else "2024-02-01") <= entry["on"] <= "2024-03-31"
        if entry["d"].startswith(division.removesuffix("00"))
    ]
    for name in ("filed", "ended", "assignments", "deadlines"):
        rows = await store.cube(days, STREAMS[name])
        own = [entry for entry in entries if entry["f"] == name]
        for added in STREAMS[name].sums:
            found = total(rows, Part(name, added))
            numbers = [entry[added] for entry in own if added in entry]
            assert (found.value, found.entries) == (sum(numbers), len(numbers))
        behind = [
            item async for item in store.behind(days, name, Part(name, STREAMS[name].sums[0]))
        ]
        assert sum(len(item["entries"]) for item in behind) >= len(behind)
        assert all(entry in own for item in behind for entry in item["entries"])
    assert {entry["f"] for entry in entries} >= {"filed", "ended", "assignments", "deadlines"}

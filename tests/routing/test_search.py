"""Searches on the real database: right, within what one may see, and served by one index."""

import itertools
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pymongo
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.monitoring import CommandListener, CommandStartedEvent

from services.routing.access import scope
from services.routing.grams import fold
from services.routing.searching import Scope, Search, listed
from services.routing.store import BUDGET, INDEXES, VIEW, Store
from services.runtime.auth import Caller, Role
from services.runtime.mongo import Database, database

Doc = dict[str, Any]
OFFICES = ("tax.410526", "tax.410500", "court.410526")
DIVISIONS = ("410500", "410526", "410502", "411500")
STATES = ("open", "desk", "closed")
KINDS = ("bankruptcy", "civil_dispute")
DAYS = tuple(date(2026, 1, 1) + timedelta(days=day) for day in range(4))
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Listener(CommandListener):
    """Keeps the searches that are sent."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in ("find", "aggregate"):
            self.sent.append(event.command)

    def succeeded(self, event: Any) -> None:
        """Nothing to note."""

    def failed(self, event: Any) -> None:
        """Nothing to note."""


class Opened(NamedTuple):
    db: Database
    listener: Listener


@pytest.fixture(scope="module")
def name() -> str:
    return f"test_search_{random.getrandbits(40):x}"


@pytest_asyncio.fixture(scope="module")
async def opened(mongo_url: str, name: str) -> AsyncIterator[Opened]:
    listener = Listener()
    client = pymongo.AsyncMongoClient[Doc](mongo_url, event_listeners=[listener], tz_aware=True)
    db = database(client, name)
    for collection, indexes in INDEXES.items():
        await db[collection].create_indexes(list(indexes))
    yield Opened(db, listener)
    await client.drop_database(name)
    await client.close()


def case_id(number: int) -> str:
    digits = "abcdefghijklmnopqrstuvwxyz234567"
    return "c" + "".join(digits[number >> 5 * place & 31] for place in reversed(range(24)))


def document(count: int, /, **shown: Any) -> Doc:
    made = {
        "number": "1", "title": "题", "filer": "court.410526", "kind": "bankruptcy",
        "state": "open", "division": "410526", "offices": [], "waiting": [], "overdue": False,
        "desk": False, "filed_on": "2026-01-01", "filed_at": NOW + timedelta(seconds=count),
    } | shown  # fmt: skip
    names: Any = made.setdefault("names", [])
    return {"_id": case_id(count), **made, **listed(case_id(count), made, names)}


# --- what is found is what a look at every case would find

some = st.sampled_from
PART = st.text("某甲1号A ", max_size=3)
IDS = some([case_id(number) for number in range(3)])
DOCS = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.text("某1号Ａ", min_size=1, max_size=5),
            "title": st.text("某甲号", min_size=1, max_size=5),
            "names": st.lists(st.text("某甲1a ", min_size=1, max_size=5), max_size=3),
            "filer": some(OFFICES),
            "kind": some(KINDS),
            "state": some(STATES),
            "division": some(DIVISIONS),
            "offices": st.lists(some(OFFICES), unique=True, max_size=2),
            "waiting": st.lists(some(OFFICES), unique=True, max_size=2),
            "overdue": st.booleans(),
            "desk": st.booleans(),
            "filed_on": some([day.isoformat() for day in DAYS]),
        }
    ),
    min_size=3,
    max_size=8,
)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "state": some(STATES), "office": some(OFFICES), "kind": some(KINDS),
    "division": some(DIVISIONS), "overdue": st.booleans(), "desk": st.booleans(),
    "waiting": some(OFFICES), "q": PART | IDS, "number": PART | IDS, "party": PART,
    "filed_from": some(DAYS), "filed_to": some(DAYS),
}  # fmt: skip
# few conditions at a time: with all of them hardly anything would ever be found
SEARCHES = st.sets(some(sorted(PARTS)), max_size=2).flatmap(
    lambda names: st.builds(Search, **{name: PARTS[name] for name in names})
)
CALLERS = st.one_of(
    st.builds(Caller, st.just("k"), some([Role.FILER, Role.OFFICER]), some(OFFICES), st.none(),
              st.just("")),
    st.builds(Caller, st.just("k"), st.just(Role.LIAISON), st.none(), some(DIVISIONS), st.just("")),
    st.just(Caller("k", Role.OPERATOR, None, None, "")),
)  # fmt: skip


def may_see(caller: Caller, doc: Doc) -> bool:
    match caller.role:
        case Role.FILER:
            return bool(doc["filer"] == caller.office)
        case Role.OFFICER:
            return caller.office in doc["offices"]
        case Role.LIAISON:
            own = str(caller.division)
            return bool(doc["division"] == own) or (
                own.endswith("00") and doc["division"][:4] == own[:4]
            )
        case Role.OPERATOR:
            return True


def is_wanted(search: Search, doc: Doc) -> bool:
    texts = [fold(text) for text in (doc["number"], doc["title"], *doc["names"])]
    q, number, party = (fold(text or "") for text in (search.q, search.number, search.party))
    tree = (search.division or "").removesuffix("00")
    return all(
        [
            search.state in (None, doc["state"]),
            search.office in (None, *doc["offices"]),
            search.waiting in (None, *doc["waiting"]),
            search.kind in (None, doc["kind"]),
            doc["division"].startswith(tree) if search.division else True,
            search.overdue in (None, doc["overdue"]),
            search.desk in (None, doc["desk"]),
            search.filed_from is None or search.filed_from.isoformat() <= doc["filed_on"],
            search.filed_to is None or doc["filed_on"] <= search.filed_to.isoformat(),
            q == doc["_id"] if len(q) == 25 else any(q in text for text in texts),
            number == doc["_id"] if len(number) == 25 else texts[0].startswith(number),
            any(party in text for text in texts[1:]),
        ]
    )


async def pages(store: Store, seen: Scope, search: Search, limit: int) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = await store.cases(seen, search, limit, after)
        assert len(page.cases) <= limit
        found += [item["_id"] for item in page.cases]
        if page.next is None:
            return found
        assert after is None or page.next < after
        after = page.next


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOCS, st.lists(st.tuples(CALLERS, SEARCHES), min_size=4, max_size=8), st.integers(1, 3),
       st.sampled_from([1, 2, BUDGET]))  # fmt: skip
async def test_a_search_finds_what_a_look_at_every_case_would_and_nothing_of_anothers(
    opened: Opened, shown: list[Doc], asked: list[tuple[Caller, Search]], limit: int, budget: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.routing.store.BUDGET", budget)
        await compare(opened, shown, asked, limit)


TEXTS = st.builds(
    lambda field, text: Search(**{field: text}),
    some(["q", "number", "party"]),
    st.text("某甲1号A", min_size=1, max_size=3),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOCS, st.lists(TEXTS, min_size=6, max_size=10))
async def test_a_part_of_a_text_is_found_where_it_stands_together_and_nowhere_else(
    opened: Opened, shown: list[Doc], searches: list[Search]
) -> None:
    operator = Caller("k", Role.OPERATOR, None, None, "")
    await compare(opened, shown, [(operator, search) for search in searches], 8)


async def compare(
    opened: Opened, shown: list[Doc], asked: list[tuple[Caller, Search]], limit: int
) -> None:
    cases = opened.db[VIEW]
    await cases.delete_many({})
    docs = [document(number, **item) for number, item in enumerate(shown)]
    await cases.insert_many([dict(doc) for doc in docs])
    newest = sorted(docs, key=lambda doc: (doc["filed_on"], doc["filed_at"]), reverse=True)
    for caller, search in asked:
        expected = [doc["_id"] for doc in newest if may_see(caller, doc) and is_wanted(search, doc)]
        assert await pages(Store(opened.db), scope(caller), search, limit) == expected


async def test_a_case_with_more_names_than_it_is_listed_under_is_found_by_the_last(
    opened: Opened,
) -> None:
    await opened.db[VIEW].delete_many({})
    names = [chr(0x4E00 + number) + chr(0x5E00 + number) + "户" for number in range(500)]
    await opened.db[VIEW].insert_many([document(1, names=names), document(2, names=[names[-1]])])
    found = await pages(Store(opened.db), Scope(), Search(party=names[-1]), 5)
    assert found == [case_id(2), case_id(1)]


async def test_pages_stay_as_they_are_while_cases_come_in(opened: Opened) -> None:
    cases, store = opened.db[VIEW], Store(opened.db)
    await cases.delete_many({})
    await cases.insert_many([document(number) for number in range(6)])
    first = await store.cases(Scope(), Search(), 2)
    await cases.insert_many([document(10), document(11, filed_on="2025-12-31")])
    second = await store.cases(Scope(), Search(), 2, first.next)
    third = await store.cases(Scope(), Search(), 9, second.next)
    found = [item["_id"] for page in (first, second, third) for item in page.cases]
    assert found == [case_id(number) for number in (5, 4, 3, 2, 1, 0, 11)]


# --- how it is found

MANY = 5000
ASKED: dict[str, Any] = {
    "state": "open", "office": "tax.410526", "kind": "civil_dispute", "division": "410526",
    "overdue": True, "not_overdue": False, "desk": True, "waiting": "tax.410526", "q": "某置业",
    "number": "（2026）豫0526", "party": "有限公司", "one_q": "张", "filed_from": date(2026, 1, 20),
    "filed_to": date(2026, 2, 10),
}  # fmt: skip
SEEN = {
    "operator": Scope(), "liaison": Scope(divisions="4105"), "officer": Scope(office="tax.410526"),
    "filer": Scope(filer="court.410526"),
}  # fmt: skip
FAMILIES = [
    *itertools.product(SEEN, [(), *((name,) for name in ASKED)]),
    *zip(itertools.cycle(SEEN), itertools.combinations(ASKED, 2), strict=False),
]


def seeded() -> Iterator[Doc]:
    """Make cases of which every part is common, and most pairs are."""
    rng = random.Random(1)
    for number in range(MANY):
        division = rng.choice(("410526", "410526", "410502"))
        yield document(
            number,
            number=f"（2026）豫{division[2:]}民初{number}号",
            title=f"某置业{number}商品房买卖合同纠纷",
            names=[f"安阳市某置业{number}有限公司", f"张某{number}"],
            filer=rng.choice(("court.410526", "court.410526", "court.410502")),
            kind=rng.choice(("civil_dispute", "bankruptcy")),
            state=rng.choice(("open", "closed")),
            division=division,
            offices=["tax.410526"] if rng.random() < 0.7 else [],
            waiting=["tax.410526"] if rng.random() < 0.5 else [],
            overdue=rng.random() < 0.4,
            desk=rng.random() < 0.4,
            filed_on=(date(2026, 1, 1) + timedelta(days=rng.randrange(90))).isoformat(),
        )


@pytest_asyncio.fixture(scope="module")
async def many(opened: Opened) -> Opened:
    cases: AsyncCollection[Doc] = opened.db[VIEW]
    await cases.delete_many({})
    await cases.insert_many(seeded(), ordered=False)
    return opened


class Effort(NamedTuple):
    plan: str
    keys: int
    docs: int


async def efforts(opened: Opened, seen: Scope, search: Search, limit: int = 20) -> list[Effort]:
    """Search, and have the database explain each command that was really sent."""
    opened.listener.sent.clear()
    await Store(opened.db).cases(seen, search, limit)
    sent = [dict(command) for command in opened.listener.sent]
    assert sent
    return [await _explained(opened.db, command) for command in sent]


async def _explained(db: Database, sent: Doc) -> Effort:
    dropped = ("lsid", "$clusterTime", "$db", "readConcern", "maxTimeMS", "$readPreference")
    command = {key: value for key, value in sent.items() if key not in dropped}
    found = await db.command({"explain": command, "verbosity": "executionStats"})
    while "stages" in found:
        found = found["stages"][0]["$cursor"]
    stats = found["executionStats"]
    plan = str(found["queryPlanner"]["winningPlan"])
    return Effort(plan, stats["totalKeysExamined"], stats["totalDocsExamined"])


def search_of(*asked: str) -> Search:
    plain = {name.removeprefix("not_").removeprefix("one_"): ASKED[name] for name in asked}
    return Search(**plain)


@pytest.mark.parametrize(("role", "asked"), FAMILIES)
async def test_no_search_scans_the_collection_or_sorts_or_looks_at_more_than_a_budget(
    many: Opened, role: str, asked: tuple[str, ...]
) -> None:
    for effort in await efforts(many, SEEN[role], search_of(*asked)):
        assert "IXSCAN" in effort.plan or "COUNT_SCAN" in effort.plan
        assert "COLLSCAN" not in effort.plan
        assert "'SORT'" not in effort.plan
        assert effort.docs <= BUDGET
        assert effort.keys <= BUDGET + 10


@pytest.mark.parametrize("role", SEEN)
@pytest.mark.parametrize(
    "search",
    [
        Search(number="（2026）豫0526民初777号"),
        Search(q=case_id(77), state="open"),
        Search(party="张某777", kind="civil_dispute"),
        Search(q="置业2345商", overdue=True, office="tax.410526"),
        Search(filed_from=date(2026, 1, 3), filed_to=date(2026, 1, 3), state="open"),
        Search(filed_from=date(2027, 1, 1), waiting="tax.410526", kind="bankruptcy"),
    ],
)
async def test_what_little_is_asked_for_costs_little(
    many: Opened, role: str, search: Search
) -> None:
    *counted, last = await efforts(many, SEEN[role], search)
    assert last.docs <= MANY / 20
    assert last.keys <= MANY / 20
    assert all(effort.docs == 0 for effort in counted)  # the index alone tells how rare a term is

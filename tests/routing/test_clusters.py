"""Which cases are alike, whom it is told, and when. The rules pure, the look on the database."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuyuan_contracts import events as e
from fuyuan_contracts.ids import case_id
from services.routing.clusters import OTHERS, Member, Sizing, cluster_of, shown, to_tell
from services.routing.evolving import evolve
from services.routing.inputs import File, LikeCases
from services.routing.link_facts import Cluster, Clustered, ClusteredSent
from services.routing.linking import STEPS, has_grown, step
from services.routing.model import Case
from services.routing.naming import MOST, Likeness, likenesses
from services.routing.rulebook import Filing, Rulebook
from services.routing.rules import decide
from services.routing.wording import to_wire
from services.runtime.domain import NotYetError
from services.runtime.service import Service
from services.runtime.streams import Work

CASE = "c" + "a" * 24
DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
CODE = "91410500MA0000001B"
PARTY = Likeness("party", "party name 某公司", "某公司")


def filing_with(details: dict[str, Any], contact: dict[str, Any] | None = None) -> Filing:
    extra = {"contact": contact} if contact else {}
    return Filing(details["kind"], "410526", "ordinary", (), details, extra=extra)


def keys(details: dict[str, Any], contact: dict[str, Any] | None = None) -> set[str]:
    return {item.key for item in likenesses(filing_with({"kind": "x", **details}, contact))}


A = {"division": "410526", "name": "某小区"}
ZHANG = {"name": "张某", "type": "person"}
ALIKE: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"debtor": {"name": "甲", "credit_code": CODE}},
     {"developer": {"name": "改名后", "credit_code": CODE}}, True),
    ({"debtor": {"name": "某（安阳）公司"}}, {"penalised": {"name": "某(安阳)公司"}}, True),
    ({"debtor": {"name": "甲", "credit_code": CODE}}, {"debtor": {"name": "甲"}}, False),
    ({"parties": [{"name": "乙"}, ZHANG]}, {"creditor": ZHANG}, True),
    ({"participants": [{"name": "街道办", "role": "mediator"}]},
     {"participants": [{"name": "街道办", "role": "mediator"}]}, False),
    ({"participants": [{"name": "村民", "role": "applicant"}]},
     {"applicant": {"name": "村民"}}, True),
    ({"project": A}, {"project": dict(A)}, True),
    ({"project": A}, {"project": {**A, "division": "410527"}}, False),
    ({"respondent": "housing.410526", "action": "征补〔2026〕1号"},
     {"defendant": "housing.410526", "action": "征补［2026］1号"}, True),
    ({"respondent": "housing.410526", "action": "安罗高速"},
     {"defendant": "housing.410526", "action": "安罗 高速"}, True),
    ({"respondent": "housing.410526", "action": "安罗高速"},
     {"respondent": "housing.410500", "action": "安罗高速"}, False),
    ({"respondent": "housing.410526"}, {"respondent": "housing.410526"}, False),
    ({"action": "impose", "subject": {"name": "甲"}}, {"action": "impose"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "alike"), ALIKE)
def test_cases_are_alike_by_party_project_or_action(
    one: dict[str, Any], other: dict[str, Any], *, alike: bool
) -> None:
    assert bool(keys(one) & keys(other)) is alike


def test_a_person_is_known_by_the_contacts_digest_where_it_is_the_same_one() -> None:
    party = {"debtor": ZHANG}
    one, same, another = ({"name": "张某", "digest": digest} for digest in ("d1", "d1", "d2"))
    assert keys(party, one) == keys(party, same)
    assert not keys(party, one) & keys(party, another)
    assert not keys(party, one) & keys(party)
    assert keys(party, {"name": "李某", "digest": "d1"}) == keys(party)


def test_hundreds_of_parties_leave_room_for_the_project() -> None:
    parties = [{"name": f"户{number}"} for number in range(300)]
    found = keys({"parties": parties, "project": A})
    assert len(found) == MOST
    assert any(key.startswith("project") for key in found)


@pytest.mark.parametrize(
    ("told", "size", "news"),
    [
        (0, 2, False), (0, 3, True), (0, 7, True), (3, 4, False), (3, 5, True), (5, 9, False),
        (9, 10, True), (10, 19, False), (10, 20, True), (99, 100, True), (1000, 1999, False),
        (1000, 2000, True), (2000, 4000, True), (20, 3, False),
    ],
)  # fmt: skip
def test_a_cluster_is_told_at_first_and_when_it_has_grown_by_a_step(
    told: int, size: int, *, news: bool
) -> None:
    assert has_grown(told, size, 3) is news


@given(st.integers(2, 40), st.lists(st.integers(1, 5), max_size=400))
def test_news_of_a_cluster_grow_rarer_the_larger_it_is(least: int, joining: list[int]) -> None:
    told, size, news = 0, 0, 0
    for number in joining:
        size += number
        if has_grown(told, size, least):
            assert size >= least
            told, news = size, news + 1
    assert news <= 1 + sum(mark <= size for mark in STEPS)
    assert step(told, least) == step(size, least)


def cluster(size: int, key: str = "k", cases: tuple[str, ...] = ()) -> Cluster:
    return Cluster("party", key, "某公司", size, 90, DAY, cases)


@pytest.fixture
def filed(book: Rulebook, filing: Callable[..., Filing]) -> Case:
    state = Case(CASE)
    for fact in decide(state, File(filing(needs=("tax_clearance", "retirement")), book), NOW):
        state = evolve(state, fact)
    return state


def test_each_office_at_work_is_told_once_with_its_own_assignments(filed: Case) -> None:
    facts = decide(filed, LikeCases((cluster(4), cluster(2, "small")), 3), NOW)
    assert [type(fact) for fact in facts] == [Clustered, ClusteredSent, ClusteredSent]
    said = []
    for fact in facts:
        filed = evolve(filed, fact)
        out = to_wire(filed, fact)
        assert out is not None
        assert isinstance(out.data, e.CaseClustered)
        assert [item.size for item in out.data.clusters] == [4]
        said.append((out.exchange, out.key, out.data.assignment_ids))
    assert said == [
        ("evt", "case.clustered.bankruptcy", ()),
        ("inbox", "social_security.410526", (f"{CASE}.retirement.1",)),
        ("inbox", "tax.410526", (f"{CASE}.tax_clearance.1",)),
    ]
    assert decide(filed, LikeCases((cluster(4),), 3), NOW) == ()
    again = decide(filed, LikeCases((cluster(4), cluster(3, "another")), 3), NOW)
    assert isinstance(again[0], Clustered)
    assert [item.key for item in again[0].clusters] == ["another"]


def test_a_closed_case_is_told_nothing_and_an_unknown_one_is_no_case(filed: Case) -> None:
    closed = replace(filed, closed=object())  # type: ignore[arg-type]
    assert decide(closed, LikeCases((cluster(4),), 3), NOW) == ()
    with pytest.raises(NotYetError):
        decide(Case(CASE), LikeCases((cluster(4),), 3), NOW)


MEMBERS = st.lists(
    st.builds(
        Member,
        st.integers(0, 40).map(lambda number: f"c{number}"),
        st.dates(DAY, DAY + timedelta(days=60)),
        st.booleans(),
        st.integers(0, 40).map(lambda size: {PARTY.key: size} if size else {}),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda member: member.case_id,
)


@given(MEMBERS)
def test_the_newest_and_the_open_are_told_each_of_the_others(members: list[Member]) -> None:
    first = members[0].case_id
    newest = cluster_of(first, PARTY, members, len(members), Sizing())
    assert newest.since == min(member.filed_on for member in members)
    assert len(newest.cases) == min(len(members) - 1, OTHERS)
    told = to_tell(newest, first, members, 3)
    for member in members:
        grown = has_grown(member.told.get(PARTY.key, 0), len(members), 3)
        assert (member.case_id in told) is (grown and (member.open or member.case_id == first))
    for name, found in told.items():
        assert name not in found.cases
        assert len(found.cases) <= OTHERS


@pytest.mark.parametrize("day", [DAY, date.min, date.max])
def test_the_window_reaches_as_far_back_as_ahead(day: date) -> None:
    first, last = Sizing(10).span(day)
    assert first <= day <= last
    assert day != DAY or (first, last) == (date(2026, 2, 20), date(2026, 3, 12))


def test_others_cases_count_but_are_not_named() -> None:
    found = shown(cluster(5, cases=("c1", "c2")), {"c2": {"number": "2", "title": "二"}})
    assert found["cases"] == [{"case_id": "c2", "number": "2", "title": "二"}]
    assert (found["size"], found["hidden"]) == (5, 1)
    assert "key" not in found


# --- the look at what came in, on the real database

Ask = Callable[..., Any]


@pytest.fixture
def file(routing: Service[Any, Any, Any], book: Rulebook, filing: Any) -> Callable[..., Any]:
    async def go(debtor: str, number: int, **changes: Any) -> str:
        made: Filing = filing(**changes)
        details = {**made.details, "debtor": {"name": debtor}}
        reference, filer = f"{debtor}{number}", f"court.{made.division}"
        made = replace(made, details=details, reference=reference, filer=filer)
        name = case_id(b"test", made.filer, reference)
        await routing.engine.submit(Work(name, File(made, book)))
        return name

    return go


async def clustered(ask: Ask, name: str, path: str = "", **who: Any) -> Any:
    for _ in range(200):
        found = (await ask("GET", f"cases/{name}{path}", **who)).json()["clusters"]
        if found:
            break
        await asyncio.sleep(0.05)
    return found


async def test_the_third_like_case_is_told_and_so_are_the_two_before_it(
    ask: Ask, file: Any
) -> None:
    names = [await file("某某重整公司", number) for number in range(2)]
    other = await file("另一公司", 1)
    names.append(await file("某某重整公司", 2, division="410527"))
    for name in names:
        (found,) = await clustered(ask, name)
        assert (found["alike"], found["what"], found["size"]) == ("party", "某某重整公司", 3)
        assert {item["case_id"] for item in found["cases"]} == {*names} - {name}
    assert (await ask("GET", f"cases/{other}")).json()["clusters"] == []
    history = (await ask("GET", f"cases/{names[0]}")).json()["history"]
    assert [item["text"] for item in history if item["what"]["code"] == "clustered"] == [
        "同一当事人：某某重整公司（90天内3件）"
    ]


async def test_like_cases_are_counted_afresh_and_only_ones_own_are_named(
    ask: Ask, file: Any
) -> None:
    names = [await file("某某清算公司", number) for number in range(2)]
    names.append(await file("某某清算公司", 2, division="410527"))
    await file("某某清算公司", 3, filed_on=date(2020, 1, 1))
    await clustered(ask, names[0], "/clusters")
    (found,) = await clustered(ask, names[0], "/clusters", role="filer", office="court.410526")
    assert (found["size"], found["hidden"]) == (3, 1)
    assert [(item["case_id"], item["number"]) for item in found["cases"]] == [
        (names[1], "某某清算公司1")
    ]
    denied = await ask("GET", f"cases/{names[2]}/clusters", role="filer", office="court.410526")
    assert denied.status_code == 404

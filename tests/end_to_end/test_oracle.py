"""The oracle itself: says "clean" of data that are, names what is wrong in those that aren't."""

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any

import pymongo
import pytest

from tests.support.oracle import Oracle, Verdict

CASE = "c1"
FUNDING, RETURNED, AGAIN = "c1.project_funding.1", "c1.tax_clearance.1", "c1.tax_clearance.2"
GIVEN = {FUNDING: "finance.410500", RETURNED: "tax.410500", AGAIN: "tax.410526"}
OUTCOMES = {
    FUNDING: {"task": "project_funding", "result": "done", "amount_fen": 12},
    AGAIN: {"task": "tax_clearance", "result": "done", "owed_fen": 1},
}
Data = dict[str, list[dict[str, Any]]]


def decision(*facts: dict[str, Any], cause: tuple[str, str, int] | None = None) -> dict[str, Any]:
    return {"facts": list(facts)} | ({"cause": [*cause, "id"]} if cause else {})


def commit(subject: str, rev: int, *decisions: dict[str, Any], out: int = 1) -> dict[str, Any]:
    ids = {"_id": f"{subject}/{rev}", "subject": subject, "rev": rev}
    return {**ids, "out": out, "decisions": list(decisions)}


def ended(given: str) -> str:
    return "returned" if given == RETURNED else "resolved"


def healthy() -> Data:
    routed = {
        "type": "routed",
        "assignments": [
            {"assignment_id": given, "office": office} for given, office in GIVEN.items()
        ],
    }
    reports = [
        decision(
            {"type": "reported", "act": ended(g), "assignment_id": g, "outcome": OUTCOMES.get(g)},
            cause=("/offices/x", g, 4),
        )
        for g in GIVEN
    ]
    counted = [
        decision({"type": ended(g), "assignment_id": g}, cause=("/services/routing", CASE, n))
        for n, g in enumerate(GIVEN, 10)
    ]
    closed = decision({"type": "closed"})
    return {
        "intake": [commit(CASE, 1, decision({"type": "filed"}))],
        "routing": [commit(CASE, 1, decision({"type": "filed"}, routed)),
                    commit(CASE, 2, *reports, closed)],
        "metrics": [commit(CASE, 1, decision({"type": "filed"}), *counted, closed, out=0)],
        "tracker": [commit("p1", 1, decision({"type": "funded",
                                              "reference": f"assignment:{FUNDING}"}))],
        "agency_tax": [commit(g, 1, decision({"type": ended(g)})) for g in (RETURNED, AGAIN)],
        "agency_others": [commit(FUNDING, 1, decision({"type": "resolved"}))],
    }  # fmt: skip


class Parked:
    def __init__(self, number: int = 0) -> None:
        self.number = number

    def get(self, service: str, path: str, **params: Any) -> Any:
        assert (service, path, params) == ("parking", "/v1/parked", {})
        return {"parked": self.number}


Judge = Callable[..., Verdict]


@pytest.fixture(scope="module")
def databases(mongo_url: str) -> Iterator[dict[str, Any]]:
    """One set for all tests here, emptied in between: making databases is slow."""
    prefix = f"oracle{os.getpid()}_"
    with pymongo.MongoClient[dict[str, Any]](mongo_url) as client:
        names = (*healthy(), "agency_housing")
        yield {"prefix": prefix} | {name: client[prefix + name] for name in names}
        for name in names:
            client.drop_database(prefix + name)


@pytest.fixture
def judge(mongo_url: str, databases: dict[str, Any]) -> Judge:
    prefix = databases["prefix"]

    def judged(data: Data, parked: int = 0, sent: bool = True) -> Verdict:  # noqa: FBT001, FBT002 - a switch
        for name in databases.keys() - {"prefix"}:
            for collection in ("commits", "sent"):
                databases[name][collection].delete_many({})
        for name, commits in data.items():
            db = databases[name]
            db["commits"].insert_many(copy.deepcopy(commits))
            listed = [item["_id"] for item in commits if item["out"]] if sent else []
            db["sent"].insert_one({"commits": listed})
        return Oracle(mongo_url, prefix, Parked(parked)).verdict([CASE])

    return judged


def test_what_is_well_is_called_clean(judge: Judge) -> None:
    verdict = judge(healthy())
    assert verdict.clean, verdict
    assert (verdict.accepted, verdict.closed, verdict.effects) == (1, 1, 3)


def test_an_assignment_at_an_office_it_was_not_given_to_is_foreign(judge: Judge) -> None:
    data = healthy()
    data["agency_housing"] = [commit(AGAIN, 1, decision({"type": "delivered"}))]
    verdict = judge(data)
    assert (verdict.foreign, verdict.lost, verdict.clean) == (1, 0, False)
    assert f"held by a stranger: agency_housing holds {AGAIN}" in verdict.why


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("intake", "missing: intake filed c1"),
        ("routing", "missing: routing closed c1"),
        ("metrics", "missing: metrics filed c1"),
        ("tracker", f"missing: tracker funded assignment:{FUNDING}"),
        ("agency_tax", f"missing: office ended {AGAIN}"),
    ],
)
def test_what_a_service_has_forgotten_makes_the_case_lost(
    judge: Judge, service: str, said: str
) -> None:
    data = healthy()
    data[service] = [commit("other", 1, decision({"type": "noted", "reference": "x"}))]
    verdict = judge(data)
    assert (verdict.lost, verdict.duplicates) == (1, 0)
    assert said in verdict.why


@pytest.mark.parametrize(
    ("service", "subject", "fact", "said"),
    [
        ("routing", CASE, {"type": "closed"}, "routing closed c1"),
        ("metrics", CASE, {"type": "filed"}, "metrics filed c1"),
        ("metrics", CASE, {"type": "resolved", "assignment_id": AGAIN}, f"metrics ended {AGAIN}"),
        ("agency_tax", AGAIN, {"type": "resolved"}, f"office ended {AGAIN}"),
        ("agency_housing", AGAIN, {"type": "returned"}, f"office ended {AGAIN}"),
        ("tracker", "p1", {"type": "funded", "reference": f"assignment:{FUNDING}"},
         f"tracker funded p1 assignment:{FUNDING}"),
    ],
)  # fmt: skip
def test_an_effect_that_happened_twice_is_a_duplicate(
    judge: Judge, service: str, subject: str, fact: dict[str, Any], said: str
) -> None:
    data = healthy()
    data.setdefault(service, []).append(commit(subject, 9, decision(fact)))
    verdict = judge(data)
    assert (verdict.lost, verdict.duplicates) == (0, 1)
    assert f"more than once: {said}" in verdict.why


def test_an_event_decided_on_twice_is_a_duplicate_even_without_an_effect(judge: Judge) -> None:
    data = healthy()
    data["routing"].append(commit(CASE, 9, decision(cause=("/offices/x", AGAIN, 4))))
    verdict = judge(data)
    assert verdict.duplicates == 1
    assert verdict.why == (f"more than once: routing counted {CASE} /offices/x {AGAIN} 4",)


def test_an_accepted_case_nobody_knows_is_lost(judge: Judge) -> None:
    verdict = judge({name: [commit("z", 1)] for name in healthy()})
    assert (verdict.accepted, verdict.closed, verdict.lost) == (1, 0, 1)


def test_parked_and_unsent_are_counted(judge: Judge) -> None:
    verdict = judge(healthy(), parked=2, sent=False)
    assert (verdict.parked, verdict.unsent, verdict.lost) == (2, 7, 0)
    assert "unsent: routing: c1/2" in verdict.why

"""What is heard of cases and answers becomes decisions about projects."""

from datetime import date, datetime
from typing import Any

import pytest

from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import AccessRevoked, AssignmentResolved, CaseFiled, Data
from fuyuan_contracts.ids import project_id
from services.runtime.domain import RefusedError
from services.runtime.streams import Received, Source
from services.tracker import model as m
from services.tracker.handlers import STREAM, reader, to_wire

LIMIT = m.Limit(10, 30)
read = reader(LIMIT)

CASE = "c" + "a" * 24
ASSIGNMENT = f"{CASE}.project_funding.1"
PROJECT = {"division": "410527", "name": "锦绣家园"}
STALLED = {
    "kind": "stalled_project",
    "project": PROJECT,
    "developer": {"name": "某置业公司"},
    "stalled_since": "2014-03-01",
    "households": 277,
}
BANKRUPT = {
    "kind": "bankruptcy",
    "debtor": {"name": "某置业公司"},
    "procedure": "reorganisation",
    "needs": ["housing_continuation"],
    "project": PROJECT,
}
SUIT = {"kind": "civil_dispute", "cause": "house_sale", "disputes": 277, "project": PROJECT}
OUTCOME = {
    "task": "project_funding",
    "concluded_on": "2024-08-30",
    "source": "special_loan",
    "amount_fen": 12_000_000_000,
}
CONTEXT = {
    "case_id": CASE,
    "kind": "stalled_project",
    "division": "410527",
    "task": "project_funding",
    "agency": "housing",
    "office": "housing.410527",
    "project": PROJECT,
}


def received(data: Data) -> Received:
    envelope = Envelope(
        id="e1",
        source="/services/routing",
        type=data.TYPE,
        subject=CASE,
        time=datetime.fromisoformat("2024-09-06T02:00:00Z"),
        sequence=4,
        data=data.model_dump(mode="json"),
    )
    return Received(envelope, data, Source("q.tracker"))


def filed(details: dict[str, Any]) -> CaseFiled:
    said = {"filer": "court.410527", "reference": "(2024)豫0527破1号", "title": "某案"}
    said |= {"division": "410500", "lane": "ordinary", "filed_on": "2024-09-02"}
    kind = details["kind"]
    return CaseFiled.model_validate(said | {"case_id": CASE, "kind": kind, "details": details})


def resolved(context: dict[str, Any] | None = CONTEXT, **outcome: Any) -> AssignmentResolved:
    said = {"assignment_id": ASSIGNMENT, "context": context, "outcome": OUTCOME | outcome}
    return AssignmentResolved.model_validate(said)


def test_a_filing_of_a_stalled_project_is_linked_with_what_it_says() -> None:
    work = read(received(filed(STALLED)))
    assert work
    assert work.subject == project_id("410527", "锦绣家园")
    about = m.About("某置业公司", date(2014, 3, 1), None, 277)
    assert work.input == m.Link(CASE, "stalled_project", "410527", "锦绣家园", about)
    assert work.cause
    assert (work.cause.source, work.cause.subject, work.cause.sequence) == (
        "/services/routing", CASE, 4
    )  # fmt: skip


def test_a_bankruptcy_is_linked_to_the_same_project_and_says_nothing_about_it() -> None:
    work = read(received(filed(BANKRUPT)))
    assert work
    assert work.subject == project_id("410527", "锦绣家园")
    assert work.input == m.Link(CASE, "bankruptcy", "410527", "锦绣家园")


def test_a_case_of_house_sales_counts_its_disputes_on_its_filing_day() -> None:
    work = read(received(filed(SUIT)))
    assert work
    assert work.subject == project_id("410527", "锦绣家园")
    link = m.Link(CASE, "civil_dispute", "410527", "锦绣家园")
    assert work.input == m.Sue(link, 277, date(2024, 9, 2), LIMIT)


def test_funding_that_was_found_becomes_an_entry_named_by_its_assignment() -> None:
    work = read(received(resolved()))
    assert work
    assert work.subject == project_id("410527", "锦绣家园")
    assert work.input == m.Fund(
        f"assignment:{ASSIGNMENT}", m.Funder.SPECIAL_LOAN, 12_000_000_000, date(2024, 8, 30)
    )


def test_the_longest_assignment_id_still_makes_a_reference_of_the_wire(
    new: m.Project, link: m.Link, now: datetime
) -> None:
    longest = f"{CASE}.project_funding.9999"
    work = read(received(resolved().model_copy(update={"assignment_id": longest})))
    assert work
    state = STREAM.evolve(new, STREAM.decide(new, link, now)[0])
    (entry,) = STREAM.decide(state, work.input, now)
    assert to_wire(STREAM.evolve(state, entry), entry)


NO_PROJECT = {name: part for name, part in BANKRUPT.items() if name != "project"}


@pytest.mark.parametrize(
    "data",
    [
        filed(NO_PROJECT | {"needs": ["tax_clearance"]}),
        filed(SUIT | {"cause": "loan"}),
        resolved(amount_fen=0),
        resolved(result="not_possible"),
        AssignmentResolved.model_validate(
            {
                "assignment_id": f"{CASE}.project_resumption.1",
                "outcome": {"task": "project_resumption", "concluded_on": "2024-08-30"},
            }
        ),
        AccessRevoked(key_id="k1"),
    ],
    ids=[
        "no project",
        "no house sale",
        "no money",
        "not possible",
        "another task",
        "not about cases",
    ],
)
def test_what_changes_no_project_is_left_alone(data: Data) -> None:
    assert read(received(data)) is None


@pytest.mark.parametrize("context", [None, CONTEXT | {"project": None}])
def test_funding_of_no_known_project_is_parked_not_lost(context: dict[str, Any] | None) -> None:
    with pytest.raises(RefusedError, match=r"context\.project is missing"):
        read(received(resolved(context)))

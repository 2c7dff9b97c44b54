from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.intake import access, rules
from services.intake import facts as f
from services.intake import model as m
from services.intake.evolving import evolve
from services.runtime.domain import NotYetError, RefusedError

NOW = datetime(2024, 9, 6, 2, 0, tzinfo=UTC)
CASE = "c" + "a" * 24
SECRET = f.Sealed("Y2lwaGVy", "digest-1")
FILING = f.Filing(
    filer="court.410500",
    reference="(2024)豫05破1号",
    title="破产清算",
    summary=None,
    division="410500",
    lane="ordinary",
    filed_on=date(2024, 9, 1),
    details={"kind": "bankruptcy", "needs": ["tax_clearance"], "debtor": {"name": "某公司"}},
    contact=f.Contact("王某", phone=SECRET),
)
TAX = f.Placed("tax_clearance", 1, "tax.410500")
ASK = m.Disclose("tax.410500", "李某", "k1", "phone", "通知债务人")


def run(*inputs: m.Input, subject: str = CASE, now: datetime = NOW) -> m.State:
    state = rules.initial(subject)
    for item in inputs:
        for fact in rules.decide(state, item, now):
            state = evolve(state, fact)
    return state


def facts(state: m.State, given_: m.Input, now: datetime = NOW) -> Sequence[f.Fact]:
    return rules.decide(state, given_, now)


def test_filing_gives_one_fact_with_a_receipt() -> None:
    (fact,) = facts(rules.initial(CASE), m.File(FILING))
    assert fact == f.Filed(FILING, "20240906-AAAAAAAAAA", NOW)


def test_the_receipt_carries_the_business_date_not_the_utc_one() -> None:
    late = datetime(2024, 9, 5, 17, 0, tzinfo=UTC)
    assert rules.receipt_number(CASE, late).startswith("20240906-")


def test_the_same_filing_again_gives_nothing() -> None:
    other_cipher = f.Contact("王某", phone=f.Sealed("ZGlmZmVyZW50", "digest-1"))
    again = replace(FILING, contact=other_cipher)
    assert facts(run(m.File(FILING)), m.File(again)) == []


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"title": "另一件"}, ("title",)),
        ({"filed_on": date(2024, 8, 1), "lane": "green"}, ("filed_on", "lane")),
        ({"contact": None}, ("contact",)),
        ({"contact": f.Contact("王某", phone=f.Sealed("x", "other"))}, ("contact.phone",)),
        ({"details": {**FILING.details, "needs": ["financing"]}}, ("details.needs",)),
        ({"details": {**FILING.details, "debtor": {"name": "乙"}}}, ("details.debtor.name",)),
        ({"synthetic": ("title",)}, ("synthetic",)),
    ],
)
def test_another_content_under_the_reference_names_what_differs(
    change: dict[str, Any], fields: tuple[str, ...]
) -> None:
    with pytest.raises(m.ReferenceTakenError) as caught:
        facts(run(m.File(FILING)), m.File(replace(FILING, **change)))
    assert caught.value.fields == fields


@pytest.mark.parametrize("given_", [m.Place((TAX,)), m.Close(date(2024, 9, 6)), ASK])
def test_what_is_said_of_an_unknown_case_is_not_yet(given_: m.Input) -> None:
    with pytest.raises(NotYetError):
        facts(rules.initial(CASE), given_)


@pytest.mark.parametrize(
    ("history", "office", "may"),
    [
        ([], "tax.410500", False),
        ([m.Place((TAX,))], "tax.410500", True),
        ([m.Place((TAX,))], "tax.410526", False),
        ([m.Place((TAX,)), m.Place((replace(TAX, round=2, office="b.410500"),))],
         "tax.410500", False),
        ([m.Place((TAX,)), m.Place((replace(TAX, round=2, office="b.410500"),))],
         "b.410500", True),
        ([m.Place((replace(TAX, round=2, office="b.410500"),)), m.Place((TAX,))],
         "tax.410500", False),
        ([m.Place((TAX,)), m.Close(date(2024, 9, 6))], "tax.410500", False),
    ],
)  # fmt: skip
def test_only_an_office_with_an_open_task_reads_personal_data(
    history: list[m.Input], office: str, *, may: bool
) -> None:
    state = run(m.File(FILING), *history)
    ask = replace(ASK, office=office)
    if may:
        (fact,) = facts(state, ask)
        assert fact == f.Disclosed(office, "李某", "k1", "phone", "通知债务人", NOW)
    else:
        with pytest.raises(m.NotEntitledError):
            facts(state, ask)


def test_a_field_the_filing_lacks_is_refused_by_name() -> None:
    state = run(m.File(FILING), m.Place((TAX,)))
    with pytest.raises(RefusedError) as caught:
        facts(state, replace(ASK, field="resident_id"))
    assert caught.value.field == "resident_id"


def test_each_reading_is_kept() -> None:
    state = run(m.File(FILING), m.Place((TAX,)), ASK, ASK)
    assert isinstance(state, m.Case)
    assert len(state.disclosures) == 2


GRANT = access.Grant("h", "operator", None, None, "ops", NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("history", "at", "works"),
    [
        ([], NOW, False),
        ([m.IssueKey(GRANT)], NOW, True),
        ([m.IssueKey(GRANT)], GRANT.expires, False),
        ([m.IssueKey(GRANT), m.RevokeKey()], NOW, False),
    ],
)
def test_a_key_works_from_issue_to_expiry_or_revocation(
    history: list[m.Input], at: datetime, *, works: bool
) -> None:
    state = run(*history, subject="key.abc")
    assert isinstance(state, m.Key)
    assert state.works(at) is works


def test_a_key_is_revoked_once() -> None:
    revoked = run(m.IssueKey(GRANT), m.RevokeKey(), subject="key.abc")
    assert facts(revoked, m.RevokeKey()) == []


def test_an_unknown_key_is_not_revoked_unless_a_setting_gives_it() -> None:
    unknown = rules.initial("key.abc")
    with pytest.raises(NotYetError):
        facts(unknown, m.RevokeKey())
    assert facts(unknown, m.RevokeKey(known=True)) == [access.KeyRevoked(NOW)]


DIVISIONS = frozenset({"410500", "410526"})
TODAY = date(2024, 9, 6)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"division": "410500", "filed_on": TODAY}, set()),
        ({"division": "999999"}, {"division"}),
        ({"details": {"project": {"division": "110000"}}}, {"details.project.division"}),
        ({"filed_on": TODAY + timedelta(days=1)}, {"filed_on"}),
        ({"details": {"stalled_since": date(2030, 1, 1)}}, {"details.stalled_since"}),
        ({"details": {"steps": [{"on": date(2030, 1, 1)}]}}, {"details.steps.0.on"}),
        ({"details": {"accepted_on": None}}, set()),
    ],
)
def test_unknown_divisions_and_future_dates_are_named(
    values: dict[str, Any], fields: set[str]
) -> None:
    assert set(rules.refusals(values, DIVISIONS, TODAY)) == fields


@settings(max_examples=50)
@given(day=st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_a_date_is_refused_exactly_when_it_is_after_today(day: date) -> None:
    assert bool(rules.refusals({"filed_on": day}, DIVISIONS, TODAY)) is (day > TODAY)


def inputs() -> st.SearchStrategy[m.Input]:
    office = st.sampled_from(["tax.410500", "housing.410500"])
    placed = st.builds(f.Placed, st.sampled_from(["a", "b"]), st.integers(1, 3), office)
    return st.one_of(
        st.just(m.File(FILING)),
        st.just(m.File(replace(FILING, title="x"))),
        st.builds(lambda item: m.Place((item,)), placed),
        st.just(m.Close(TODAY)),
        st.builds(lambda name: replace(ASK, office=name), office),
    )


@settings(max_examples=60)
@given(st.lists(inputs(), max_size=12))
def test_whatever_comes_the_first_filing_stays_and_its_facts_survive_storage(
    given_: list[m.Input],
) -> None:
    stored: TypeAdapter[f.Fact] = TypeAdapter(f.Fact)
    state: m.State = rules.initial(CASE)
    replayed = state
    first: f.Filed | None = None
    for item in given_:
        try:
            decided = rules.decide(state, item, NOW)
        except (RefusedError, NotYetError):
            continue
        for fact in decided:
            state = evolve(state, fact)
            kept = stored.validate_python(stored.dump_python(fact, mode="json"))
            replayed = evolve(replayed, kept)
            first = first or (fact if isinstance(fact, f.Filed) else None)
    assert isinstance(state, m.Case)
    assert state.filed == first
    assert replayed == state


@settings(max_examples=60)
@given(st.permutations([replace(TAX, round=n, office=f"o{n}.410500") for n in range(1, 5)]))
def test_the_last_round_holds_in_whatever_order_routings_events_come(
    order: list[f.Placed],
) -> None:
    state = run(m.File(FILING), *(m.Place((item,)) for item in order))
    assert isinstance(state, m.Case)
    assert [place.office for place in state.places.values()] == ["o4.410500"]

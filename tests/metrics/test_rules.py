from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics import facts as f
from services.metrics.handlers import STREAM
from services.metrics.rules import decide


@given(data=st.data())
def test_events_of_a_case_may_arrive_in_any_order(made: Any, data: st.DataObject) -> None:
    facts = data.draw(st.lists(made.case_facts | made.other_facts, min_size=1, max_size=12))
    mixed = data.draw(st.permutations(facts))
    assert made.fold(mixed) == made.fold(facts)
    assert made.shown(mixed) == made.shown(facts)


@given(data=st.data())
def test_an_event_that_comes_twice_changes_nothing(made: Any, data: st.DataObject) -> None:
    facts = data.draw(st.lists(made.case_facts | made.other_facts, min_size=1, max_size=6))
    assert made.fold([*facts, *facts]) == made.fold(facts)


@given(data=st.data())
def test_what_is_stored_reads_back_as_it_was(made: Any, data: st.DataObject) -> None:
    fact = data.draw(made.case_facts | made.other_facts)
    assert STREAM.facts.validate_python(STREAM.facts.dump_python(fact, mode="json")) == fact


@given(data=st.data())
def test_nothing_is_refused_however_impossible(made: Any, data: st.DataObject) -> None:
    before = made.fold(data.draw(st.lists(made.case_facts | made.other_facts, max_size=4)))
    fact = data.draw(made.case_facts | made.other_facts)
    assert decide(before, fact, made.T0) == (fact,)


def test_a_case_shows_what_became_of_it(made: Any, tried: list[f.Heard]) -> None:
    shown = made.shown(tried)
    first, second = shown["assignments"][1], shown["assignments"][0]
    assert shown["filed_on"] == "2024-03-01"
    assert shown["concluded_on"] == "2024-03-08"
    assert set(shown["counts"]) == {"filed", "routed", "closed", "closed_done"}
    assert (first["task"], first["agency"], first["office"]) == made.PLACES[made.FIRST]
    assert first["result"] == "done"
    assert second["return_reason"] == "不属本单位职责"
    assert second["overdue"] == ["receipt"]


def test_the_deadline_moves_when_the_filer_has_answered_whatever_comes_first(made: Any) -> None:
    moved = made.after(days=20)
    facts = [
        f.Routed("bankruptcy", "410526", (made.issued(),), made.T0),
        f.Asked(made.FIRST, 1, made.after(days=9), made.about()),
        f.Answered(made.FIRST, 1, made.after(days=19), made.about()),
        f.Resolved(
            made.FIRST, date(2024, 3, 23), "done", made.after(days=19.5),
            made.about_then(made.FIRST, moved),
        ),
    ]  # fmt: skip
    for order in permutations(facts):
        (assignment,) = made.shown(order)["assignments"]
        assert assignment["resolution_due"] == moved
        assert assignment["counts"].keys() >= {"resolved_on_time"}
        assert assignment["requests"] == [
            {"number": 1, "asked_at": made.after(days=9), "answered_at": made.after(days=19)}
        ]


def test_a_recalled_assignment_says_why_and_is_neither_open_nor_returned(made: Any) -> None:
    recalled = f.Recalled(made.FIRST, "withdrawn", made.after(days=1), made.about())
    closed = f.Closed("bankruptcy", "410526", date(2024, 3, 5), made.after(days=1), "withdrawn")
    shown = made.shown([recalled, closed])
    (assignment,) = shown["assignments"]
    assert shown["ending"] == "withdrawn"
    assert assignment["recall_why"] == "withdrawn"
    assert assignment["counts"] == {"issued": 1, "recalled": 1}


def test_reports_before_the_routing_already_know_their_office(made: Any) -> None:
    shown = made.shown([f.Reported("received", made.FIRST, made.T0, made.about())])
    (assignment,) = shown["assignments"]
    assert (assignment["agency"], assignment["office"]) == ("tax", "tax.410526")
    assert shown["kind"] == "bankruptcy"
    assert "filed" not in shown["counts"]
    assert assignment["waits"] == []


def test_a_report_without_context_waits_for_the_routing(made: Any) -> None:
    early = f.Reported("delivered", made.FIRST, made.after(seconds=5))
    routed = f.Routed("bankruptcy", "410526", (made.issued(),), made.T0)
    assert "office" not in made.shown([early])["assignments"][0]
    (assignment,) = made.shown([early, routed])["assignments"]
    assert assignment["office"] == "tax.410526"
    assert assignment["waits"][0] == {"what": "delivery", "ms": 5000, "coarse": 5000}


@pytest.mark.parametrize(
    ("facts", "waiting"),
    [
        (["park"], True),
        (["park", "replay"], False),
        (["replay", "park"], False),
        (["park", "replay", "park"], True),
        (["replay"], False),
    ],
)
def test_a_message_waits_when_it_was_parked_more_often_than_replayed(
    made: Any, facts: list[str], *, waiting: bool
) -> None:
    noted = [
        f.Parked("q.routing", "unreadable", made.after(seconds=n))
        if what == "park"
        else f.Replayed("q.routing", made.after(seconds=n))
        for n, what in enumerate(facts)
    ]
    assert made.shown(noted, "m1")["waiting"] is waiting


def test_a_project_adds_up_its_ledger_by_source(made: Any) -> None:
    on = date(2024, 5, 6)
    noted = [
        f.Funded("410527", "2024-1", "special_loan", 12_000_000_000, on, made.T0),
        f.Funded("410527", "2024-2", "owners", 500, on, made.T0),
        f.Funded("410527", "2024-3", "owners", -500, on, made.T0),
        f.Registered("410527", "某小区", made.T0),
        f.StageReached("410527", "funded", on, made.T0),
        f.Met("410527", "study", on, made.T0),
        f.RiskRaised("410527", on, made.T0),
    ]
    shown = made.shown(noted, "p" + "a" * 16)
    assert shown["funded_fen"] == {"owners": 0, "special_loan": 12_000_000_000}
    assert shown["stages"] == {"funded": "2024-05-06"}
    assert shown["meetings"] == {"study": 1}
    assert shown["what"] == "project"

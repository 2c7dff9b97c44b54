"""What a case of the record makes the system hold, stage by stage."""

from datetime import date
from typing import Any

import pytest

from services.replay.scenario import (
    ACTED,
    CALLED,
    FILED,
    SAID,
    Effect,
    ScenarioError,
    acts_through,
    case_of,
    moment,
)

D1, D2, D3 = (date(2024, 1, day) for day in (8, 9, 12))
TASK = "administrative_mediation"
RESOLVE = {"act": "resolve", "outcome": {}}


def said(*rounds: list[dict[str, Any]], kind: str = "administrative_dispute", **more: Any) -> Any:
    filing = {"reference": "1", "details": {"kind": kind}}
    return {"line": "case", "day": "2024-01-08", "filer": "court.410502", "filing": filing,
            "acts": {TASK: list(rounds)}, **more}  # fmt: skip


def on(day: date, act: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"on": day.isoformat(), **(act if isinstance(act, dict) else {"act": act}), **more}


def test_a_case_is_filed_delivered_and_closed_with_its_last_task() -> None:
    case = case_of(said([on(D1, "receive"), on(D2, RESOLVE)]))
    assert case.closed == (D2, ACTED)
    assert case.effects == {
        (D1, FILED): Effect(filed=1, issued=1, reports=1),
        (D1, ACTED): Effect(reports=1),
        (D2, ACTED): Effect(reports=1 - 3, closed=1),
    }


def test_one_that_nobody_acts_on_stays_open() -> None:
    case = case_of(said([]))
    assert case.closed is None
    assert case.effects == {(D1, FILED): Effect(filed=1, issued=1, reports=1)}


def test_a_return_with_a_better_office_is_another_assignment_at_once() -> None:
    case = case_of(said([on(D1, "return", better_office="x")], [on(D1, RESOLVE)]))
    assert case.closed == (D1, ACTED)
    assert case.assignments == 2
    assert case.effects[D1, ACTED] == Effect(issued=1, reports=3 - 4, closed=1)


def test_without_one_the_desk_routes_it() -> None:
    desk = [{"on": D2.isoformat(), "task": TASK, "do": "route", "office": "x", "reason": "y"}]
    case = case_of(said([on(D1, "return")], [on(D3, RESOLVE)], desk=desk))
    assert case.effects[D2, CALLED] == Effect(issued=1, reports=1)
    assert case.closed == (D3, ACTED)


def test_what_no_rule_routes_is_issued_by_the_desk() -> None:
    desk = [{"on": D1.isoformat(), "task": TASK, "do": "route", "office": "x", "reason": "y"}]
    case = case_of(said([on(D2, RESOLVE)], desk=desk))
    assert case.effects[D1, FILED] == Effect(filed=1)
    assert case.effects[D1, CALLED] == Effect(issued=1, reports=1)


def test_a_conclusion_or_a_withdrawal_closes_it_with_whatever_is_open() -> None:
    then = [{"on": D2.isoformat(), "withdraw": {"reason": "x"}}]
    case = case_of(said([], then=then))
    assert case.closed == (D2, SAID)
    assert case.effects[D2, SAID] == Effect(reports=-1, closed=1)


def test_a_kind_that_its_filer_concludes_waits_for_that() -> None:
    rounds = [on(D1, RESOLVE)]
    assert case_of(said(rounds, kind="administrative_lawsuit")).closed is None
    then = [{"on": D3.isoformat(), "conclude": {}}]
    assert case_of(said(rounds, kind="administrative_lawsuit", then=then)).closed == (D3, SAID)


def test_an_answer_is_stored_by_the_office() -> None:
    then = [{"on": D2.isoformat(), "answer": {"task": TASK, "answer": "x"}}]
    case = case_of(said([on(D1, "information", question="?"), on(D3, RESOLVE)], then=then))
    assert case.effects[D2, SAID] == Effect(supplied=1)


@pytest.mark.parametrize(
    "wrong",
    [
        said([on(D1, RESOLVE), on(D2, "accept")]),
        said([on(D2, "accept"), on(D1, RESOLVE)]),
        said([], [on(D1, RESOLVE)]),
        said([on(D3, RESOLVE)], then=[{"on": D2.isoformat(), "withdraw": {"reason": "x"}}]),
        said([], then=[{"on": "2024-01-01", "withdraw": {"reason": "x"}}]),
    ],
)
def test_a_case_that_contradicts_itself_is_refused(wrong: Any) -> None:
    with pytest.raises(ScenarioError):
        case_of(wrong)


def test_an_office_does_what_is_due_and_nothing_twice() -> None:
    acts = [on(D1, "receive"), on(D2, "accept"), on(D3, RESOLVE)]
    assert acts_through(acts, 0, D2) == acts[:2]
    assert acts_through(acts, 2, D2) == []


def test_the_stages_of_a_day_are_in_order() -> None:
    hours = [moment((D1, stage)).isoformat()[11:] for stage in (FILED, ACTED, SAID, CALLED)]
    assert hours == ["09:00:00+08:00", "15:00:00+08:00", "16:00:00+08:00", "16:30:00+08:00"]

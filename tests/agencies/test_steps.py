"""Steps that are counted: only those of the task, only forward."""

from dataclasses import replace
from datetime import date, datetime
from functools import reduce
from itertools import combinations
from typing import Any

import pytest

from services.agencies import model as m
from services.agencies.rules import decide, evolve
from services.agencies.steps import STAGES, check_step
from services.runtime.domain import RefusedError

TODAY = date(2026, 3, 5)
COURT = "court.410526"


def stage(name: str, on: str) -> dict[str, Any]:
    return {"step": "penalty_stage", "stage": name, "reached_on": on}


def held(number: int, on: str = "2026-03-03") -> dict[str, Any]:
    return {"step": "mediation_round", "number": number, "held_on": on, "withdrew": 0}


@pytest.fixture
def penalty(given: Any) -> m.Given:
    made: m.Given = given("penalty_enforcement", COURT, kind="penalty_enforcement",
                          decided_on="2026-01-05")  # fmt: skip
    return made


@pytest.fixture
def dispute(given: Any) -> m.Given:
    made: m.Given = given(
        "administrative_mediation", "justice.410526", kind="administrative_dispute"
    )
    return made


@pytest.mark.parametrize(
    "names", [c for size in range(1, 5) for c in combinations(STAGES, size)], ids=str
)
def test_stages_go_forward_and_may_be_left_out(penalty: m.Given, names: tuple[str, ...]) -> None:
    steps = [stage(name, f"2026-03-0{number}") for number, name in enumerate(names, 1)]
    for number, step in enumerate(steps):
        check_step(penalty, steps[:number], step, TODAY)
    for name in STAGES[: STAGES.index(names[-1]) + 1]:
        with pytest.raises(RefusedError, match=names[-1]) as refused:
            check_step(penalty, steps, stage(name, "2026-03-05"), TODAY)
        assert refused.value.field == "step.stage"


@pytest.mark.parametrize(
    ("before", "on"),
    [([], "2026-03-06"), ([], "2026-01-04"), ([stage("filed", "2026-03-02")], "2026-03-01")],
)
def test_a_stage_is_reached_after_the_penalty_and_the_stage_before_and_not_in_the_future(
    penalty: m.Given, before: list[dict[str, Any]], on: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        check_step(penalty, before, stage("reviewed", on), TODAY)
    assert refused.value.field == "step.reached_on"


@pytest.mark.parametrize(
    ("before", "step", "field"),
    [
        ([], held(2), "number"),
        ([held(1)], held(1), "number"),
        ([held(1)], held(3), "number"),
        ([held(1)], held(2, "2026-03-02"), "held_on"),
        ([], held(1, "2026-03-06"), "held_on"),
        ([], stage("filed", "2026-03-03"), "step"),
    ],
)
def test_rounds_are_numbered_in_order_and_held_one_after_another(
    dispute: m.Given, before: list[dict[str, Any]], step: dict[str, Any], field: str
) -> None:
    check_step(dispute, [held(1), held(2)], held(3), TODAY)
    with pytest.raises(RefusedError) as refused:
        check_step(dispute, before, step, TODAY)
    assert refused.value.field == f"step.{field}"


def test_a_step_is_kept_with_its_note_and_said_again_gives_nothing(
    dispute: m.Given, now: datetime
) -> None:
    office = dispute.office
    note = m.Progress(office, "王", "第一轮调解", held(1))
    state = m.Assignment(dispute.assignment_id)
    for act in (m.Issue(dispute, office), note):
        state = reduce(evolve, decide(state, act, now), state)
    assert [item.step for item in state.notes] == [held(1)]
    assert decide(state, note, now) == ()
    with pytest.raises(RefusedError):  # another step in the same words is another report
        decide(state, replace(note, step=held(3)), now)
    (fact,) = decide(state, replace(note, step=held(2)), now)
    assert isinstance(fact, m.Progressed)
    assert fact.step == held(2)

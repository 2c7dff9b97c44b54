"""How tasks and cases end, and the steps on the way: what is taken, and that a refusal names it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.catalogue import (
    OUTCOMES,
    ROUND,
    conclusion_of,
    conclusions,
    outcome_of,
    outcomes,
    refusal,
    step_of,
    steps,
)


@pytest.mark.parametrize("task", OUTCOMES)
def test_an_outcome_fits_its_own_task_only(task: str) -> None:
    said = outcome_of(task)
    assert outcomes.validate_python(said).task == task
    for other in OUTCOMES.keys() - {task}:
        if OUTCOMES[task].keys() - OUTCOMES[other].keys():
            refusal(outcomes, said | {"task": other})


LATER = {"allowed": False, "enforced_on": None}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (outcome_of("find_person", found="yes"), "find_person.found"),
        (outcome_of("find_person", found=1), "find_person.found"),
        (outcome_of("find_vehicle", vehicles=-1), "find_vehicle.vehicles"),
        (outcome_of("find_property", properties=None), "find_property.properties"),
        (outcome_of("freeze_equity", frozen_fen=0.5), "freeze_equity.frozen_fen"),
        (outcome_of("withhold_income", withheld_fen=-1), "withhold_income.withheld_fen"),
        (outcome_of("detention_assist", detained_on="soon"), "detention_assist.detained_on"),
        (outcome_of("performance", paid_fen=10**16), "performance.paid_fen"),
        (outcome_of("penalty_enforcement", allowed=False), "enforced_on must be left out"),
        (outcome_of("penalty_enforcement", reviewed_on="2024-05-05"), "must follow each other"),
        (outcome_of("penalty_enforcement", closed_on="2024-05-07"), "must follow each other"),
        (outcome_of("penalty_enforcement", **LATER, closed_on="2024-05-07"), "must follow each"),
        (outcome_of("penalty_enforcement", filed_on=None), "penalty_enforcement.filed_on"),
        (outcome_of("civil_mediation", ended="won"), "civil_mediation.ended"),
        (outcome_of("civil_mediation", as_group="yes"), "civil_mediation.as_group"),
        (outcome_of("administrative_mediation", rounds=[ROUND | {"number": 2}]), "numbered 1, 2"),
        (outcome_of("administrative_mediation", rounds=[ROUND, ROUND]), "numbered 1, 2, 3"),
        (outcome_of("administrative_mediation", rounds=[ROUND | {"number": 0}]), "rounds.0.number"),
        (outcome_of("administrative_mediation", rounds=[{"number": 1}]), "rounds.0.held_on"),
        (outcome_of("respond_to_suit", head_appeared=None), "respond_to_suit.head_appeared"),
        (outcome_of("loss_review", held_on=None), "loss_review.held_on"),
        (outcome_of("loss_review", causes=["x"] * 21), "loss_review.causes"),
        (outcome_of("reconsideration_decision", decision="won"), "reconsideration_decision.decis"),
        (outcome_of("bank_notice", banks="all"), "bank_notice.banks"),
        (outcome_of("explanation", concluded_on="2024-9-20"), "explanation.concluded_on"),
        (outcome_of("explanation", result="half"), "explanation.result"),
        (outcome_of("project_funding", source="lottery"), "project_funding.source"),
        (outcome_of("explanation") | {"task": "cake"}, "does not match any of the expected tags"),
    ],
)
def test_an_outcome_that_does_not_fit_is_refused_and_the_field_is_named(
    said: dict[str, Any], field: str
) -> None:
    assert field in refusal(outcomes, said)


def test_a_penalty_that_is_not_enforced_has_three_stages() -> None:
    read = outcomes.validate_python(outcome_of("penalty_enforcement", **LATER))
    assert (read.allowed, read.enforced_on) == (False, None)


days = st.lists(st.dates(), min_size=4, max_size=4)


@given(days=days)
def test_the_four_stages_are_taken_in_their_order_only(days: list[Any]) -> None:
    names = ("filed_on", "reviewed_on", "enforced_on", "closed_on")
    said = outcome_of("penalty_enforcement", **dict(zip(names, days, strict=True)))
    try:
        outcomes.validate_python(said)
    except ValidationError:
        assert days != sorted(days)
    else:
        assert days == sorted(days)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (conclusion_of("bankruptcy", ended="won"), "bankruptcy.ended"),
        (conclusion_of("stalled_project", ended=None), "stalled_project.ended"),
        (
            conclusion_of("judgment_enforcement", recovered_fen=1.5),
            "judgment_enforcement.recovered",
        ),
        (conclusion_of("judgment_enforcement", ended="completed"), "judgment_enforcement.ended"),
        (conclusion_of("penalty_enforcement", ended="settled"), "penalty_enforcement.ended"),
        (conclusion_of("civil_dispute", settled=-1), "civil_dispute.settled"),
        (conclusion_of("administrative_dispute", ended="won"), "administrative_dispute.ended"),
        (conclusion_of("administrative_lawsuit", verdict="draw"), "administrative_lawsuit.verdict"),
        (conclusion_of("administrative_lawsuit", head_appeared="no"), "suit.head_appeared"),
        (conclusion_of("reconsideration", decision="lost"), "reconsideration.decision"),
        (conclusion_of("credit_discipline", ended="lifted"), "credit_discipline.ended"),
        (conclusion_of("credit_discipline", concluded_on=None), "credit_discipline.concluded_on"),
        (conclusion_of("credit_discipline", note="x" * 4001), "credit_discipline.note"),
        (conclusion_of("bankruptcy") | {"kind": "divorce"}, "does not match any of the expected"),
    ],
)
def test_a_conclusion_that_does_not_fit_is_refused_and_the_field_is_named(
    said: dict[str, Any], field: str
) -> None:
    assert field in refusal(conclusions, said)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (step_of("penalty_stage", stage="begun"), "penalty_stage.stage"),
        (step_of("penalty_stage", reached_on=None), "penalty_stage.reached_on"),
        (step_of("mediation_round", number=0), "mediation_round.number"),
        (step_of("mediation_round", number=100), "mediation_round.number"),
        (step_of("mediation_round", withdrew="8"), "mediation_round.withdrew"),
        (step_of("mediation_round") | {"step": "dance"}, "does not match any of the expected"),
    ],
)
def test_a_step_that_does_not_fit_is_refused_and_the_field_is_named(
    said: dict[str, Any], field: str
) -> None:
    assert field in refusal(steps, said)

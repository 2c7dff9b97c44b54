"""What a service does by itself on arrival, as its office declared."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

import pytest

from services.agencies import model as m
from services.agencies.rules import decide, evolve

TEMPLATE = {"task": "tax_clearance", "result": "done", "owed_fen": 0}
AUTO = m.Policy(receive=True, accept=True, outcome=TEMPLATE)
CODE = {"debtor": {"name": "某公司", "credit_code": "91410500MA40A2B3XF"}}

Arrive = Callable[..., tuple[m.Assignment, list[str]]]


@pytest.fixture
def arrive(given: Any, now: datetime) -> Arrive:
    """Give the state and the names of the facts after an assignment arrived."""

    def run(policy: m.Policy, *args: str, **details: Any) -> tuple[m.Assignment, list[str]]:
        made = given(*args, **details)
        facts = decide(m.Assignment(made.assignment_id), m.Issue(made, made.office, policy), now)
        state = reduce(evolve, facts, m.Assignment(made.assignment_id))
        return state, [fact.type for fact in facts]

    return run


@pytest.mark.parametrize(
    ("policy", "details", "facts"),
    [
        (m.Policy(), CODE, ["delivered"]),
        (m.Policy(receive=True), CODE, ["delivered", "received"]),
        (m.Policy(receive=True, accept=True), CODE, ["delivered", "received", "accepted"]),
        (AUTO, CODE, ["delivered", "received", "accepted", "resolved"]),
        (AUTO, {}, ["delivered"]),
        (replace(AUTO, accept=False), CODE, ["delivered", "received"]),
        (replace(AUTO, receive=False), CODE, ["delivered"]),
    ],
)
def test_the_declared_policy_acts_only_where_the_checks_found_nothing(
    arrive: Arrive, policy: m.Policy, details: dict[str, Any], facts: list[str]
) -> None:
    state, found = arrive(policy, **details)
    assert found == facts
    assert all(act.by == "policy" for act in state.acts)  # type: ignore[union-attr]


def test_an_automatic_outcome_is_concluded_today_in_shanghai(arrive: Arrive) -> None:
    state, _ = arrive(AUTO, **CODE)
    assert state.acts[-1].outcome == {**TEMPLATE, "concluded_on": "2026-03-05"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("retirees", "stage", "codes"),
    [
        ("$retirees", "resolved", []),
        ("$employees", "accepted", ["declared_outcome_unfit"]),
        (13, "accepted", ["declared_outcome_unfit"]),
    ],
)
def test_a_template_that_does_not_fit_the_case_is_left_to_an_officer(
    arrive: Arrive, retirees: str | int, stage: str, codes: list[str]
) -> None:
    policy = replace(AUTO, outcome={"task": "retirement", "result": "done", "retirees": retirees})
    state, _ = arrive(policy, "retirement", "social_security.410500", retirees=12)
    assert (state.stage, [finding.code for finding in state.findings]) == (stage, codes)

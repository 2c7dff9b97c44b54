"""The declared policy: which word counts, what is refused at start, what ships."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fuyuan_contracts.cases import ASKED
from services.agencies.model import Assignment, Issue, Policy, Resolved
from services.agencies.parts import Given
from services.agencies.policy import Policies, PolicyError, load
from services.agencies.rules import decide

ROOT = Path(__file__).parents[2]
TASKS = [task for asked in ASKED.values() for task in asked]
RETIREMENT = {"retirees": "$retirees"}
LAYERS: dict[str, Any] = {
    "version": 1,
    "default": {"receive": "auto"},
    "tasks": {"retirement": {"resolve": RETIREMENT}},
    "agencies": {
        "tax": {
            "default": {"accept": "auto"},
            "tasks": {"tax_relief": {"receive": "officer"}},
            "offices": {"tax.410526": {"default": {"receive": "officer"}}},
        },
        "social_security": {
            "offices": {
                "social_security.410526": {"default": {"accept": "officer"}},
                "social_security.410527": {"default": {"resolve": "officer"}},
            }
        },
    },
}
PARTIES = [{"name": "某甲"}, {"name": "某置业"}]
RESOLVES = {"task": "retirement", "result": "done", "retirees": "$retirees"}


@pytest.mark.parametrize(
    ("office", "task", "expected"),
    [
        ("housing.410500", "fire_acceptance", Policy(receive=True)),
        ("tax.410500", "tax_clearance", Policy(receive=True, accept=True)),
        ("tax.410500", "tax_relief", Policy()),
        ("tax.410526", "tax_clearance", Policy()),
        (
            "social_security.410500",
            "retirement",
            Policy(receive=True, accept=True, outcome=RESOLVES),
        ),
        ("social_security.410526", "retirement", Policy(receive=True)),
        ("social_security.410527", "retirement", Policy(receive=True, accept=True)),
        ("social_security.410500", "social_insurance", Policy(receive=True)),
    ],
)
def test_the_most_specific_word_counts(office: str, task: str, expected: Policy) -> None:
    policies = Policies.model_validate(LAYERS)
    assert policies.problems() == []
    assert policies.of(office, task) == expected


def test_what_nobody_declared_waits_for_an_officer() -> None:
    assert Policies(version=1).of("tax.410526", "tax_relief") == Policy()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version: [", "while parsing"),
        ("", "version: Field required"),
        ("version: 1\nagency: {}", "agency: Extra inputs"),
        ("version: 1\ndefault: {receive: yes}", "default.receive"),
        ("version: 1\ndefault: {resolve: {owed_fen: 1}}", "belongs to a task"),
        ("version: 1\ndefault: {receive: officer, accept: auto}", "receive is the officer's"),
        ("version: 1\nagencies: {tax: {offices: {tax.4105: {}}}}", "agencies.tax.offices.tax.4105"),
        (
            "version: 1\nagencies: {tax: {offices: {housing.410500: {}}}}",
            "agencies.tax.offices.housing.410500: is no office of tax",
        ),
        (
            "version: 1\ntasks: {tax_relief: {accept: officer, resolve: {relieved_fen: 1}}}",
            "tasks.tax_relief: accept is the officer's",
        ),
        (
            "version: 1\ntasks: {tax_relief: {resolve: {owed_fen: 1}}}",
            "tasks.tax_relief.resolve.relieved_fen: Field required",
        ),
        (
            "version: 1\ntasks: {tax_relief: {resolve: {relieved_fen: -1}}}",
            "tasks.tax_relief.resolve.relieved_fen: Input should be greater",
        ),
        (
            "version: 1\ntasks: {tax_relief: {resolve: {relieved_fen: $owed}}}",
            "tasks.tax_relief.resolve: unknown $owed",
        ),
        (
            "version: 1\ntasks: {tax_relief: {resolve: {relieved_fen: 1, concluded_on: $today}}}",
            "tasks.tax_relief.resolve.concluded_on: is set by the service",
        ),
        ("version: 1\ntasks: {painting: {resolve: {}}}", "tasks.painting.resolve"),
    ],
)
def test_a_wrong_file_is_refused_at_start_with_its_place(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "policies.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(PolicyError) as refused:
        load(path)
    assert says in str(refused.value)
    assert "policies.yaml" in str(refused.value)


def test_a_day_written_in_the_file_is_kept_as_json(tmp_path: Path) -> None:
    path = tmp_path / "policies.yaml"
    path.write_text("version: 1\ntasks: {project_resumption: {resolve: {resumed_on: 2026-01-05}}}")
    outcome = load(path).of("housing.410500", "project_resumption").outcome
    assert outcome
    assert outcome["resumed_on"] == "2026-01-05"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.yaml"):
        load(tmp_path / "none.yaml")


def test_the_shipped_policy_resolves_nothing_by_itself() -> None:
    policies = load(ROOT / "deploy/policies.yaml")
    for task in TASKS:
        assert policies.of("tax.410500", task) == Policy(receive=True, accept=True)
        assert policies.of("market_regulation.410500", task) == Policy(receive=True)
        assert policies.of("housing.410500", task) == Policy()


def test_the_demos_policy_resolves_every_task_there_is() -> None:
    policies = load(ROOT / "deploy/samples/policy-auto.yaml")
    for task in TASKS:
        policy = policies.of("any.410500", task)
        assert policy.receive
        assert policy.accept
        assert policy.outcome


def test_what_a_template_leaves_unsaid_is_said_as_its_outcome_has_it(
    given: Callable[..., Given], now: datetime
) -> None:
    policy = load(ROOT / "deploy/samples/policy-auto.yaml").of("justice.410526", "civil_mediation")
    group = given(
        "civil_mediation", "justice.410526", kind="civil_dispute", disputes=277, parties=PARTIES
    )
    facts = decide(Assignment(group.assignment_id), Issue(group, "justice.410526", policy), now)
    (said,) = [fact.outcome for fact in facts if isinstance(fact, Resolved)]
    assert (said["settled"], said["as_group"], said["result"]) == (277, False, "done")

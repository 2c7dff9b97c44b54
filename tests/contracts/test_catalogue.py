"""The nine kinds of case: what they take, and that a refusal names the field."""

from copy import deepcopy
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from fuyuan_contracts.cases import ASKED, CONCLUDED_BY_FILER, Kind, asked
from tests.support.catalogue import (
    CONCLUSIONS,
    DETAILS,
    OUTCOMES,
    PERSON,
    PROJECT,
    STEPS,
    conclusion_of,
    conclusions,
    details,
    objects,
    outcome_of,
    outcomes,
    refusal,
    step_of,
    steps,
)

GOOD = [
    *((details, said) for said in DETAILS.values()),
    *((outcomes, outcome_of(task)) for task in OUTCOMES),
    *((conclusions, conclusion_of(kind)) for kind in CONCLUSIONS),
    *((steps, step_of(step)) for step in STEPS),
]


def test_every_kind_task_conclusion_and_step_has_its_example() -> None:
    assert set(DETAILS) == set(CONCLUSIONS) == set(Kind) == set(ASKED)
    assert set(OUTCOMES) == {need.value for needs in ASKED.values() for need in needs}
    assert set(STEPS) == {"penalty_stage", "mediation_round"}
    assert {Kind.JUDGMENT_ENFORCEMENT, Kind.ADMINISTRATIVE_LAWSUIT} == CONCLUDED_BY_FILER


def test_no_task_stands_for_two_kinds() -> None:
    """An assignment's task alone tells what its outcome has to say."""
    listed = [need.value for needs in ASKED.values() for need in needs]
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(("adapter", "said"), GOOD)
def test_what_is_read_is_what_was_said(adapter: TypeAdapter[Any], said: dict[str, Any]) -> None:
    read = adapter.dump_python(adapter.validate_python(said), mode="json", exclude_unset=True)
    assert read == said


@pytest.mark.parametrize(("adapter", "said"), GOOD)
def test_an_unknown_field_is_refused_at_any_depth(
    adapter: TypeAdapter[Any], said: dict[str, Any]
) -> None:
    for place in range(len(list(objects(said)))):
        wrong = deepcopy(said)
        list(objects(wrong))[place]["misspelt"] = 1
        assert "misspelt: Extra inputs" in refusal(adapter, wrong)


@pytest.mark.parametrize(("adapter", "said"), GOOD)
def test_a_field_left_out_is_named_or_has_a_default(
    adapter: TypeAdapter[Any], said: dict[str, Any]
) -> None:
    for name in said.keys() - {"kind", "task", "step"}:
        less = {key: value for key, value in said.items() if key != name}
        try:
            adapter.validate_python(less)
        except ValidationError as error:
            found = str(error)
            assert name in found


@pytest.mark.parametrize("kind", DETAILS)
def test_what_a_case_asks_for_are_needs_of_its_kind(kind: str) -> None:
    read = details.validate_python(DETAILS[kind]).model_dump(mode="json")
    assert asked(read)
    assert set(asked(read)) <= {need.value for need in ASKED[Kind(kind)]}


WRONG_DETAILS = [
    ("bankruptcy", {"kind": "divorce"}, "does not match any of the expected tags"),
    ("bankruptcy", {"needs": []}, "needs: Tuple should have at least 1"),
    ("bankruptcy", {"needs": ["tax_relief", "tax_relief"]}, "needs names the same one twice"),
    ("bankruptcy", {"needs": ["project_funding"]}, "needs.0: Input should be 'tax_clearance'"),
    ("bankruptcy", {"project": None}, "project is required with the need"),
    ("bankruptcy", {"debtor": {"name": "x", "credit_code": "91350100M000100Y44"}}, "GB 32100"),
    ("bankruptcy", {"financing_fen": -1}, "financing_fen: Input should be greater"),
    ("bankruptcy", {"financing_fen": 0.5}, "financing_fen: Input should be a valid integer"),
    ("bankruptcy", {"employees": "5"}, "employees: Input should be a valid integer"),
    ("bankruptcy", {"accepted_on": 20240906}, "accepted_on"),
    ("stalled_project", {"needs": ["tax_relief"]}, "needs.0"),
    ("stalled_project", {"project": {"division": "4105", "name": "x"}}, "project.division"),
    ("stalled_project", {"units": True}, "units"),
    ("judgment_enforcement", {"measures": []}, "measures: Tuple should have at least 1"),
    ("judgment_enforcement", {"measures": ["find_person"] * 2}, "measures names the same one"),
    ("judgment_enforcement", {"measures": ["arrest"]}, "measures.0"),
    ("judgment_enforcement", {"needs": ["find_person"]}, "needs: Extra inputs"),
    ("judgment_enforcement", {"measures": ["performance"]}, "debtor_office is required"),
    ("judgment_enforcement", {"debtor_office": "finance.410505"}, "debtor_role must be"),
    ("judgment_enforcement", {"debtor_role": "organ"}, "debtor_role: Input should be"),
    ("judgment_enforcement", {"debtor_office": "finance"}, "debtor_office: String should match"),
    ("judgment_enforcement", {"debtor": {"name": ""}}, "debtor.name"),
    ("judgment_enforcement", {"debtor": {"name": "某甲", "id": "41"}}, "debtor.id: Extra inputs"),
    ("judgment_enforcement", {"debtor": {"name": "某甲", "phone": "1"}}, "debtor.phone: Extra"),
    ("judgment_enforcement", {"claim_fen": 1.5}, "claim_fen"),
    ("judgment_enforcement", {"basis": "x" * 81}, "basis: String should have at most 80"),
    ("penalty_enforcement", {"needs": ["find_person"]}, "needs.0"),
    ("penalty_enforcement", {"needs": ["penalty_enforcement"] * 2}, "needs names the same one"),
    ("penalty_enforcement", {"decided_on": "6 May 2024"}, "decided_on"),
    ("penalty_enforcement", {"penalty_fen": "500"}, "penalty_fen"),
    ("penalty_enforcement", {"penalised": None}, "penalised"),
    ("civil_dispute", {"project": None}, "project is required with the cause house_sale"),
    ("civil_dispute", {"cause": "love"}, "cause: Input should be"),
    ("civil_dispute", {"disputes": 0}, "disputes: Input should be greater than or equal to 1"),
    ("civil_dispute", {"parties": [PERSON] * 501}, "parties: Tuple should have at most 500"),
    ("civil_dispute", {"parties": [{"name": "某", "type": "dog"}]}, "parties.0.type"),
    ("civil_dispute", {"project": PROJECT | {"name": "a\nb"}}, "project.name"),
    ("administrative_dispute", {"phase": "later"}, "phase: Input should be 'before'"),
    ("administrative_dispute", {"respondent": "某局"}, "respondent: String should match"),
    ("administrative_dispute", {"participants": [PERSON]}, "participants.0.role: Field required"),
    (
        "administrative_dispute",
        {"participants": [PERSON | {"role": "king"}]},
        "participants.0.role",
    ),
    ("administrative_dispute", {"households": -1}, "households"),
    ("administrative_dispute", {"needs": ["explanation"] * 2}, "needs names the same one twice"),
    ("administrative_lawsuit", {"court": "tax.410526"}, "court must be a court"),
    ("administrative_lawsuit", {"court": "court"}, "court: String should match"),
    ("administrative_lawsuit", {"instance": "third"}, "instance: Input should be 'first'"),
    ("administrative_lawsuit", {"defendant": "tax.4105260"}, "defendant: String should match"),
    ("administrative_lawsuit", {"verdict": "lost"}, "verdict: Extra inputs"),
    ("administrative_lawsuit", {"cause": "house_sale"}, "cause: Input should be"),
    ("reconsideration", {"organ": "justice"}, "organ: String should match"),
    ("reconsideration", {"applicant": "某甲"}, "applicant: Input should be a valid dictionary"),
    ("reconsideration", {"needs": ["explanation"]}, "needs.0"),
    ("credit_discipline", {"action": "incentive"}, "action incentive goes with list trustworthy"),
    ("credit_discipline", {"list": "trustworthy"}, "action incentive goes with list trustworthy"),
    ("credit_discipline", {"list": "good"}, "list: Input should be"),
    ("credit_discipline", {"action": "forgive"}, "action: Input should be"),
    ("credit_discipline", {"effective_on": "2024-13-01"}, "effective_on"),
    ("credit_discipline", {"subject": {"name": "x", "credit_code": "1"}}, "subject.credit_code"),
    ("credit_discipline", {"needs": ["bank_notice"] * 2}, "needs names the same one twice"),
]


@pytest.mark.parametrize(("kind", "changes", "said"), WRONG_DETAILS)
def test_details_that_do_not_fit_are_refused_and_the_field_is_named(
    kind: str, changes: dict[str, Any], said: str
) -> None:
    assert said in refusal(details, DETAILS[kind] | changes)


def test_every_kind_has_wrong_input_in_the_table() -> None:
    assert {kind for kind, _, _ in WRONG_DETAILS} == set(Kind)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("judgment_enforcement", {"measures": ["performance"], "debtor_role":
            "administrative_organ", "debtor_office": "finance.410505"}),
        ("judgment_enforcement", {"debtor_role": "administrative_organ"}),
        ("penalty_enforcement", {"needs": ["penalty_enforcement"]}),
        ("civil_dispute", {"cause": "labour", "project": None}),
        ("administrative_dispute", {"phase": "after", "needs": ["explanation", "supervision"]}),
        ("administrative_lawsuit", {"instance": "second", "court": "court.410500"}),
        ("credit_discipline", {"list": "trustworthy", "action": "incentive",
            "needs": ["tax_incentive"]}),
        ("credit_discipline", {"list": "consumption_limit", "action": "impose",
            "needs": ["consumption_watch"]}),
    ],
)  # fmt: skip
def test_details_of_another_turn_fit_too(kind: str, changes: dict[str, Any]) -> None:
    assert details.validate_python(DETAILS[kind] | changes).kind == kind


@pytest.mark.parametrize(
    ("kind", "need"),
    [
        ("penalty_enforcement", "penalty_enforcement"),
        ("civil_dispute", "civil_mediation"),
        ("administrative_dispute", "administrative_mediation"),
        ("administrative_lawsuit", "respond_to_suit"),
        ("reconsideration", "reconsideration_decision"),
        ("credit_discipline", "credit_publication"),
    ],
)
def test_a_case_that_names_no_need_has_the_one_its_kind_is_about(kind: str, need: str) -> None:
    said = {key: value for key, value in DETAILS[kind].items() if key != "needs"}
    assert asked(details.validate_python(said).model_dump(mode="json")) == (need,)

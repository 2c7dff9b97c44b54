"""What is noted of details, outcomes, conclusions and steps: no name, no free text."""

import types
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter

from fuyuan_contracts.cases import Details, Kind
from fuyuan_contracts.conclusions import AnyConclusion
from fuyuan_contracts.ids import project_id
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.steps import AnyStep
from services.metrics import counted
from services.metrics.facts import Closed, Filed, Reported, Resolved
from services.metrics.handlers import STREAM

TEXTS = {
    "note", "action", "basis", "number", "decision", "plate", "conduct", "continues", "lawsuit",
    "appeared_by", "suggestion", "incentive", "lender", "certificate",
}  # fmt: skip
"""Fields of free text and of reference numbers; `action` and `decision` are enums elsewhere."""
PARTIES = {"debtor", "developer", "creditor", "penalised", "subject", "plaintiff", "applicant",
           "parties"}  # fmt: skip
NOTED_ELSEWHERE = {"kind", "task", "step", "needs", "measures", "concluded_on", "result", "number",
                   "stage"}  # fmt: skip
DISPUTE = {
    "kind": "administrative_dispute", "cause": "land_compensation", "phase": "before",
    "respondent": "natural_resources.410526", "action": "安罗高速征收决定", "households": 22,
    "participants": [{"name": "某村", "role": "community"}, {"name": "某局", "role": "organ"}],
}  # fmt: skip
CIVIL = {
    "kind": "civil_dispute", "cause": "house_sale", "disputes": 277,
    "parties": [{"name": "某业主"}], "project": {"division": "410527", "name": "某小区"},
}  # fmt: skip
MEDIATED = {
    "task": "administrative_mediation", "concluded_on": "2024-05-06", "ended": "withdrawn",
    "note": "多轮", "rounds": [
        {"number": 1, "held_on": "2024-04-01", "withdrew": 9},
        {"number": 2, "held_on": "2024-05-06", "withdrew": 13, "settled": 1}],
}  # fmt: skip


def members(union: Any) -> list[type[BaseModel]]:
    inner = get_args(union)[0] if get_origin(union) is Annotated else union
    return list(get_args(inner)) if get_origin(inner) in (Union, types.UnionType) else [inner]


def fields() -> Iterator[tuple[str, str, bool]]:
    """Each field of each model, and whether it is counted."""
    for model in members(Details):
        kind = Kind(get_args(model.model_fields["kind"].annotation)[0])
        yield from (
            (model.__name__, name, name in counted.DETAILS[kind]) for name in model.model_fields
        )
    for union, names in (
        (AnyOutcome, counted.OUTCOMES),
        (AnyConclusion, counted.CONCLUSIONS),
        (AnyStep, counted.STEPS),
    ):
        for model in members(union):
            yield from ((model.__name__, name, name in names) for name in model.model_fields)


def test_every_field_is_counted_or_known_not_to_be() -> None:
    rest = {(model, name) for model, name, is_counted in fields() if not is_counted}
    assert {name for _, name in rest} <= TEXTS | PARTIES | NOTED_ELSEWHERE


def test_no_name_and_no_free_text_is_counted() -> None:
    enums = {("CreditDisciplineDetails", "action"), ("ReconsiderationDecision", "decision"),
             ("ReconsiderationConclusion", "decision")}  # fmt: skip
    chosen = {(model, name) for model, name, is_counted in fields() if is_counted}
    assert not {name for _, name in chosen - enums} & (TEXTS | PARTIES)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (DISPUTE, {"cause": "land_compensation", "phase": "before", "households": 22,
                   "respondent": "natural_resources.410526", "participants": 2}),
        (CIVIL, {"cause": "house_sale", "disputes": 277,
                 "project": project_id("410527", "某小区")}),
    ],
)  # fmt: skip
def test_details_leave_names_behind(given: dict[str, Any], found: dict[str, Any]) -> None:
    details: Any = TypeAdapter(Details).validate_python(given)
    assert counted.details(details) == found


def test_rounds_are_added_up() -> None:
    outcome: Any = TypeAdapter(AnyOutcome).validate_python(MEDIATED)
    assert counted.outcome(outcome) == {
        "ended": "withdrawn", "rounds": 2, "withdrew": 22, "settled": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "fact"),
    [
        ({"type": "filed", "kind": "bankruptcy", "division": "410526", "lane": "green",
          "filed_on": "2024-03-01", "at": "2024-03-01T00:00:00Z"}, Filed),
        ({"type": "closed", "kind": "bankruptcy", "division": "410526",
          "concluded_on": "2024-03-01", "at": "2024-03-01T00:00:00Z"}, Closed),
        ({"type": "reported", "step": "received", "assignment_id": "a",
          "at": "2024-03-01T00:00:00Z"}, Reported),
        ({"type": "resolved", "assignment_id": "a", "concluded_on": "2024-03-01",
          "result": "done", "at": "2024-03-01T00:00:00Z"}, Resolved),
        ({"type": "stage_reached", "division": "410526", "stage": "funded", "on": "2024-03-01",
          "at": "2024-03-01T00:00:00Z"}, object),
        ({"type": "registered", "division": "410526", "name": "某小区",
          "at": "2024-03-01T00:00:00Z"}, object),
    ],
)  # fmt: skip
def test_what_was_noted_before_still_loads(stored: dict[str, Any], fact: type) -> None:
    found = STREAM.facts.validate_python(stored)
    assert isinstance(found, fact)
    assert STREAM.view(STREAM.evolve(STREAM.initial("c" + "a" * 24), found)) is not None


def test_what_is_counted_keeps_its_type_in_the_database() -> None:
    when = {"at": "2024-03-01T00:00:00Z", "concluded_on": date(2024, 3, 1)}
    said = {"verdict": "lost", "head_appeared": True, "recovered_fen": 1, "settled": 0}
    stored = {"type": "closed", "kind": "k", "division": "410526", "conclusion": said, **when}
    fact: Any = STREAM.facts.validate_python(stored)
    again: Any = STREAM.facts.validate_python(STREAM.facts.dump_python(fact, mode="json"))
    assert again.conclusion == said
    assert [type(value) for value in again.conclusion.values()] == [str, bool, int, int]

"""The counted part of what events say: enums, offices, days and numbers, by field.

A field is counted because it is listed here; names, reference numbers and free text are not. Of a
list its length is counted, of a project its id.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum

from pydantic import BaseModel

from fuyuan_contracts.cases import Details, Kind, ProjectRef
from fuyuan_contracts.conclusions import AnyConclusion
from fuyuan_contracts.dispute_outcomes import AdministrativeMediation
from fuyuan_contracts.ids import project_id
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.steps import AnyStep, PenaltyStage
from services.metrics.facts import Scalar

DETAILS: Mapping[Kind, tuple[str, ...]] = {
    Kind.BANKRUPTCY: (
        "procedure", "accepted_on", "employees", "retirees", "financing_fen", "project",
    ),
    Kind.STALLED_PROJECT: ("project", "stalled_since", "units", "households", "funding_gap_fen"),
    Kind.JUDGMENT_ENFORCEMENT: ("debtor_role", "debtor_office", "claim_fen"),
    Kind.PENALTY_ENFORCEMENT: ("decided_on", "penalty_fen"),
    Kind.CIVIL_DISPUTE: ("cause", "disputes", "project", "amount_fen"),
    Kind.ADMINISTRATIVE_DISPUTE: ("cause", "phase", "respondent", "participants", "households"),
    Kind.ADMINISTRATIVE_LAWSUIT: ("court", "instance", "defendant", "cause"),
    Kind.RECONSIDERATION: ("organ", "respondent", "cause"),
    Kind.CREDIT_DISCIPLINE: ("list", "action", "effective_on"),
}  # fmt: skip
OUTCOMES = (
    "accepted", "agreed", "allowed", "amount_fen", "as_group", "averted", "banks", "causes",
    "closed_on", "decision", "deregistered_on", "detained", "detained_on", "employees", "ended",
    "enforced_on", "filed_on", "found", "frozen_fen", "head_appeared", "held_on", "owed_fen",
    "paid_fen", "properties", "published_on", "relieved_fen", "repaired", "resumed_on", "retirees",
    "reviewed_on", "rounds", "settled", "source", "units", "units_delivered", "vehicles",
    "visitors", "watched", "withheld_fen",
)  # fmt: skip
CONCLUSIONS = ("decision", "ended", "head_appeared", "recovered_fen", "settled", "verdict")
STEPS = ("held_on", "reached_on", "settled", "withdrew")

Found = dict[str, Scalar]


def details(said: Details) -> Found:
    """Give the counted part of a filing's details."""
    return _counted(said, DETAILS[said.kind])


def outcome(said: AnyOutcome) -> Found:
    """Give the counted part of a task's outcome; of rounds also who withdrew and settled in all."""
    found = _counted(said, OUTCOMES)
    if isinstance(said, AdministrativeMediation):
        found["withdrew"] = sum(item.withdrew for item in said.rounds)
        found["settled"] = sum(item.settled for item in said.rounds)
    return found


def conclusion(said: AnyConclusion | None) -> Found:
    """Give the counted part of a conclusion; nothing of none."""
    return _counted(said, CONCLUSIONS) if said else {}


def step(said: AnyStep | None) -> tuple[str, Found]:
    """Name a step (`penalty_stage.filed`, `mediation_round.1`) and give its counted part."""
    if said is None:
        return "", {}
    which = said.stage if isinstance(said, PenaltyStage) else said.number
    return f"{said.step}.{which}", _counted(said, STEPS)


def _counted(said: BaseModel, names: Iterable[str]) -> Found:
    values = ((name, getattr(said, name, None)) for name in names)
    return {name: _scalar(value) for name, value in values if value is not None}


def _scalar(value: object) -> Scalar:
    match value:
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat()
        case ProjectRef():
            return project_id(value.division, value.name)
        case tuple():
            return len(value)
        case bool() | int() | str():
            return value
    raise TypeError(type(value))

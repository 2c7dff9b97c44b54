"""One good example of what each kind, task, conclusion and step says; every field of it is used."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from fuyuan_contracts.cases import Details
from fuyuan_contracts.conclusions import AnyConclusion
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.steps import AnyStep

Json = dict[str, Any]

PERSON: Json = {"name": "某甲"}
PROJECT: Json = {"division": "410527", "name": "某小区"}
DETAILS: dict[str, Json] = {
    "bankruptcy": {
        "kind": "bankruptcy",
        "debtor": {"name": "某公司", "credit_code": "91350100M000100Y43"},
        "procedure": "liquidation",
        "accepted_on": "2024-05-06",
        "needs": ["tax_clearance", "housing_continuation"],
        "employees": 120,
        "retirees": 8,
        "financing_fen": 1_000_000_00,
        "project": PROJECT,
    },
    "stalled_project": {
        "kind": "stalled_project",
        "project": PROJECT,
        "developer": {"name": "某公司"},
        "stalled_since": "2014-01-01",
        "units": 300,
        "households": 277,
        "funding_gap_fen": 120_000_000_00,
        "needs": ["project_funding", "project_resumption"],
    },
    "judgment_enforcement": {
        "kind": "judgment_enforcement",
        "basis": "(2024)豫0503民初7号",
        "creditor": {"name": "某公司", "type": "organisation"},
        "debtor": PERSON,
        "debtor_role": "individual",
        "claim_fen": 12_000_00,
        "plate": "豫E12345",
        "measures": ["find_person", "find_vehicle", "detention_assist"],
    },
    "penalty_enforcement": {
        "kind": "penalty_enforcement",
        "decision": "文城罚决字〔2024〕第9号",
        "decided_on": "2024-05-06",
        "penalised": PERSON,
        "penalty_fen": 5_000_00,
        "conduct": "违法建设",
    },
    "civil_dispute": {
        "kind": "civil_dispute",
        "cause": "house_sale",
        "parties": [PERSON, {"name": "某置业", "type": "organisation"}],
        "disputes": 277,
        "project": PROJECT,
        "amount_fen": 0,
        "needs": ["civil_mediation", "housing_coordination"],
    },
    "administrative_dispute": {
        "kind": "administrative_dispute",
        "cause": "land_compensation",
        "phase": "before",
        "respondent": "natural_resources.410526",
        "action": "安罗高速征地补偿",
        "participants": [
            {"name": "某村二十余户", "type": "group", "role": "applicant"},
            {"name": "某乡政府", "type": "organisation", "role": "organ"},
            {"name": "某调解员", "role": "mediator"},
        ],
        "households": 21,
        "lawsuit": "(2024)豫0526行初3号",
        "needs": ["administrative_mediation", "pre_suit_communication"],
    },
    "administrative_lawsuit": {
        "kind": "administrative_lawsuit",
        "number": "(2024)豫0526行初3号",
        "court": "court.410526",
        "instance": "first",
        "plaintiff": PERSON,
        "defendant": "social_security.410526",
        "cause": "social_insurance",
        "action": "工伤认定",
        "needs": ["respond_to_suit", "loss_review"],
    },
    "reconsideration": {
        "kind": "reconsideration",
        "organ": "justice.410500",
        "applicant": PERSON,
        "respondent": "market_regulation.410500",
        "cause": "penalty",
        "action": "安市监处罚〔2024〕1号",
    },
    "credit_discipline": {
        "kind": "credit_discipline",
        "list": "dishonest_debtor",
        "action": "lift",
        "subject": {"name": "某公司", "type": "organisation", "credit_code": "91350100M000100Y43"},
        "basis": "(2024)豫0506执11号",
        "effective_on": "2024-06-01",
        "continues": "示例-信-1",
        "needs": ["credit_publication", "bank_notice"],
    },
}
ROUND: Json = {"number": 1, "held_on": "2024-03-01", "withdrew": 8, "settled": 0}
STAGES: Json = {
    "allowed": True,
    "filed_on": "2024-05-06",
    "reviewed_on": "2024-05-08",
    "enforced_on": "2024-05-08",
    "closed_on": "2024-05-20",
}
OUTCOMES: dict[str, Json] = {
    "tax_clearance": {"owed_fen": 1},
    "tax_relief": {"relieved_fen": 1},
    "social_insurance": {"employees": 1, "owed_fen": 0},
    "retirement": {"retirees": 1},
    "deregistration": {"deregistered_on": "2024-06-01"},
    "credit_repair": {"repaired": ["失信记录"]},
    "financing": {"amount_fen": 1, "lender": "某银行"},
    "housing_continuation": {"units": 3},
    "fire_acceptance": {"certificate": "安消验〔2024〕1号"},
    "project_funding": {"source": "special_loan", "amount_fen": 12_000_000_000},
    "project_resumption": {"resumed_on": "2024-06-01"},
    "find_person": {"found": True},
    "find_vehicle": {"vehicles": 2},
    "find_property": {"properties": 1},
    "freeze_equity": {"frozen_fen": 1},
    "withhold_income": {"withheld_fen": 1},
    "detention_assist": {"detained": True, "detained_on": "2024-06-01"},
    "performance": {"paid_fen": 1},
    "penalty_enforcement": STAGES,
    "civil_mediation": {"ended": "settled", "settled": 277, "as_group": True},
    "housing_coordination": {"units_delivered": 277},
    "petition_reception": {"visitors": 5},
    "administrative_mediation": {
        "ended": "withdrawn",
        "rounds": [ROUND, ROUND | {"number": 2, "withdrew": 13}],
    },
    "pre_suit_communication": {"averted": True},
    "pre_judgment_consultation": {"agreed": False},
    "explanation": {"accepted": True},
    "supervision": {"suggestion": "豫安检行建〔2024〕1号"},
    "respond_to_suit": {"head_appeared": True, "appeared_by": "局长"},
    "loss_review": {"held_on": "2024-06-01", "causes": ["证据不足"]},
    "reconsideration_decision": {"decision": "upheld"},
    "credit_publication": {"published_on": "2024-06-01"},
    "bank_notice": {"banks": 12},
    "consumption_watch": {"watched": True},
    "tax_incentive": {"incentive": "绿色通道"},
}
"""Besides `task` and `concluded_on`."""
CONCLUSIONS: dict[str, Json] = {
    "bankruptcy": {"ended": "completed"},
    "stalled_project": {"ended": "delivered"},
    "judgment_enforcement": {"ended": "performed", "recovered_fen": 1},
    "penalty_enforcement": {"ended": "performed"},
    "civil_dispute": {"ended": "settled", "settled": 277},
    "administrative_dispute": {"ended": "withdrawn"},
    "administrative_lawsuit": {"verdict": "lost", "head_appeared": True},
    "reconsideration": {"decision": "revoked"},
    "credit_discipline": {"ended": "effective"},
}
"""Besides `kind` and `concluded_on`."""
STEPS: dict[str, Json] = {
    "penalty_stage": {"stage": "reviewed", "reached_on": "2024-05-08"},
    "mediation_round": ROUND,
}


def outcome_of(task: str, **changes: Any) -> Json:
    """Give a good outcome of a task, with changes."""
    return {"task": task, "concluded_on": "2024-09-20", **OUTCOMES[task], **changes}


def conclusion_of(kind: str, **changes: Any) -> Json:
    """Give a good conclusion of a kind, with changes."""
    return {"kind": kind, "concluded_on": "2024-09-20", **CONCLUSIONS[kind], **changes}


def step_of(step: str, **changes: Any) -> Json:
    """Give a good step, with changes."""
    return {"step": step, **STEPS[step], **changes}


details: TypeAdapter[Any] = TypeAdapter(Details)
outcomes: TypeAdapter[Any] = TypeAdapter(AnyOutcome)
conclusions: TypeAdapter[Any] = TypeAdapter(AnyConclusion)
steps: TypeAdapter[Any] = TypeAdapter(AnyStep)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Give every object inside a JSON value, itself first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from objects(item)


def refusal(adapter: TypeAdapter[Any], said: dict[str, Any]) -> str:
    """Give what is said of a wrong value: the path of each field, and why."""
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(said)
    return "\n".join(
        f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in caught.value.errors()
    )

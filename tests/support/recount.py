"""Counts the report's figures in a record's lines by its own reading of them: numbers from JSON.

Written apart from `services.record.counting`, so that the two can disagree.
"""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


def recount(lines: Sequence[Json], since: str, until: str) -> dict[str, int]:
    """Count what falls in a period, days as ISO text."""

    def inside(day: str) -> bool:
        return since <= day <= until

    cases = [line for line in lines if line["line"] == "case"]
    meetings = [line["type"] for line in lines if line["line"] == "meeting" and inside(line["on"])]
    enforced = [
        (line["filing"]["details"]["debtor_role"], said["conclude"])
        for line in _of(cases, "judgment_enforcement")
        for said in line.get("then", ())
        if "conclude" in said and inside(said["conclude"]["concluded_on"])
    ]
    organs = [said for role, said in enforced if role == "administrative_organ"]
    done = [said for said in map(_outcome, _tasks(cases)) if said and inside(said["concluded_on"])]
    tasks = [said["task"] for said in done]
    mediated = [said["ended"] for said in done if said["task"] == "administrative_mediation"]
    suits = _of(cases, "administrative_lawsuit")
    first = [line for line in suits if line["filing"]["details"]["instance"] == "first"]
    own = [line for line in suits if line["filer"] == "court.410500"]
    return {
        "meetings.liaison": meetings.count("liaison_meeting"),
        "meetings.loss_review": meetings.count("loss_review"),
        "instructions.issued": sum(
            line["line"] == "instruction" and inside(line["issued_on"]) for line in lines
        ),
        "enforcement.organ_closed": len(organs),
        "enforcement.organ_recovered": sum(said["recovered_fen"] for said in organs),
        "credit.consumption_limits": _imposed(cases, "consumption_limit", until),
        "credit.dishonest": _imposed(cases, "dishonest_debtor", until),
        "lookups.person": tasks.count("find_person"),
        "lookups.vehicle": tasks.count("find_vehicle"),
        "detentions.assisted": sum(bool(said.get("detained")) for said in done),
        "penalties.allowed": sum(bool(said.get("allowed")) for said in done),
        "projects.special_loans": sum(
            said["amount_fen"] for said in done if said.get("source") == "special_loan"
        ),
        "projects.disputes_settled": sum(
            said["settled"] for said in done if said["task"] == "civil_mediation"
        ),
        "lawsuits.filed": sum(inside(line["filing"]["filed_on"]) for line in first),
        "lawsuits.lost": sum(
            said["conclude"]["verdict"] == "lost" and inside(said["conclude"]["concluded_on"])
            for line in first
            for said in line["then"]
        ),
        "mediation.mediated": len(mediated),
        "mediation.settled": mediated.count("settled"),
        "reconsideration.city": sum(
            inside(line["filing"]["filed_on"]) for line in _of(cases, "reconsideration")
        ),
        "lawsuits.intermediate": sum(inside(line["filing"]["filed_on"]) for line in own),
    }


def _of(cases: Sequence[Json], kind: str) -> list[Json]:
    return [line for line in cases if line["filing"]["details"]["kind"] == kind]


def _tasks(cases: Sequence[Json]) -> list[list[list[Json]]]:
    return [rounds for line in cases for rounds in line["acts"].values()]


def _outcome(rounds: list[list[Json]]) -> Json | None:
    ended = [act["outcome"] for acts in rounds for act in acts if act["act"] == "resolve"]
    assert len(ended) <= 1
    return ended[0] if ended else None


def _imposed(cases: Sequence[Json], which: str, until: str) -> int:
    found = [line["filing"]["details"] for line in _of(cases, "credit_discipline")]
    return sum(
        item["action"] == "impose" and item["list"] == which and item["effective_on"] <= until
        for item in found
    )

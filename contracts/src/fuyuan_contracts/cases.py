"""The kinds of case: what a filing of each says. A discriminated union on `kind`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from fuyuan_contracts.dispute_cases import (
    AdministrativeDisputeDetails,
    AdministrativeDisputeNeed,
    AdministrativeLawsuitDetails,
    CivilDisputeDetails,
    CivilNeed,
    LawsuitNeed,
    ReconsiderationDetails,
    ReconsiderationNeed,
)
from fuyuan_contracts.enforcement_cases import (
    CreditDisciplineDetails,
    CreditNeed,
    JudgmentEnforcementDetails,
    Measure,
    PenaltyEnforcementDetails,
    PenaltyNeed,
)
from fuyuan_contracts.insolvency_cases import (
    BankruptcyDetails,
    BankruptcyNeed,
    StalledProjectDetails,
    StalledProjectNeed,
)
from fuyuan_contracts.kinds import Kind
from fuyuan_contracts.parts import (
    Count,
    Lane,
    Organisation,
    Participant,
    Party,
    ProjectRef,
    Strict,
)

__all__ = [
    "ASKED",
    "CONCLUDED_BY_FILER",
    "AdministrativeDisputeDetails",
    "AdministrativeDisputeNeed",
    "AdministrativeLawsuitDetails",
    "BankruptcyDetails",
    "BankruptcyNeed",
    "CivilDisputeDetails",
    "CivilNeed",
    "Count",
    "CreditDisciplineDetails",
    "CreditNeed",
    "Details",
    "JudgmentEnforcementDetails",
    "Kind",
    "Lane",
    "LawsuitNeed",
    "Measure",
    "Organisation",
    "Participant",
    "Party",
    "PenaltyEnforcementDetails",
    "PenaltyNeed",
    "ProjectRef",
    "ReconsiderationDetails",
    "ReconsiderationNeed",
    "StalledProjectDetails",
    "StalledProjectNeed",
    "Strict",
    "asked",
]

ASKED: Mapping[Kind, type[StrEnum]] = {
    Kind.BANKRUPTCY: BankruptcyNeed,
    Kind.STALLED_PROJECT: StalledProjectNeed,
    Kind.JUDGMENT_ENFORCEMENT: Measure,
    Kind.PENALTY_ENFORCEMENT: PenaltyNeed,
    Kind.CIVIL_DISPUTE: CivilNeed,
    Kind.ADMINISTRATIVE_DISPUTE: AdministrativeDisputeNeed,
    Kind.ADMINISTRATIVE_LAWSUIT: LawsuitNeed,
    Kind.RECONSIDERATION: ReconsiderationNeed,
    Kind.CREDIT_DISCIPLINE: CreditNeed,
}
"""What a case of each kind may ask offices for: its needs, or its measures. Each becomes a task."""

CONCLUDED_BY_FILER = frozenset({Kind.JUDGMENT_ENFORCEMENT, Kind.ADMINISTRATIVE_LAWSUIT})
"""Kinds whose end is the court's to say (`conclusions`): when every office has done its part they
still wait for their filer. The others close with their last task."""

Details = Annotated[
    BankruptcyDetails
    | StalledProjectDetails
    | JudgmentEnforcementDetails
    | PenaltyEnforcementDetails
    | CivilDisputeDetails
    | AdministrativeDisputeDetails
    | AdministrativeLawsuitDetails
    | ReconsiderationDetails
    | CreditDisciplineDetails,
    Field(discriminator="kind"),
]
"""The typed details of a case, told apart by `kind`; further kinds join this union."""


def asked(details: Mapping[str, Any]) -> tuple[str, ...]:
    """List what details (as JSON) ask for: their `needs`, or the `measures` of an enforcement."""
    return tuple(details.get("needs") or details.get("measures") or ())

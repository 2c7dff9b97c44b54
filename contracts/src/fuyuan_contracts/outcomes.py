"""How a task ended: a discriminated union on `task`, so that no answer of another kind fits."""

from typing import Annotated

from pydantic import Field

from fuyuan_contracts import dispute_outcomes as d
from fuyuan_contracts import enforcement_outcomes as f
from fuyuan_contracts.insolvency_outcomes import (
    CreditRepair,
    Deregistration,
    Financing,
    FireAcceptance,
    HousingContinuation,
    ProjectFunding,
    ProjectResumption,
    Retirement,
    SocialInsurance,
    TaxClearance,
    TaxRelief,
)
from fuyuan_contracts.outcome_base import Outcome

__all__ = ["AnyOutcome", "Outcome", "ProjectFunding"]

AnyOutcome = Annotated[
    TaxClearance
    | TaxRelief
    | SocialInsurance
    | Retirement
    | Deregistration
    | CreditRepair
    | Financing
    | HousingContinuation
    | FireAcceptance
    | ProjectFunding
    | ProjectResumption
    | f.FindPerson
    | f.FindVehicle
    | f.FindProperty
    | f.FreezeEquity
    | f.WithholdIncome
    | f.DetentionAssist
    | f.Performance
    | f.PenaltyEnforcement
    | f.CreditPublication
    | f.BankNotice
    | f.ConsumptionWatch
    | f.TaxIncentive
    | d.CivilMediation
    | d.HousingCoordination
    | d.PetitionReception
    | d.AdministrativeMediation
    | d.PreSuitCommunication
    | d.PreJudgmentConsultation
    | d.Explanation
    | d.Supervision
    | d.RespondToSuit
    | d.LossReview
    | d.ReconsiderationDecision,
    Field(discriminator="task"),
]
"""The typed outcome of a task; those of further kinds join this union."""

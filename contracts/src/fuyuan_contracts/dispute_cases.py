"""Disputes, civil and administrative: what a filing of each says (seed brief rows 14 to 21)."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fuyuan_contracts.identifiers import Fen, Line, OfficeId, Reference
from fuyuan_contracts.kinds import Kind
from fuyuan_contracts.parts import (
    Count,
    Participant,
    Parties,
    Party,
    ProjectRef,
    Strict,
    no_repeats,
)

Cause = Literal[
    "land_compensation", "expropriation", "penalty", "licence", "registration", "disclosure",
    "social_insurance", "inaction", "other",
]  # fmt: skip
"""案由 of an administrative matter."""


class CivilNeed(StrEnum):
    """What a civil dispute needs; each becomes a task."""

    CIVIL_MEDIATION = "civil_mediation"
    HOUSING_COORDINATION = "housing_coordination"
    PETITION_RECEPTION = "petition_reception"


class AdministrativeDisputeNeed(StrEnum):
    """What an administrative dispute needs; each becomes a task."""

    ADMINISTRATIVE_MEDIATION = "administrative_mediation"
    PRE_SUIT_COMMUNICATION = "pre_suit_communication"
    PRE_JUDGMENT_CONSULTATION = "pre_judgment_consultation"
    EXPLANATION = "explanation"
    SUPERVISION = "supervision"


class LawsuitNeed(StrEnum):
    """What a lawsuit asks of the organ that is sued; each becomes a task."""

    RESPOND_TO_SUIT = "respond_to_suit"
    LOSS_REVIEW = "loss_review"


class ReconsiderationNeed(StrEnum):
    """What an application for reconsideration needs; each becomes a task."""

    RECONSIDERATION_DECISION = "reconsideration_decision"


class CivilDisputeDetails(Strict):
    """A civil dispute, singly or as a group; house sales are linked to a project."""

    kind: Literal[Kind.CIVIL_DISPUTE]
    cause: Literal["house_sale", "labour", "loan", "lease", "construction", "other"]
    """house_sale: 商品房买卖合同纠纷."""
    parties: Parties = ()
    disputes: Annotated[Count, Field(ge=1)] = 1
    """How many disputes it stands for; more than one where they are settled as a group."""
    project: ProjectRef | None = None
    amount_fen: Fen | None = None
    needs: Annotated[tuple[CivilNeed, ...], Field(min_length=1, max_length=20)] = (
        CivilNeed.CIVIL_MEDIATION,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.needs)
        if self.cause == "house_sale" and self.project is None:
            msg = "project is required with the cause house_sale"
            raise ValueError(msg)
        return self


class AdministrativeDisputeDetails(Strict):
    """A dispute with an organ, mediated before, during or after a lawsuit (诉前、诉中、诉后)."""

    kind: Literal[Kind.ADMINISTRATIVE_DISPUTE]
    cause: Cause
    phase: Literal["before", "during", "after"]
    respondent: OfficeId
    """The organ whose action is disputed."""
    action: Line | None = None
    """The disputed action, such as the number of a decision or the name of a works (安罗高速)."""
    participants: Annotated[tuple[Participant, ...], Field(max_length=100)] = ()
    """"2+N": the two sides and whoever else sits at the table."""
    households: Count | None = None
    lawsuit: Reference | None = None
    """The number of the lawsuit it belongs to."""
    needs: Annotated[tuple[AdministrativeDisputeNeed, ...], Field(min_length=1, max_length=20)] = (
        AdministrativeDisputeNeed.ADMINISTRATIVE_MEDIATION,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.needs)
        return self


class AdministrativeLawsuitDetails(Strict):
    """An administrative lawsuit (行政诉讼); seed brief rows 15, 19 and 21."""

    kind: Literal[Kind.ADMINISTRATIVE_LAWSUIT]
    number: Reference
    """案号."""
    court: OfficeId
    instance: Literal["first", "second", "retrial"]
    plaintiff: Party
    defendant: OfficeId
    cause: Cause
    action: Line | None = None
    needs: Annotated[tuple[LawsuitNeed, ...], Field(min_length=1, max_length=20)] = (
        LawsuitNeed.RESPOND_TO_SUIT,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.needs)
        if not self.court.startswith("court."):
            msg = "court must be a court, such as court.410526"
            raise ValueError(msg)
        return self


class ReconsiderationDetails(Strict):
    """An application for administrative reconsideration (行政复议); seed brief row 21."""

    kind: Literal[Kind.RECONSIDERATION]
    organ: OfficeId
    """The office that decides for the government: the justice bureau of the level."""
    applicant: Party
    respondent: OfficeId
    cause: Cause
    action: Line | None = None
    needs: Annotated[tuple[ReconsiderationNeed, ...], Field(min_length=1, max_length=20)] = (
        ReconsiderationNeed.RECONSIDERATION_DECISION,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.needs)
        return self

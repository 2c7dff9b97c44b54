"""Companies and housing projects in trouble: what a filing of each says."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fuyuan_contracts.identifiers import Fen
from fuyuan_contracts.kinds import Kind
from fuyuan_contracts.parts import Count, Organisation, ProjectRef, Strict, no_repeats
from fuyuan_contracts.times import Day


class BankruptcyNeed(StrEnum):
    """What a court asks the offices for in a bankruptcy; each becomes a task."""

    TAX_CLEARANCE = "tax_clearance"
    TAX_RELIEF = "tax_relief"
    SOCIAL_INSURANCE = "social_insurance"
    RETIREMENT = "retirement"
    DEREGISTRATION = "deregistration"
    CREDIT_REPAIR = "credit_repair"
    FINANCING = "financing"
    HOUSING_CONTINUATION = "housing_continuation"
    FIRE_ACCEPTANCE = "fire_acceptance"


class StalledProjectNeed(StrEnum):
    """What a stalled housing project needs; each becomes a task."""

    PROJECT_FUNDING = "project_funding"
    PROJECT_RESUMPTION = "project_resumption"


class BankruptcyDetails(Strict):
    """A bankruptcy (企业破产) in which offices have to act; seed brief rows 10 to 13."""

    kind: Literal[Kind.BANKRUPTCY]
    debtor: Organisation
    procedure: Literal["reorganisation", "settlement", "liquidation"]
    """重整, 和解 or 破产清算 (Enterprise Bankruptcy Law)."""
    accepted_on: Day | None = None
    """The day the court accepted the petition (裁定受理)."""
    needs: Annotated[tuple[BankruptcyNeed, ...], Field(min_length=1, max_length=20)]
    employees: Count | None = None
    retirees: Count | None = None
    financing_fen: Fen | None = None
    project: ProjectRef | None = None
    """The housing project of a restructured developer."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.needs)
        if BankruptcyNeed.HOUSING_CONTINUATION in self.needs and self.project is None:
            msg = "project is required with the need housing_continuation"
            raise ValueError(msg)
        return self


class StalledProjectDetails(Strict):
    """A stalled housing project (问题楼盘); seed brief row 14."""

    kind: Literal[Kind.STALLED_PROJECT]
    project: ProjectRef
    developer: Organisation
    stalled_since: Day | None = None
    units: Count | None = None
    households: Count | None = None
    funding_gap_fen: Fen | None = None
    needs: Annotated[tuple[StalledProjectNeed, ...], Field(min_length=1, max_length=20)] = (
        StalledProjectNeed.PROJECT_FUNDING,
        StalledProjectNeed.PROJECT_RESUMPTION,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.needs)
        return self

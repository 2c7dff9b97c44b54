"""Enforcement and discipline: what a filing of each says (seed brief rows 5 to 9)."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fuyuan_contracts.identifiers import Fen, Line, OfficeId, Reference
from fuyuan_contracts.kinds import Kind
from fuyuan_contracts.parts import Party, Strict, no_repeats
from fuyuan_contracts.times import Day


class Measure(StrEnum):
    """What a court asks offices for when it enforces a judgment; each becomes a task."""

    FIND_PERSON = "find_person"
    FIND_VEHICLE = "find_vehicle"
    FIND_PROPERTY = "find_property"
    FREEZE_EQUITY = "freeze_equity"
    WITHHOLD_INCOME = "withhold_income"
    DETENTION_ASSIST = "detention_assist"
    PERFORMANCE = "performance"


class PenaltyNeed(StrEnum):
    """What an organ asks the court for; each becomes a task."""

    PENALTY_ENFORCEMENT = "penalty_enforcement"


class CreditNeed(StrEnum):
    """Who has to act on a listing, its lifting, its repair or an incentive; each becomes a task."""

    CREDIT_PUBLICATION = "credit_publication"
    BANK_NOTICE = "bank_notice"
    CONSUMPTION_WATCH = "consumption_watch"
    TAX_INCENTIVE = "tax_incentive"


class JudgmentEnforcementDetails(Strict):
    """A judgment to be enforced (执行案件): find people and assets, act on refusal.

    The filing's `contact` is the person looked for; what identifies them stays with intake, and an
    office asks there, for its own assignment and with a purpose (seed brief row 8).
    """

    kind: Literal[Kind.JUDGMENT_ENFORCEMENT]
    basis: Reference
    """执行依据: the number of the judgment."""
    creditor: Party | None = None
    debtor: Party
    debtor_role: Literal["individual", "enterprise", "administrative_organ", "other"]
    """Cases against administrative organs are counted apart (seed brief row 6)."""
    debtor_office: OfficeId | None = None
    """The organ that owes, where it is an office here."""
    claim_fen: Fen | None = None
    plate: Line | None = None
    """The vehicle looked for (号牌号码)."""
    measures: Annotated[tuple[Measure, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.measures, "measures")
        if Measure.PERFORMANCE in self.measures and self.debtor_office is None:
            msg = "debtor_office is required with the measure performance"
            raise ValueError(msg)
        if self.debtor_office and self.debtor_role != "administrative_organ":
            msg = "debtor_role must be administrative_organ where debtor_office is given"
            raise ValueError(msg)
        return self


class PenaltyEnforcementDetails(Strict):
    """An administrative penalty the court is asked to enforce (行政非诉执行); seed brief row 9."""

    kind: Literal[Kind.PENALTY_ENFORCEMENT]
    decision: Reference
    """处罚决定书文号."""
    decided_on: Day | None = None
    penalised: Party
    penalty_fen: Fen | None = None
    conduct: Line | None = None
    """What was penalised, such as 违法建设."""
    needs: Annotated[tuple[PenaltyNeed, ...], Field(min_length=1, max_length=20)] = (
        PenaltyNeed.PENALTY_ENFORCEMENT,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.needs)
        return self


class CreditDisciplineDetails(Strict):
    """Joint incentive and discipline (联合惩戒、守信激励); seed brief row 7."""

    kind: Literal[Kind.CREDIT_DISCIPLINE]
    list: Literal["consumption_limit", "dishonest_debtor", "trustworthy"]
    """限制高消费, 失信被执行人 or 守信名单."""
    action: Literal["impose", "lift", "repair", "incentive"]
    subject: Party
    basis: Reference
    """The number of the decision."""
    effective_on: Day
    continues: Reference | None = None
    """The reference under which the listing was filed that is lifted or repaired."""
    needs: Annotated[tuple[CreditNeed, ...], Field(min_length=1, max_length=20)] = (
        CreditNeed.CREDIT_PUBLICATION,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_repeats(self.needs)
        if (self.action == "incentive") != (self.list == "trustworthy"):
            msg = "action incentive goes with list trustworthy, and only with it"
            raise ValueError(msg)
        return self

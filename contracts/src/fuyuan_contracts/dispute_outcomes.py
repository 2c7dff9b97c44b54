"""How a task of a dispute ended (seed brief rows 14 to 21)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fuyuan_contracts.identifiers import Line
from fuyuan_contracts.outcome_base import Outcome
from fuyuan_contracts.parts import Count, Flag, Strict
from fuyuan_contracts.times import Day

Mediated = Literal["settled", "failed", "withdrawn"]
"""调解成功, 调解不成 or 撤回 (撤诉)."""
Decision = Literal[
    "upheld", "revoked", "changed", "ordered", "unlawful", "dismissed", "mediated", "withdrawn"
]
"""维持, 撤销, 变更, 责令履行, 确认违法, 驳回, 调解 or 终止 (撤回); Reconsideration Law, ch. 5."""


class Round(Strict):
    """One round of a dispute that is settled in rounds (seed brief row 18)."""

    number: Annotated[Count, Field(ge=1, le=99)]
    held_on: Day
    withdrew: Count = 0
    """Households (or parties) that withdrew after it."""
    settled: Count = 0


class CivilMediation(Outcome):
    """A civil dispute was mediated, singly or as a group."""

    task: Literal["civil_mediation"]
    ended: Mediated
    settled: Count = 0
    """Disputes settled."""
    as_group: Flag = False


class HousingCoordination(Outcome):
    """The housing bureau's part in disputes about house sales."""

    task: Literal["housing_coordination"]
    units_delivered: Count = 0


class PetitionReception(Outcome):
    """信访接待."""

    task: Literal["petition_reception"]
    visitors: Count = 0


class AdministrativeMediation(Outcome):
    """行政争议调解, in one round or several."""

    task: Literal["administrative_mediation"]
    ended: Mediated
    rounds: Annotated[tuple[Round, ...], Field(max_length=99)] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        numbers = [item.number for item in self.rounds]
        if numbers != list(range(1, len(numbers) + 1)):
            msg = "rounds must be numbered 1, 2, 3, … in order"
            raise ValueError(msg)
        return self


class PreSuitCommunication(Outcome):
    """诉前沟通: what the organ told the court before a suit."""

    task: Literal["pre_suit_communication"]
    averted: Flag
    """Whether no suit was brought."""


class PreJudgmentConsultation(Outcome):
    """判前会商."""

    task: Literal["pre_judgment_consultation"]
    agreed: Flag


class Explanation(Outcome):
    """判后释明: the judgment was explained."""

    task: Literal["explanation"]
    accepted: Flag
    """Whether the parties accepted it without going on."""


class Supervision(Outcome):
    """检察监督: the procuratorate's part (府院府检)."""

    task: Literal["supervision"]
    suggestion: Line | None = None
    """The number of its suggestion (检察建议)."""


class RespondToSuit(Outcome):
    """应诉: whether the head of the organ appeared in court (seed brief row 19)."""

    task: Literal["respond_to_suit"]
    head_appeared: Flag
    appeared_by: Line | None = None
    """Who appeared, by office held: 局长, 副局长."""


class LossReview(Outcome):
    """败诉复盘 (seed brief row 15)."""

    task: Literal["loss_review"]
    held_on: Day
    causes: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class ReconsiderationDecision(Outcome):
    """行政复议决定."""

    task: Literal["reconsideration_decision"]
    decision: Decision

"""How a case as a whole ended, in its filer's words: a discriminated union on `kind`.

A filer may conclude any case; those of `cases.CONCLUDED_BY_FILER` don't close without.
"""

from typing import Annotated, Literal

from pydantic import Field

from fuyuan_contracts.dispute_outcomes import Decision, Mediated
from fuyuan_contracts.identifiers import Fen, Text
from fuyuan_contracts.kinds import Kind
from fuyuan_contracts.parts import Count, Flag, Strict
from fuyuan_contracts.times import Day


class Conclusion(Strict):
    """What every conclusion says."""

    concluded_on: Day
    """The business date (Asia/Shanghai) the filer gives; figures for a period use it."""
    note: Text | None = None


class BankruptcyConclusion(Conclusion):
    """终结破产程序 or 终止重整."""

    kind: Literal[Kind.BANKRUPTCY]
    ended: Literal["completed", "terminated"]


class StalledProjectConclusion(Conclusion):
    """The project is no longer this case's matter."""

    kind: Literal[Kind.STALLED_PROJECT]
    ended: Literal["delivered", "terminated"]


class JudgmentEnforcementConclusion(Conclusion):
    """执行完毕, 和解, 终结本次执行程序 or 终结执行, with what was recovered."""

    kind: Literal[Kind.JUDGMENT_ENFORCEMENT]
    ended: Literal["performed", "settled", "suspended", "terminated"]
    recovered_fen: Fen


class PenaltyEnforcementConclusion(Conclusion):
    """The organ no longer asks: paid, or dropped."""

    kind: Literal[Kind.PENALTY_ENFORCEMENT]
    ended: Literal["performed", "terminated"]


class CivilDisputeConclusion(Conclusion):
    """The dispute ended outside the offices' tasks."""

    kind: Literal[Kind.CIVIL_DISPUTE]
    ended: Mediated
    settled: Count = 0


class AdministrativeDisputeConclusion(Conclusion):
    """The dispute ended outside the offices' tasks."""

    kind: Literal[Kind.ADMINISTRATIVE_DISPUTE]
    ended: Mediated


class AdministrativeLawsuitConclusion(Conclusion):
    """What the court decided; `lost` counts for the share lost (败诉率, seed brief row 15)."""

    kind: Literal[Kind.ADMINISTRATIVE_LAWSUIT]
    verdict: Literal["lost", "won", "dismissed", "mediated", "withdrawn"]
    """From the organ's side: 败诉, 胜诉, 驳回起诉, 调解 or 撤诉."""
    head_appeared: Flag | None = None


class ReconsiderationConclusion(Conclusion):
    """The decision, where no office's task says it."""

    kind: Literal[Kind.RECONSIDERATION]
    decision: Decision


class CreditDisciplineConclusion(Conclusion):
    """The listing is in force or no longer needed."""

    kind: Literal[Kind.CREDIT_DISCIPLINE]
    ended: Literal["effective", "revoked"]


AnyConclusion = Annotated[
    BankruptcyConclusion
    | StalledProjectConclusion
    | JudgmentEnforcementConclusion
    | PenaltyEnforcementConclusion
    | CivilDisputeConclusion
    | AdministrativeDisputeConclusion
    | AdministrativeLawsuitConclusion
    | ReconsiderationConclusion
    | CreditDisciplineConclusion,
    Field(discriminator="kind"),
]
"""The typed end of a case; those of further kinds join this union."""

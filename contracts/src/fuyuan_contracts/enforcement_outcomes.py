"""How a task of enforcement or discipline ended (seed brief rows 5 to 9)."""

from itertools import pairwise
from typing import Literal, Self

from pydantic import model_validator

from fuyuan_contracts.identifiers import Fen, Line
from fuyuan_contracts.outcome_base import Outcome
from fuyuan_contracts.parts import Count, Flag
from fuyuan_contracts.times import Day


class FindPerson(Outcome):
    """查人: a person look-up."""

    task: Literal["find_person"]
    found: Flag


class FindVehicle(Outcome):
    """查车: a vehicle look-up."""

    task: Literal["find_vehicle"]
    vehicles: Count


class FindProperty(Outcome):
    """查不动产: real estate registered to the debtor."""

    task: Literal["find_property"]
    properties: Count


class FreezeEquity(Outcome):
    """冻结股权."""

    task: Literal["freeze_equity"]
    frozen_fen: Fen


class WithholdIncome(Outcome):
    """扣留、提取收入."""

    task: Literal["withhold_income"]
    withheld_fen: Fen


class DetentionAssist(Outcome):
    """协助拘留."""

    task: Literal["detention_assist"]
    detained: Flag
    detained_on: Day | None = None


class Performance(Outcome):
    """履行: what an administrative organ that owes has paid (seed brief row 6)."""

    task: Literal["performance"]
    paid_fen: Fen


class PenaltyEnforcement(Outcome):
    """准予强制执行 or not, with the days of the four stages 立、审、执、结 (seed brief row 9)."""

    task: Literal["penalty_enforcement"]
    allowed: Flag
    filed_on: Day
    reviewed_on: Day
    enforced_on: Day | None = None
    closed_on: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.enforced_on and not self.allowed:
            msg = "enforced_on must be left out where enforcement was not allowed"
            raise ValueError(msg)
        days = (self.filed_on, self.reviewed_on, self.enforced_on, self.closed_on)
        known = [day for day in days if day is not None]
        if any(later < earlier for earlier, later in pairwise(known)):
            msg = "the stages must follow each other: filed, reviewed, enforced, closed"
            raise ValueError(msg)
        return self


class CreditPublication(Outcome):
    """公示: entered in, or taken out of, the public credit records."""

    task: Literal["credit_publication"]
    published_on: Day | None = None


class BankNotice(Outcome):
    """Banks were told."""

    task: Literal["bank_notice"]
    banks: Count


class ConsumptionWatch(Outcome):
    """布控: a limit on consumption is watched, or no longer."""

    task: Literal["consumption_watch"]
    watched: Flag


class TaxIncentive(Outcome):
    """守信激励: what a trustworthy taxpayer is given."""

    task: Literal["tax_incentive"]
    incentive: Line | None = None

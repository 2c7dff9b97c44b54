"""Steps on the way that are counted: a discriminated union on `step`, in a report of progress."""

from typing import Annotated, Literal

from pydantic import Field

from fuyuan_contracts.dispute_outcomes import Round
from fuyuan_contracts.parts import Strict
from fuyuan_contracts.times import Day


class PenaltyStage(Strict):
    """快立、快审、快执、快结: a stage of enforcing a penalty was reached (seed brief row 9)."""

    step: Literal["penalty_stage"]
    stage: Literal["filed", "reviewed", "enforced", "closed"]
    reached_on: Day


class MediationRound(Round):
    """A round of a mediation was held (seed brief row 18)."""

    step: Literal["mediation_round"]


AnyStep = Annotated[PenaltyStage | MediationRound, Field(discriminator="step")]
"""A step; further ones join this union."""

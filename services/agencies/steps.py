"""Steps that are counted, in a report of progress: which task has them, and in what order. Pure."""

from collections.abc import Sequence
from datetime import date

from fuyuan_contracts.reports import STAGES, step_fault
from services.agencies.parts import Given, Json
from services.runtime.domain import RefusedError

__all__ = ["STAGES", "check_step"]


def check_step(given: Given, before: Sequence[Json], step: Json, today: date) -> None:
    """Check a step against those `before` it (all of the assignment, in order).

    Raises RefusedError naming the field (`step.stage`).
    """
    if wrong := step_fault(given.task, given.details, before, step, today):
        raise RefusedError(wrong.message, wrong.field)

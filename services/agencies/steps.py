"""Steps that are counted, in a report of progress: which task has them, and in what order. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from services.agencies.parts import Given, Json
from services.runtime.domain import RefusedError

STAGES = ("filed", "reviewed", "enforced", "closed")
"""快立、快审、快执、快结 (seed brief row 9)."""
TASKS: Mapping[str, tuple[str, ...]] = {
    "penalty_stage": ("penalty_enforcement",),
    "mediation_round": ("administrative_mediation", "civil_mediation"),
}
"""The tasks that a step belongs to."""


def check_step(given: Given, before: Sequence[Json], step: Json, today: date) -> None:
    """Check a step against those `before` it (all of the assignment, in order).

    Raises RefusedError naming the field (`step.stage`).
    """
    name = step["step"]
    if given.task not in TASKS[name]:
        raise RefusedError(f"{name} is no step of {given.task}", "step.step")
    CHECKS[name](given, [item for item in before if item["step"] == name], step, today)


def _stage(given: Given, before: Sequence[Json], step: Json, today: date) -> None:
    last = before[-1] if before else None
    if last and STAGES.index(step["stage"]) <= STAGES.index(last["stage"]):
        msg = f"must come after {last['stage']}, which was reached on {last['reached_on']}"
        raise RefusedError(msg, "step.stage")
    earliest = last["reached_on"] if last else given.details.get("decided_on")
    _between(step, "reached_on", earliest, today)


def _round(_given: Given, before: Sequence[Json], step: Json, today: date) -> None:
    expected = before[-1]["number"] + 1 if before else 1
    if step["number"] != expected:
        raise RefusedError(f"rounds are numbered in order: expected {expected}", "step.number")
    _between(step, "held_on", before[-1]["held_on"] if before else None, today)


def _between(step: Json, name: str, earliest: str | None, today: date) -> None:
    day = date.fromisoformat(step[name])
    if day > today:
        raise RefusedError(f"must not be after today, {today}", f"step.{name}")
    if earliest and day < date.fromisoformat(earliest):
        raise RefusedError(f"must not be before {earliest}", f"step.{name}")


CHECKS: Mapping[str, Callable[[Given, Sequence[Json], Json, date], None]] = {
    "penalty_stage": _stage,
    "mediation_round": _round,
}

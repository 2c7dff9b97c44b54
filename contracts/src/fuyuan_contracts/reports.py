"""What a report of an office must keep to beyond its schema. Pure, on JSON: the one place for it.

Routing asks it of what comes over the bus, the agencies' services of what comes over HTTP, the kit
before anything is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from fuyuan_contracts.personal import holds_personal, masked

__all__ = ["PERSONAL", "STAGES", "TASKS", "Fault", "late_day", "masked", "personal", "step_fault"]

Json = Mapping[str, Any]
PERSONAL = "holds a resident id or phone number: never on the bus"
STAGES = ("filed", "reviewed", "enforced", "closed")
"""快立、快审、快执、快结 (seed brief row 9)."""
TASKS: Mapping[str, tuple[str, ...]] = {
    "penalty_stage": ("penalty_enforcement",),
    "mediation_round": ("administrative_mediation", "civil_mediation"),
}
"""The tasks that a step belongs to."""


class Fault(NamedTuple):
    """What is wrong with a report: the path of the field, and what was expected."""

    field: str
    message: str


def personal(value: object, path: str = "") -> Iterator[str]:
    """Name the texts, at any depth, that hold what only intake may keep."""
    match value:
        case str():
            if holds_personal(value):
                yield path
        case Mapping():
            for name, inner in value.items():
                yield from personal(inner, _below(path, name))
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from personal(inner, _below(path, number))


def late_day(value: object, path: str, today: date) -> Fault | None:
    """Find the first day (a field `…_on`, at any depth) that is still to come."""
    for place, day in _days(value, path):
        if date.fromisoformat(day) > today:
            return Fault(place, f"must not be after today, {today}")
    return None


def step_fault(
    task: str, details: Json, before: Sequence[Json], step: Json, today: date
) -> Fault | None:
    """Check a counted step of `task` against those `before` it, in order; the last is enough.

    `details` are the case's, as JSON.
    """
    name = step["step"]
    if name in TASKS and task not in TASKS[name]:
        return Fault("step.step", f"{name} is no step of {task}")
    alike = [item for item in before if item["step"] == name]
    last = alike[-1] if alike else None
    match name:
        case "penalty_stage":
            earliest = last["reached_on"] if last else details.get("decided_on")
            wrong = _stage(last, step) or _before("reached_on", step, earliest)
        case "mediation_round":
            wrong = _round(last, step) or _before(
                "held_on", step, last["held_on"] if last else None
            )
        case _:
            wrong = None
    return wrong or late_day(step, "step", today)


def _stage(last: Json | None, step: Json) -> Fault | None:
    if last and STAGES.index(step["stage"]) <= STAGES.index(last["stage"]):
        said = f"must come after {last['stage']}, which was reached on {last['reached_on']}"
        return Fault("step.stage", said)
    return None


def _round(last: Json | None, step: Json) -> Fault | None:
    expected = last["number"] + 1 if last else 1
    if step["number"] == expected:
        return None
    return Fault("step.number", f"rounds are numbered in order: expected {expected}")


def _before(name: str, step: Json, earliest: str | None) -> Fault | None:
    if earliest and date.fromisoformat(step[name]) < date.fromisoformat(earliest):
        return Fault(f"step.{name}", f"must not be before {earliest}")
    return None


def _days(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for name, inner in value.items():
                if name.endswith("_on") and isinstance(inner, str):
                    yield _below(path, name), inner
                else:
                    yield from _days(inner, _below(path, name))
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from _days(inner, _below(path, number))


def _below(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)

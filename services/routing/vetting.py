"""What a report of an office is held to before it counts: its words, days and steps. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from fuyuan_contracts.reports import PERSONAL, late_day, masked, personal, step_fault
from services.routing.facts import Reported
from services.routing.inputs import Report
from services.routing.model import Assignment
from services.runtime.domain import RefusedError

TEXTS: Mapping[str, str] = {
    "progressed": "note", "requested": "question", "returned": "reason", "failed": "error",
}  # fmt: skip
"""What the text of each act is called on the wire."""


def without_personal(given: Report) -> Report:
    """Give a report that holds nobody's number: a program's own failure is told with it masked.

    Raises RefusedError naming the field for what a person has said.
    """
    if given.act == "failed":
        by = masked(given.by) if given.by else None
        return replace(given, text=masked(given.text or ""), by=by)
    said = {
        TEXTS.get(given.act, "text"): given.text,
        "by": given.by,
        "outcome": given.outcome,
        "step": given.step,
    }
    for field in personal(said):
        raise RefusedError(PERSONAL, field)
    return given


def sayable(by: str | None) -> str | None:
    """Leave out the name of who spoke where it holds a number: a refusal repeats none."""
    return None if by and list(personal(by)) else by


def check_days(fact: Reported, today: date) -> None:
    """Refuse an outcome that tells of a day to come."""
    if wrong := late_day(fact.outcome or {}, "outcome", today):
        raise RefusedError(wrong.message, wrong.field)


def check_step(given: Assignment, details: Mapping[str, Any], fact: Reported, today: date) -> None:
    """Refuse a counted step of another task, out of order, or of a day to come."""
    if fact.step is None:
        return
    before = [given.stepped.step] if given.stepped and given.stepped.step else []
    if wrong := step_fault(given.issue.task, details, before, fact.step, today):
        raise RefusedError(wrong.message, wrong.field)

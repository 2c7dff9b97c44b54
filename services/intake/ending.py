"""How a filer ends a case: withdrawn or concluded, once, in words that stay. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from services.intake import facts as f
from services.intake import model as m
from services.runtime.domain import RefusedError, business_day


def withdraw(case: m.Case, given: m.Withdraw, now: datetime) -> Sequence[f.Fact]:
    """Take a case back; the same words again give nothing. Raises SaidBeforeError."""
    if case.withdrawn and case.withdrawn.reason == given.reason:
        return []
    check_open(case)
    return [f.Withdrawn(given.reason, business_day(now), given.by, now)]


def conclude(case: m.Case, given: m.Conclude, now: datetime) -> Sequence[f.Fact]:
    """Conclude a case; the same words again give nothing.

    Raises SaidBeforeError, RefusedError with the field of a conclusion that can't be this case's.
    """
    if case.concluded and case.concluded.conclusion == given.conclusion:
        return []
    check_open(case)
    if wrong := _wrong(case, given, business_day(now)):
        field, message = wrong
        raise RefusedError(message, f"conclusion.{field}")
    return [f.Concluded(given.conclusion, given.by, now)]


def check_open(case: m.Case) -> None:
    """Raise SaidBeforeError, with what was said, for a case that is over."""
    if case.withdrawn:
        raise m.SaidBeforeError("the case was withdrawn before", {"reason": case.withdrawn.reason})
    if case.concluded:
        said = _said(case.concluded.conclusion)
        raise m.SaidBeforeError("the case was concluded before", said)
    if case.closed_on:
        raise m.SaidBeforeError("the case is closed", {"closed_on": f"{case.closed_on}"})


def _wrong(case: m.Case, given: m.Conclude, today: date) -> tuple[str, str] | None:
    filing = case.filed.filing if case.filed else None
    concluded_on = date.fromisoformat(given.conclusion["concluded_on"])
    if filing and given.conclusion["kind"] != filing.details["kind"]:
        return "kind", f"expected the case's own: {filing.details['kind']}"
    if concluded_on > today:
        return "concluded_on", f"is in the future: today is {today} (Asia/Shanghai)"
    if filing and concluded_on < filing.filed_on:
        return "concluded_on", f"is before the case was filed: {filing.filed_on}"
    return None


def _said(conclusion: Mapping[str, object]) -> dict[str, str]:
    return {
        f"conclusion.{name}": str(value) for name, value in conclusion.items() if value is not None
    }

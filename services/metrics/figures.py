"""What counts as what: the figures of one assignment and of one case. Pure.

`definitions` says the same for people. A figure of many is the sum over them, so that the database
only has to add.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.metrics.model import Assignment, Case

SIGNIFICANT_DIGITS = 3
ENDINGS = ("done", "concluded", "withdrawn")
CASE_FIGURES = (
    "filed", "routed", "unroutable", "escalated", "closed",
    *(f"closed_{ending}" for ending in ENDINGS), "open",
)  # fmt: skip
ASSIGNMENT_FIGURES = (
    "issued", "delivered", "received", "received_on_time", "receipt_judged", "resolved",
    "resolved_on_time", "resolution_judged", "returned", "recalled", "failed", "overdue",
    "overdue_receipt", "overdue_resolution", "waiting", "open",
)  # fmt: skip
BEFORE_OFFICES = ("open", "undelivered", "unreceived", "late")
WAITS = ("delivery", "receipt", "resolution")


@dataclass(frozen=True, slots=True)
class Wait:
    """How long something took from issue on. `coarse` is `ms` to three significant digits, up."""

    what: str
    ms: int
    coarse: int


def case_figures(case: Case) -> frozenset[str]:
    """Tell which of CASE_FIGURES a case counts for."""
    filed, closed = case.filed_at is not None, case.closed is not None
    found = {
        "filed": filed,
        "routed": case.routed_at is not None,
        "unroutable": bool(case.unroutable),
        "escalated": bool(case.escalated),
        "closed": closed,
        "open": filed and not closed,
    }
    if case.closed:
        found[f"closed_{case.closed.ending}"] = True
    return frozenset(name for name, holds in found.items() if holds)


def completed(given: Assignment) -> Assignment:
    """Fill in the steps that a later one implies: who resolves a task has received it.

    Reports overtake each other, and an office's own consumer may leave a step out; routing reads
    them the same way.
    """
    resolved = given.resolved.at if given.resolved else None
    returned = given.returned.at if given.returned else None
    accepted = _first(given.accepted_at, given.progressed_at, resolved)
    received = _first(given.received_at, accepted, returned, *given.asked.values())
    delivered = _first(given.delivered_at, received, given.failed_at)
    return replace(given, accepted_at=accepted, received_at=received, delivered_at=delivered)


def assignment_figures(given: Assignment) -> frozenset[str]:
    """Tell which of ASSIGNMENT_FIGURES a (completed) assignment counts for."""
    received, resolved = given.received_at, given.resolved.at if given.resolved else None
    receipt_late = "receipt" in given.overdue
    resolution_late = "resolution" in given.overdue
    open_ = resolved is None and given.returned is None and given.recalled is None
    found = {
        "issued": True,
        "delivered": given.delivered_at is not None,
        "received": received is not None,
        "received_on_time": _in_time(received, given.receipt_due),
        "receipt_judged": _judged(received, given.receipt_due, late=receipt_late),
        "resolved": resolved is not None,
        "resolved_on_time": _resolved_in_time(given),
        "resolution_judged": _judged(resolved, given.resolution_due, late=resolution_late),
        "returned": given.returned is not None,
        "recalled": given.recalled is not None,
        "failed": given.failed_at is not None,
        "overdue": bool(given.overdue),
        "overdue_receipt": receipt_late,
        "overdue_resolution": resolution_late,
        "waiting": open_ and bool(given.asked.keys() - given.answered.keys()),
        "open": open_,
    }
    return frozenset(name for name, holds in found.items() if holds)


def before_office(counts: Mapping[str, int]) -> dict[str, int]:
    """Tell which of BEFORE_OFFICES an assignment counts for, by its figures; none when it ended.

    Late is one whose resolution is overdue.
    """
    if not counts.get("open"):
        return {}
    found = {
        "open": True,
        "undelivered": not counts.get("delivered"),
        "unreceived": not counts.get("received"),
        "late": bool(counts.get("overdue_resolution")),
    }
    return {name: 1 for name, holds in found.items() if holds}


def waits(given: Assignment) -> tuple[Wait, ...]:
    """Give how long a (completed) assignment took to each of WAITS it has come to."""
    resolved = given.resolved.at if given.resolved else None
    ends = zip(WAITS, (given.delivered_at, given.received_at, resolved), strict=True)
    if given.issued_at is None:
        return ()
    # never negative: one decision's events may bear the same time, not an earlier one
    took = {what: max(_ms(end - given.issued_at), 0) for what, end in ends if end is not None}
    return tuple(Wait(what, ms, coarse(ms)) for what, ms in took.items())


def coarse(ms: int) -> int:
    """Round up to three significant digits.

    Few different values to count, and still exact against any bound of three digits: `ms <= bound`
    if and only if `coarse(ms) <= bound`.
    """
    step: int = 10 ** max(len(str(ms)) - SIGNIFICANT_DIGITS, 0)
    return -(-ms // step) * step


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _first(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _resolved_in_time(given: Assignment) -> bool:
    """Tell whether it was resolved by its due, or while the clock stood still since before it."""
    if given.resolved is None or given.resolution_due is None:
        return False
    at, due = given.resolved.at, given.resolution_due
    stood = any(
        asked <= due and given.answered.get(number, at) >= at
        for number, asked in given.asked.items()
        if asked <= at
    )
    return at <= due or stood


def _in_time(done: datetime | None, due: datetime | None) -> bool:
    return done is not None and due is not None and done <= due


def _judged(done: datetime | None, due: datetime | None, *, late: bool) -> bool:
    return late or (done is not None and due is not None)

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.figures import (
    ASSIGNMENT_FIGURES,
    CASE_FIGURES,
    assignment_figures,
    case_figures,
    coarse,
    completed,
    waits,
)
from services.metrics.model import (
    Assignment,
    Case,
    Closing,
    Escalation,
    Recall,
    Resolution,
    Return,
    Stuck,
)

T0 = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ON = date(2024, 3, 8)
RECEIVED = "issued delivered received receipt_judged"
GIVEN: dict[str, Any] = {
    "issued_at": T0,
    "receipt_due": T0 + DAY,
    "resolution_dues": frozenset({T0 + 10 * DAY}),
}


def resolved(days: float) -> Resolution:
    return Resolution(T0 + days * DAY, ON, "done")


@pytest.mark.parametrize(
    ("heard", "figures"),
    [
        ({}, "issued open"),
        ({"delivered_at": T0}, "issued open delivered"),
        ({"failed_at": T0}, "issued open delivered failed"),
        (
            {"received_at": T0 + DAY},
            f"{RECEIVED} open received_on_time",
        ),
        ({"received_at": T0 + 1.01 * DAY}, f"{RECEIVED} open"),
        (
            {"overdue": frozenset({"receipt"})},
            "issued open overdue overdue_receipt receipt_judged",
        ),
        (
            {"resolved": resolved(0.5)},
            f"{RECEIVED} received_on_time resolved resolved_on_time resolution_judged",
        ),
        (
            {"resolved": resolved(11), "overdue": frozenset({"receipt", "resolution"})},
            f"{RECEIVED} resolved resolution_judged overdue overdue_receipt overdue_resolution",
        ),
        (
            {"asked": {1: T0 + 9 * DAY}, "resolved": resolved(11)},
            f"{RECEIVED} resolved resolved_on_time resolution_judged",
        ),
        (
            {
                "asked": {1: T0 + 9 * DAY},
                "answered": {1: T0 + 10.5 * DAY},
                "resolved": resolved(11),
            },
            f"{RECEIVED} resolved resolution_judged",
        ),
        (
            {
                "asked": {1: T0 + 9 * DAY},
                "answered": {1: T0 + 10.5 * DAY},
                "resolution_dues": frozenset({T0 + 10 * DAY, T0 + 11.5 * DAY}),
                "resolved": resolved(11),
            },
            f"{RECEIVED} resolved resolved_on_time resolution_judged",
        ),
        (
            {"asked": {1: T0 + 10.5 * DAY}, "resolved": resolved(11)},
            f"{RECEIVED} resolved resolution_judged",
        ),
        ({"asked": {1: T0}}, f"{RECEIVED} received_on_time open waiting"),
        (
            {"asked": {1: T0, 2: T0}, "answered": {1: T0}},
            f"{RECEIVED} received_on_time open waiting",
        ),
        ({"asked": {1: T0}, "answered": {1: T0}}, f"{RECEIVED} received_on_time open"),
        ({"recalled": Recall(T0, "withdrawn")}, "issued recalled"),
        (
            {"asked": {1: T0}, "recalled": Recall(T0, "concluded")},
            f"{RECEIVED} received_on_time recalled",
        ),
        (
            {"recalled": Recall(T0 + 2 * DAY, "transferred"), "overdue": frozenset({"receipt"})},
            "issued recalled overdue overdue_receipt receipt_judged",
        ),
        (
            {"returned": Return(T0, "不属本单位职责")},
            f"{RECEIVED} received_on_time returned",
        ),
    ],
)
def test_an_assignment_counts_for(heard: dict[str, Any], figures: str) -> None:
    found = assignment_figures(completed(Assignment(**GIVEN | heard)))
    assert found == set(figures.split())
    assert found <= set(ASSIGNMENT_FIGURES)


def test_without_its_dues_an_assignment_is_not_judged() -> None:
    found = assignment_figures(completed(Assignment(resolved=resolved(1))))
    assert found == {"issued", "delivered", "received", "resolved"}


@pytest.mark.parametrize(
    ("heard", "figures"),
    [
        ({}, ""),
        ({"filed_at": T0}, "filed open"),
        ({"filed_at": T0, "routed_at": T0}, "filed routed open"),
        ({"filed_at": T0, "unroutable": frozenset({Stuck(T0, "t", "no_rule")})},
         "filed unroutable open"),
        ({"filed_at": T0, "escalated": frozenset({Escalation(T0, "t", "third_return", "")})},
         "filed escalated open"),
        ({"filed_at": T0, "routed_at": T0, "closed": Closing(T0, ON)},
         "filed routed closed closed_done"),
        ({"closed": Closing(T0, ON)}, "closed closed_done"),
        ({"filed_at": T0, "closed": Closing(T0, ON, "withdrawn")}, "filed closed closed_withdrawn"),
        ({"filed_at": T0, "closed": Closing(T0, ON, "concluded")}, "filed closed closed_concluded"),
    ],
)  # fmt: skip
def test_a_case_counts_for(heard: dict[str, Any], figures: str) -> None:
    found = case_figures(Case(**heard))
    assert found == set(figures.split())
    assert found <= set(CASE_FIGURES)


def test_a_later_step_implies_the_earlier_ones_at_its_own_time_or_before() -> None:
    known = completed(Assignment(received_at=T0 + DAY, resolved=resolved(0.5)))
    assert (known.delivered_at, known.received_at, known.accepted_at) == (T0 + DAY / 2,) * 3


def test_waits_are_whole_milliseconds_from_issue_on() -> None:
    at = T0 + timedelta(milliseconds=1234)
    known = completed(Assignment(**GIVEN, delivered_at=at, resolved=resolved(1)))
    found = [(wait.what, wait.ms, wait.coarse) for wait in waits(known)]
    day = 86_400_000
    assert found == [("delivery", 1234, 1240), ("receipt", day, day), ("resolution", day, day)]


@pytest.mark.parametrize(
    ("ms", "rounded"), [(0, 0), (999, 999), (1000, 1000), (1001, 1010), (99_901, 100_000)]
)
def test_three_digits_rounded_up(ms: int, rounded: int) -> None:
    assert coarse(ms) == rounded


@given(st.integers(0, 10**13), st.integers(0, 999), st.integers(0, 10))
def test_rounding_keeps_every_comparison_with_three_digits_exact(
    ms: int, digits: int, power: int
) -> None:
    bound = digits * 10**power
    assert (coarse(ms) <= bound) == (ms <= bound)
    assert ms <= coarse(ms) <= ms * 1.01

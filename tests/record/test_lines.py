"""Every line of a record can be played: filed, routed, answered, concluded, counted."""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.record.counting import closed, entries
from services.record.days import acting_days
from services.record.defined import PERIODS
from services.record.figures import Sums
from services.record.format import ORDER
from services.record.generating import generate
from services.record.making import Json
from services.record.plan import MADE_UP, Plan
from services.record.published import PUBLISHED
from services.record.reading import read_line
from tests.support.record_judge import Judge
from tests.support.recount import recount

TINY = st.fractions(min_value=Fraction(1, 10**6), max_value=Fraction(1, 400))
ACTS_IN_TIME = 0.93


def as_written(lines: Iterator[Json]) -> list[Any]:
    """Give lines as the file has them."""
    return [json.loads(json.dumps(line, default=lambda day: day.isoformat())) for line in lines]


@pytest.fixture(scope="module")
def hundredth() -> list[Any]:
    return as_written(generate(Plan(Fraction(1, 100), 1)))


def judged(lines: list[Any]) -> Judge:
    judge = Judge(frozenset(acting_days()))
    for line in lines:
        if line["line"] == "case":
            judge.judge(line)
    return judge


def check_order(lines: list[Any]) -> None:
    places = [(line["day"], ORDER[line["line"]]) for line in lines]
    assert places == sorted(places)
    assert {line["day"] for line in lines} <= {day.isoformat() for day in acting_days()}


def check_figures(lines: list[Any], plan: Plan) -> None:
    """Recount what the report prints; the bulletin's two periods."""
    for period, span in PERIODS.items():
        found = recount(lines, span.since.isoformat(), span.until.isoformat())
        for name, item in PUBLISHED.items():
            if item.scaled and item.period == period:
                assert found[name] == plan.counts[name], name


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scale=TINY, seed=st.integers(0, 10**6))
def test_a_record_of_any_scale_and_seed_can_be_played(scale: Fraction, seed: int) -> None:
    plan = Plan(scale, seed)
    lines = as_written(generate(plan))
    check_order(lines)
    judged(lines)
    check_figures(lines, plan)
    for number, line in enumerate(lines, 1):
        read_line(number, json.dumps(line).encode())


def test_a_hundredth_goes_every_way_and_mostly_in_time(hundredth: list[Any]) -> None:
    check_order(hundredth)
    judge = judged(hundredth)
    assert judge.seen.keys() >= {
        "receive", "progress", "information", "return", "resolve", "route", "transfer", "conclude",
        "answer", "withdraw", "link",
    }  # fmt: skip
    for what in ("receipt", "resolution"):
        late = judge.late[what]
        assert 0 < late < judge.seen["assignments"] * (1 - ACTS_IN_TIME), what


def test_a_hundredth_comes_to_the_rounded_figures(hundredth: list[Any]) -> None:
    assert sum(line["line"] == "case" for line in hundredth) == 2439  # as the READMEs say
    check_figures(hundredth, Plan(Fraction(1, 100), 1))


def test_two_ways_of_counting_agree(hundredth: list[Any]) -> None:
    sums = Sums()
    for line in generate(Plan(Fraction(1, 100), 1)):
        sums.add(entries(line))
    for span in PERIODS.values():
        for name, number in recount(
            hundredth, span.since.isoformat(), span.until.isoformat()
        ).items():
            cumulative = name.startswith("credit.") or name == "projects.special_loans"
            assert sums.over(name, span, cumulative=cumulative)[0] == number, name


def test_mediations_end_by_the_end_of_may(hundredth: list[Any]) -> None:
    days = [
        (act["on"], act["outcome"]["concluded_on"])
        for line in hundredth
        if line["line"] == "case" and line["filing"]["details"]["kind"] == "administrative_dispute"
        for rounds in line["acts"].values()
        for act in rounds[-1]
        if act["act"] == "resolve"
    ]
    assert max(max(pair) for pair in days) == "2024-05-31"


def test_what_never_ends_is_said_to_be_open(hundredth: list[Any]) -> None:
    still = [line for line in hundredth if line["line"] == "case" and not closed(line)]
    kinds = {line["filing"]["details"]["kind"] for line in still}
    assert kinds == {"judgment_enforcement", "stalled_project"}


def test_no_penalty_takes_its_stages_out_of_order_and_all_are_of_the_circuit_court(
    hundredth: list[Any],
) -> None:
    filed = [
        line for line in hundredth
        if line["line"] == "case" and line["filing"]["details"]["kind"] == "penalty_enforcement"
    ]  # fmt: skip
    assert {line["filing"]["division"] for line in filed} == {"410502"}


def test_what_is_made_up_beside_the_printed_figures_is_named() -> None:
    assert not MADE_UP.keys() & PUBLISHED.keys()

"""What a record of a scale holds: the report's figures at 1, their rounded parts below it."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from chinese_calendar import is_workday
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fuyuan_contracts.identifiers import CreditCode
from services.record import lawsuits, meetings, organ_debts, people
from services.record.days import END, acting_days, rounds
from services.record.dealing import deal, scaled, spread
from services.record.naming import credit_code
from services.record.plan import SPANS, Plan
from services.record.published import ALSO, PUBLISHED

PRINTED = {
    "meetings.liaison": 5,
    "instructions.issued": 11,
    "meetings.loss_review": 37,
    "enforcement.organ_closed": 112,
    "enforcement.organ_recovered": 9_915_020_000,
    "credit.consumption_limits": 106_593,
    "credit.dishonest": 72_073,
    "lookups.person": 34_600,
    "lookups.vehicle": 4_947,
    "detentions.assisted": 804,
    "penalties.allowed": 79,
    "projects.longest_stall": 10,
    "projects.special_loans": 12_000_000_000,
    "projects.disputes_settled": 277,
    "lawsuits.filed": 266,
    "lawsuits.lost": 41,
    "mediation.mediated": 19_015,
    "mediation.settled": 11_752,
    "reconsideration.city": 3_248,
    "lawsuits.intermediate": 1_706,
    "directory.members": 89,
    "directory.staff": 3,
    "budget.yearly_fen": 20_000_000,
    "courts.police_rooms": 6,
}
"""As the brief prints them, yuan in fen."""
WHOLE = Plan(Fraction(1), 1)
SCALES = st.fractions(min_value=Fraction(1, 10**7), max_value=1).filter(bool)


@pytest.mark.parametrize(("figure", "printed"), PRINTED.items())
def test_at_scale_1_a_figure_is_the_printed_one(figure: str, printed: int) -> None:
    assert WHOLE.counts[figure] == printed


def test_no_printed_figure_is_left_out() -> None:
    assert PRINTED.keys() == {**PUBLISHED, **ALSO}.keys()


@given(value=st.integers(0, 10**11), scale=st.decimals("0.000001", 1, places=6))
def test_scaled_figures_are_rounded_and_never_vanish(value: int, scale: Decimal) -> None:
    expected = int((value * scale).to_integral_value(ROUND_HALF_UP))
    assert scaled(value, Fraction(scale)) == (max(1, expected) if value else 0)


@given(scale=SCALES, seed=st.integers(0, 99))
def test_the_counts_of_every_scale_fit_each_other(scale: Fraction, seed: int) -> None:
    counts = Plan(scale, seed).counts
    assert counts["mediation.settled"] <= counts["mediation.mediated"]
    assert counts["lawsuits.lost"] <= counts["lawsuits.filed"]
    assert counts["meetings.loss_review"] <= counts["lawsuits.lost"]
    assert counts["lookups.vehicle"] <= counts["lookups.person"]
    assert counts["detentions.assisted"] <= counts["lookups.person"]
    assert counts["enforcement.organ_closed"] <= counts["enforcement.organ_recovered"]


@given(scale=SCALES)
def test_every_thing_is_filed_in_exactly_one_round(scale: Fraction) -> None:
    plan = Plan(scale, 1)
    for name in SPANS:
        dealt = [index for round_ in rounds() for index in plan.indexes(name, round_)]
        assert dealt == list(range(plan.counts[name]))


@given(number=st.integers(1, 500), data=st.data())
def test_what_is_spread_is_chosen_so_many_times(number: int, data: st.DataObject) -> None:
    chosen = data.draw(st.integers(0, number))
    assert sum(spread(index, number, chosen) for index in range(number)) == chosen


@given(total=st.integers(0, 10**10), weights=st.lists(st.integers(0, 400), min_size=1))
def test_what_is_dealt_out_is_all_of_it(total: int, weights: list[int]) -> None:
    weights[0] += 1
    parts = deal(total, weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)


@given(scale=SCALES, seed=st.integers(0, 99))
def test_what_organs_paid_comes_to_the_sum(scale: Fraction, seed: int) -> None:
    plan = Plan(scale, seed)
    sums = organ_debts.recovered(plan)
    assert len(sums) == plan.counts["enforcement.organ_closed"]
    assert sum(sums) == plan.counts["enforcement.organ_recovered"]
    assert min(sums) > 0


def test_the_clock_stands_on_few_working_days() -> None:
    days = acting_days()
    assert len(days) == 37
    assert all(is_workday(day) for day in days)
    assert {day.weekday() for day in days} == {0, 3, 4}
    assert days[-1].isoformat() == "2024-06-28"
    assert days[-1] < END


def test_windows_follow_each_other_without_a_gap() -> None:
    for before, after in zip(rounds(), rounds()[1:], strict=False):
        assert (after.window.since - before.window.until).days == 1
        assert before.friday < after.monday


def test_the_losses_are_reviewed_at_the_printed_number_of_meetings() -> None:
    lost = {item.reference: item for item in lawsuits.lost(WHOLE)}
    assert len(lost) == 41
    held = [line for line in meetings.lines(WHOLE) if line.get("type") == "loss_review"]
    assert len(held) == 37
    reviewed = [(item["reference"], line["day"]) for line in held for item in line["reviews"]]
    assert {reference for reference, _ in reviewed} == lost.keys()
    assert all(lost[reference].on <= day for reference, day in reviewed)
    assert any(item["recurrent"] for line in held for item in line["reviews"])


def test_two_of_eleven_instructions_are_late() -> None:
    lines = list(meetings.lines(WHOLE))
    due = {line["number"]: line["due_on"] for line in lines if line["line"] == "instruction"}
    closed = {
        line["number"]: line["closed_on"] for line in lines if line["line"] == "instruction_closed"
    }
    assert len(due) == len(closed) == 11
    assert sum(closed[number] > due[number] for number in due) == 2
    cases = [line["case"] for line in lines if line["line"] == "instruction" and line["case"]]
    assert [item["reference"] for item in cases] == ["合成-楼-1", "合成-财-0007"]


def test_there_is_one_joint_conference_a_year() -> None:
    held = [
        line["on"].year for line in meetings.lines(WHOLE) if line.get("type") == "joint_conference"
    ]
    assert held == [2022, 2023, 2024]


def test_members_of_both_levels_and_a_liaison_office_everywhere() -> None:
    lines = list(people.lines(WHOLE))
    roles = [line["role"] for line in lines if line["line"] == "member"]
    members = {"convener", "deputy_convener", "member"}
    assert sum(role in members for role in roles) == 89
    assert (roles.count("staff"), roles.count("liaison_office")) == (3, 10)
    assert len({line["name"] for line in lines if line["line"] == "member"}) == len(roles)
    budgets = [line for line in lines if line["line"] == "budget"]
    assert [(line["year"], line["amount_fen"]) for line in budgets] == [
        (year, 20_000_000) for year in (2022, 2023, 2024)
    ]


@given(number=st.integers(0, 31**4 - 1))
def test_a_made_up_code_is_valid_and_says_that_it_is_made_up(number: int) -> None:
    code = credit_code("410502", number)
    assert TypeAdapter(CreditCode).validate_python(code) == code
    assert code[8:13] == "XXXXX"

"""Lawsuits at scale 1: what the report says of them besides their number."""

from collections import defaultdict
from fractions import Fraction

import pytest

from services.metrics.catalogue.sections import FIGURES
from services.record.counting import Entry, entries
from services.record.days import rounds
from services.record.defined import DEFINED, PERIODS
from services.record.figures import Sums, figures
from services.record.lawsuits import lines
from services.record.making import Json
from services.record.plan import Plan
from services.record.rates import RATES, YEARLY

THEN = {
    "2023-07..2023-12": ("2023-07-01", "2023-12-31"),
    "2023-01..2023-06": ("2023-01-01", "2023-06-30"),
}


@pytest.fixture(scope="module")
def whole() -> list[Json]:
    plan = Plan(Fraction(1), 1)
    return [line for round_ in rounds() for line in lines(plan, round_)]


def test_number_and_share_declined_against_both_half_years(whole: list[Json]) -> None:
    counted: dict[str, list[int]] = {}
    for name, (since, until) in {"now": ("2024-01-01", "2024-06-30"), **THEN}.items():
        found = [
            entry
            for line in whole
            for entry in entries(line)
            if since <= entry.day.isoformat() <= until
        ]
        named = [entry.figure for entry in found]
        counted[name] = [named.count("lawsuits.filed"), named.count("lawsuits.lost")]
    assert counted["now"] == [266, 41]
    for name in THEN:
        filed, lost = counted[name]
        assert filed > 266, name
        assert Fraction(lost, filed) > Fraction(41, 266), name


def test_in_most_basic_courts_every_head_appeared(whole: list[Json]) -> None:
    appeared: dict[str, list[bool]] = defaultdict(list)
    for line in whole:
        if line["filer"] != "court.410500":
            appeared[line["filer"]].append(line["then"][0]["conclude"]["head_appeared"])
    assert len(appeared) == 9
    assert sum(all(heads) for heads in appeared.values()) == 6


def test_no_lawsuit_is_both_of_the_citys_and_of_the_intermediate_courts_set(
    whole: list[Json],
) -> None:
    span = PERIODS["2024-01..2024-06"]
    in_both = [
        line
        for line in whole
        if line["filer"] == "court.410500"
        and line["filing"]["details"]["instance"] == "first"
        and span.since <= line["filing"]["filed_on"] <= span.until
    ]
    assert in_both == []


def test_every_figure_of_a_manifest_is_one_of_the_bulletins() -> None:
    assert {*DEFINED, *RATES, *YEARLY} <= FIGURES.keys()


def test_a_period_is_counted_with_both_its_ends() -> None:
    sums, span = Sums(), PERIODS["2024-01..2024-06"]
    for day in (span.since, span.until):
        sums.add(entries({"line": "instruction", "issued_on": day}))
    assert sums.over("instructions.issued", span) == (2, 2)


def test_a_sum_of_nothing_has_no_case_behind_it() -> None:
    sums, span = Sums(), PERIODS["2024-01..2024-06"]
    for amount in (0, 5):
        sums.add([Entry("enforcement.recovered", span.since, amount)])
    assert sums.over("enforcement.recovered", span) == (5, 1)


def test_of_nothing_there_is_no_share(whole: list[Json]) -> None:
    sums = Sums()
    for line in whole:
        sums.add(entries(line))
    found = {item["id"]: item for item in figures(sums, {}) if item["period"] != "2024-01..2024-06"}
    assert found["heads.rate"]["exact"].endswith(f"/{found['heads.hearings']['value']}")
    assert "penalties.allowed_rate" not in found
    yearly = found["lawsuits.intermediate_yearly"]
    assert (yearly["exact"], yearly["printed"]) == ("1706/3", 568)

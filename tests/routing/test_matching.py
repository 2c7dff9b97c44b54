from collections.abc import Callable
from dataclasses import replace
from itertools import starmap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.checks import CATALOGUE
from services.routing.matching import explain
from services.routing.rulebook import Condition, Days, Filing, Name, Rule, Rulebook

Make = Callable[..., Filing]
DIVISIONS = ["410500", "410506", "410522", "410526", "410571", "999999"]
LANES = ["ordinary", "green"]


def rule(id_: str, agency: str, **parts: Any) -> Rule:
    wanted = {"needs": ("tax_clearance",), "days": Days(2, 10), "green": Days(1, 5), **parts}
    return Rule(id_, "bankruptcy", agency, reason=Name("因为", "because"), **wanted)


@pytest.mark.parametrize(
    ("kind", "division", "need", "office"),
    [
        ("bankruptcy", "410526", "tax_clearance", "tax.410526"),
        ("bankruptcy", "410581", "tax_relief", "tax.410581"),
        ("bankruptcy", "410500", "social_insurance", "social_security.410500"),
        ("bankruptcy", "410502", "retirement", "social_security.410502"),
        ("bankruptcy", "410527", "deregistration", "market_regulation.410527"),
        ("bankruptcy", "410522", "credit_repair", "market_regulation.410522"),
        ("bankruptcy", "410523", "financing", "financial_regulation.410500"),
        ("bankruptcy", "410526", "housing_continuation", "housing.410526"),
        ("bankruptcy", "410506", "fire_acceptance", "housing.410500"),
        ("bankruptcy", "410571", "tax_clearance", "tax.410500"),
        ("stalled_project", "410527", "project_funding", "finance.410500"),
        ("stalled_project", "410527", "project_resumption", "housing.410527"),
    ],
)
def test_the_deployed_rules_send_a_need_to(
    book: Rulebook, filing: Make, *, kind: str, division: str, need: str, office: str
) -> None:
    decision = explain(book, filing(kind=kind, division=division, needs=(need,)))
    assert [(item.task, item.office) for item in decision.assigned] == [(need, office)]
    assert decision.unrouted == ()


def test_the_reason_names_rule_version_need_and_office(book: Rulebook, filing: Make) -> None:
    own, none = (
        explain(book, filing(needs=("fire_acceptance",), division=division)).assigned[0].reason
        for division in ("410526", "410506")
    )
    text = "rule bankruptcy-housing (v1): need fire_acceptance → housing; 410526 has its own office"
    assert text in own
    assert "410506 has none, so the city's housing.410500" in none
    assert "龙安区未设承办单位，由安阳市住房和城乡建设局承办" in none


def test_the_green_channel_is_shorter(book: Rulebook, filing: Make) -> None:
    slow, fast = (
        explain(book, filing(lane=lane, needs=("retirement",))).assigned[0].days for lane in LANES
    )
    assert fast.resolution < slow.resolution
    assert fast.receipt < slow.receipt


def test_two_agencies_for_a_task_go_to_the_desk_and_other_needs_still_go_out(
    book: Rulebook, filing: Make
) -> None:
    both = replace(book, rules=(*book.rules, rule("other", "finance")))
    decision = explain(both, filing(needs=("tax_clearance", "retirement")))
    assert [item.task for item in decision.assigned] == ["retirement"]
    assert [(item.task, item.why, item.agencies) for item in decision.unrouted] == [
        ("tax_clearance", "ambiguous", ("finance", "tax"))
    ]


@pytest.mark.parametrize(
    ("division", "rules", "why", "said"),
    [
        ("410526", [], "no_rule", "no rule (v1) for tax_clearance"),
        ("410526", [rule("r", "court")], "no_office", "no office up to the city"),
        ("999999", [rule("r", "tax")], "no_office", "an unknown division"),
    ],
)
def test_what_no_rule_or_office_takes_goes_to_the_desk(
    book: Rulebook, filing: Make, *, division: str, rules: list[Rule], why: str, said: str
) -> None:
    decision = explain(replace(book, rules=tuple(rules)), filing(division=division))
    assert decision.assigned == ()
    assert [item.why for item in decision.unrouted] == [why]
    assert said in decision.unrouted[0].reason


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("procedure", equals="reorganisation"), True),
        (Condition("procedure", equals="liquidation"), False),
        (Condition("debtor.name", exists=True), True),
        (Condition("debtor.credit_code", exists=False), True),
        (Condition("project.name", exists=True), False),
        (Condition("employees", least=10), True),
        (Condition("employees", least=11), False),
        (Condition("employees", most=10), True),
        (Condition("employees", most=9), False),
        (Condition("retirees", least=0), False),
        (Condition("procedure", among=("liquidation", "reorganisation")), True),
        (Condition("procedure", among=("liquidation",)), False),
        (Condition("debtor.name.deeper", equals="x"), False),
    ],
)
def test_a_condition_on_the_details(
    book: Rulebook, filing: Make, *, condition: Condition, holds: bool
) -> None:
    given_ = filing()
    given_ = replace(given_, details={**given_.details, "employees": 10})
    only = replace(book, rules=(rule("r", "tax", details=(condition,)),))
    assert bool(explain(only, given_).assigned) is holds


@pytest.mark.parametrize(
    ("parts", "holds"),
    [
        ({"divisions": ("4105",)}, True),
        ({"divisions": ("410522", "410526")}, True),
        ({"divisions": ("410522",)}, False),
        ({"lane": "ordinary"}, True),
        ({"lane": "green"}, False),
    ],
)
def test_a_condition_on_division_and_lane(
    book: Rulebook, filing: Make, *, parts: dict[str, Any], holds: bool
) -> None:
    only = replace(book, rules=(rule("r", "tax", **parts),))
    assert bool(explain(only, filing()).assigned) is holds


def test_a_rule_without_a_need_gives_its_own_task_beside_those_of_the_needs(
    book: Rulebook, filing: Make
) -> None:
    more = replace(book, rules=(*book.rules, rule("r", "finance", needs=(), task="notice")))
    assert [item.task for item in explain(more, filing()).assigned] == ["notice", "tax_clearance"]


def test_of_two_rules_for_the_same_task_and_agency_the_shorter_deadline_counts(
    book: Rulebook, filing: Make
) -> None:
    two = (rule("a", "tax", days=Days(2, 10)), rule("b", "tax", days=Days(2, 5)))
    assert explain(replace(book, rules=two), filing()).assigned[0].rule == "b"


NEEDS = sorted(CATALOGUE["bankruptcy"])
RULES = st.lists(
    st.builds(
        lambda needs, agency, divisions, lane: {
            "needs": tuple(needs), "agency": agency, "divisions": tuple(divisions), "lane": lane
        },
        st.lists(st.sampled_from(NEEDS), min_size=1, max_size=3, unique=True),
        st.sampled_from(["tax", "housing", "finance", "court"]),
        st.lists(st.sampled_from(["41", "410526", "410506"]), max_size=2),
        st.sampled_from([None, *LANES]),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=60)
@given(
    parts=RULES,
    needs=st.lists(st.sampled_from(NEEDS), min_size=1, unique=True),
    division=st.sampled_from(DIVISIONS),
    lane=st.sampled_from(LANES),
    data=st.data(),
)
def test_every_need_is_assigned_or_unroutable_and_the_order_of_rules_does_not_matter(
    book: Rulebook, filing: Make, *, parts: list[Any], needs: list[str], division: str,
    lane: str, data: Any,
) -> None:  # fmt: skip
    rules = list(starmap(lambda n, p: rule(f"r{n}", p.pop("agency"), **p), enumerate(parts)))
    shuffled = data.draw(st.permutations(rules))
    given_ = filing(needs=tuple(needs), division=division, lane=lane)
    decision = explain(replace(book, rules=tuple(rules)), given_)
    again = explain(replace(book, rules=tuple(shuffled)), replace(given_, needs=tuple(needs[::-1])))
    assert decision == again
    tasks = [item.task for item in decision.assigned] + [item.task for item in decision.unrouted]
    assert sorted(tasks) == sorted(needs)

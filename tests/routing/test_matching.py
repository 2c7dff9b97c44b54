from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.checks import CATALOGUE
from services.routing.matching import explain, matches
from services.routing.rulebook import Condition, Days, Filing, Name, Rule, Rulebook

Make = Callable[..., Filing]
DIVISIONS = ["410500", "410506", "410522", "410526", "410571", "999999"]
LANES = ["ordinary", "green"]


def naming(filing: Filing, path: str, office: Any) -> Filing:
    return replace(filing, details={**filing.details, path: office})


def rule(id_: str, agency: str | None, **parts: Any) -> Rule:
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
        ("bankruptcy", "410523", "financing", "financial_regulation.410523"),
        ("bankruptcy", "410502", "financing", "financial_regulation.410500"),
        ("bankruptcy", "410526", "housing_continuation", "housing.410526"),
        ("bankruptcy", "410506", "fire_acceptance", "housing.410500"),
        ("bankruptcy", "410571", "tax_clearance", "tax.410500"),
        ("stalled_project", "410527", "project_funding", "finance.410527"),
        ("stalled_project", "410527", "project_resumption", "housing.410527"),
        ("judgment_enforcement", "410503", "find_person", "public_security.410503"),
        ("judgment_enforcement", "410503", "find_vehicle", "public_security.410503"),
        ("judgment_enforcement", "410571", "detention_assist", "public_security.410500"),
        ("judgment_enforcement", "410526", "find_property", "natural_resources.410526"),
        ("judgment_enforcement", "410505", "find_property", "natural_resources.410500"),
        ("judgment_enforcement", "410526", "freeze_equity", "market_regulation.410526"),
        ("judgment_enforcement", "410526", "withhold_income", "social_security.410526"),
        ("penalty_enforcement", "410502", "penalty_enforcement", "court.410502"),
        ("penalty_enforcement", "410571", "penalty_enforcement", "court.410500"),
        ("civil_dispute", "410527", "civil_mediation", "justice.410527"),
        ("civil_dispute", "410527", "housing_coordination", "housing.410527"),
        ("civil_dispute", "410506", "petition_reception", "petition.410506"),
        ("administrative_dispute", "410526", "administrative_mediation", "justice.410526"),
        ("administrative_dispute", "410526", "explanation", "court.410526"),
        ("administrative_dispute", "410526", "supervision", "procuratorate.410526"),
        ("credit_discipline", "410506", "credit_publication", "market_regulation.410506"),
        ("credit_discipline", "410506", "bank_notice", "financial_regulation.410500"),
        ("credit_discipline", "410506", "consumption_watch", "public_security.410506"),
        ("credit_discipline", "410500", "tax_incentive", "tax.410500"),
    ],
)
def test_the_deployed_rules_send_a_need_to(
    book: Rulebook, filing: Make, *, kind: str, division: str, need: str, office: str
) -> None:
    decision = explain(book, filing(kind=kind, division=division, needs=(need,)))
    assert [(item.task, item.office) for item in decision.assigned] == [(need, office)]
    assert decision.unrouted == ()


@pytest.mark.parametrize(
    ("kind", "need", "path", "office"),
    [
        ("judgment_enforcement", "performance", "debtor_office", "housing.410505"),
        ("administrative_dispute", "pre_suit_communication", "respondent", "finance.410527"),
        ("administrative_dispute", "pre_judgment_consultation", "respondent", "tax.410500"),
        ("administrative_lawsuit", "respond_to_suit", "defendant", "urban_management.410502"),
        ("administrative_lawsuit", "loss_review", "defendant", "social_security.410522"),
        ("reconsideration", "reconsideration_decision", "organ", "justice.410500"),
    ],
)
def test_the_deployed_rules_send_a_need_to_exactly_the_office_the_case_names(
    book: Rulebook, filing: Make, *, kind: str, need: str, path: str, office: str
) -> None:
    asked = naming(filing(kind=kind, needs=(need,)), path, office)
    (found,) = explain(book, asked).assigned
    assert (found.task, found.office) == (need, office)
    assert found.agency == book.offices[office].agency
    assert f"案件写明的单位是{book.office_name(office).zh}" in found.reason
    assert f"need {need} → {path}; the case names {office}" in found.reason


@pytest.mark.parametrize(
    ("named", "agencies", "zh", "en"),
    [
        (
            "education.410502",
            ("education",),
            "education.410502 不是已登记的单位",
            "is no office here",
        ),
        ("housing.410506", ("housing",), "housing.410506 不是已登记的单位", "is no office here"),
        ("liaison.410526", ("liaison",), "滑县府院联席办不接收交办", "receives no assignments"),
        (None, (), "案件的 respondent 未写明单位", "the case names no office at respondent"),
        ("某局", (), "案件的 respondent 未写明单位", "the case names no office at respondent"),
        (["tax.410526"], (), "案件的 respondent 未写明单位", "the case names no office"),
    ],
)
def test_an_office_the_case_names_but_that_cannot_be_given_it_leads_to_the_desk(
    book: Rulebook, filing: Make, *, named: Any, agencies: tuple[str, ...], zh: str, en: str
) -> None:
    base = filing(kind="administrative_dispute", needs=("pre_suit_communication", "explanation"))
    decision = explain(book, naming(base, "respondent", named))
    assert [item.task for item in decision.assigned] == ["explanation"]
    (found,) = decision.unrouted
    assert (found.why, found.agencies) == ("no_office", agencies)
    assert zh in found.reason
    assert en in found.reason


def test_an_office_named_deeper_in_the_details_is_found(book: Rulebook, filing: Make) -> None:
    only = replace(book, rules=(rule("r", None, office_at="party.office"),))
    asked = filing()
    asked = replace(asked, details={**asked.details, "party": {"office": "housing.410526"}})
    assert explain(only, asked).assigned[0].office == "housing.410526"
    assert explain(only, filing()).unrouted[0].why == "no_office"


def test_rules_agree_that_lead_to_the_same_office_and_dispute_if_they_do_not(
    book: Rulebook, filing: Make
) -> None:
    two = replace(book, rules=(rule("a", "tax"), rule("b", None, office_at="organ")))
    assert explain(two, naming(filing(), "organ", "tax.410526")).assigned[0].rule == "a"
    (dispute,) = explain(two, naming(filing(), "organ", "tax.410500")).unrouted
    assert (dispute.why, dispute.agencies) == ("ambiguous", ("tax",))
    assert "name different offices: tax.410500, tax.410526" in dispute.reason


@pytest.mark.parametrize(
    ("yielding", "matching", "decides"),
    [
        ({"general": ("special",)}, ("general", "special"), "special"),
        ({"general": ("special",)}, ("general",), "general"),
        ({"general": ("special",)}, ("special",), "special"),
        ({}, ("general", "special"), None),
        ({"general": ("gone",)}, ("general", "special"), None),
        ({"general": ("special", "topmost"), "special": ("topmost",)},
         ("general", "special", "topmost"), "topmost"),
        ({"general": ("special",), "special": ("topmost",)},
         ("general", "special", "topmost"), "topmost"),
        ({"general": ("special",), "special": ("topmost",)}, ("general", "topmost"), None),
    ],
)  # fmt: skip
def test_a_rule_that_yields_is_left_out_where_the_other_matches_too(
    book: Rulebook, filing: Make, *, yielding: dict[str, tuple[str, ...]],
    matching: tuple[str, ...], decides: str | None,
) -> None:  # fmt: skip
    agencies = {"general": "tax", "special": "housing", "topmost": "finance"}
    rules = tuple(
        rule(
            name,
            agency,
            yields_to=yielding.get(name, ()),
            divisions=("4105",) if name in matching else ("410502",),
        )
        for name, agency in agencies.items()
    )
    decision = explain(replace(book, rules=rules), filing())
    assert [item.rule for item in decision.assigned] == ([decides] if decides else [])
    assert [item.why for item in decision.unrouted] == ([] if decides else ["ambiguous"])


def test_a_rule_yields_for_the_tasks_both_are_for_and_keeps_its_others(
    book: Rulebook, filing: Make
) -> None:
    rules = (
        rule("general", "tax", needs=("tax_clearance", "tax_relief"), yields_to=("special",)),
        rule("special", "housing", needs=("tax_relief",)),
    )
    asked = filing(needs=("tax_clearance", "tax_relief"))
    decision = explain(replace(book, rules=rules), asked)
    assert [(item.task, item.rule) for item in decision.assigned] == [
        ("tax_clearance", "general"), ("tax_relief", "special"),
    ]  # fmt: skip


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
        ("410526", [rule("r", "liaison")], "no_office", "no office up to the city"),
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
OFFICES = [None, "tax.410526", "housing.410526", "liaison.410526", "police.410526", "某局", 5]
PARTS = st.fixed_dictionaries(
    {
        "agency": st.sampled_from(["tax", "housing", "finance", "liaison", None]),
        "needs": st.lists(st.sampled_from(NEEDS), min_size=1, max_size=3, unique=True).map(tuple),
        "divisions": st.lists(st.sampled_from(["41", "410526", "410506"]), max_size=2).map(tuple),
        "lane": st.sampled_from([None, *LANES]),
        "yields_to": st.lists(st.integers(0, 7), max_size=3),
    }
)
"""Of a rule: `yields_to` are numbers of rules, of which only those above its own are taken."""


def built(parts: list[dict[str, Any]]) -> tuple[Rule, ...]:
    return tuple(
        rule(
            f"r{number}",
            part["agency"],
            **{name: part[name] for name in ("needs", "divisions", "lane")},
            office_at=None if part["agency"] else "organ",
            yields_to=tuple(f"r{other}" for other in part["yields_to"] if other > number),
        )
        for number, part in enumerate(parts)
    )


@settings(max_examples=100)
@given(
    parts=st.lists(PARTS, max_size=8),
    needs=st.lists(st.sampled_from(NEEDS), min_size=1, unique=True),
    division=st.sampled_from(DIVISIONS),
    lane=st.sampled_from(LANES),
    organ=st.sampled_from(OFFICES),
    data=st.data(),
)
def test_every_task_has_exactly_one_place_and_the_order_of_rules_does_not_matter(
    book: Rulebook, filing: Make, *, parts: list[Any], needs: list[str], division: str,
    lane: str, organ: Any, data: Any,
) -> None:  # fmt: skip
    rules = built(parts)
    shuffled = data.draw(st.permutations(rules))
    given_ = naming(filing(needs=tuple(needs), division=division, lane=lane), "organ", organ)
    decision = explain(replace(book, rules=rules), given_)
    again = explain(replace(book, rules=tuple(shuffled)), replace(given_, needs=tuple(needs[::-1])))
    assert decision == again
    tasks = [item.task for item in decision.assigned] + [item.task for item in decision.unrouted]
    assert sorted(tasks) == sorted(needs)
    assert all(book.offices[item.office].receives for item in decision.assigned)


@settings(max_examples=100)
@given(
    parts=st.lists(PARTS, min_size=1, max_size=8),
    need=st.sampled_from(NEEDS),
    organ=st.sampled_from(OFFICES),
)
def test_a_rule_that_yields_to_a_matching_one_never_decides_and_without_it_nothing_changes(
    book: Rulebook, filing: Make, *, parts: list[Any], need: str, organ: Any
) -> None:
    rules, asked = built(parts), naming(filing(needs=(need,)), "organ", organ)
    here = {item.id: item for item in rules if matches(item, asked) and need in item.needs}
    yielding = {name for name, item in here.items() if not here.keys().isdisjoint(item.yields_to)}
    decision = explain(replace(book, rules=rules), asked)
    assert not yielding & {item.rule for item in decision.assigned}
    assert here.keys() > yielding or not here, "somebody decides"
    left = tuple(item for item in rules if item.id not in yielding)
    assert explain(replace(book, rules=left), asked) == decision
    assert any(item.why == "no_rule" for item in decision.unrouted) is not bool(here)

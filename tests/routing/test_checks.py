"""What is wrong with rules and offices as a whole, each named by rule and field."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fuyuan_contracts.cases import Kind
from services.routing.checks import OFFICES_AT, Problem, check
from services.routing.conditions import covers, overlap
from services.routing.files import Offices, Rules, When
from services.routing.loading import RulebookError, build, read_offices
from services.routing.matching import matches
from services.routing.rulebook import Filing

Entry = dict[str, Any]
DECISION = {"kind": "reconsideration", "need": "reconsideration_decision"}


@pytest.fixture(scope="module")
def offices(deploy: Path) -> Offices:
    return read_offices(deploy / "offices.yaml")


@pytest.fixture(scope="module")
def deployed(deploy: Path) -> list[Entry]:
    rules: list[Entry] = yaml.safe_load((deploy / "routing.yaml").read_text("utf-8"))["rules"]
    return rules


def entry(id_: str, agency: str | None = "financial_regulation", **parts: Any) -> Entry:
    when = {"kind": "bankruptcy", "need": "financing"} | parts.pop("when", {})
    days = {"receipt_days": 1, "resolution_days": 5}
    reason = {"zh": "因为", "en": "because"}
    where = {"agency": agency} if agency else {}
    return {"id": id_, "when": when, **where, **days, "green": days, "reason": reason, **parts}


def made(*entries: Entry) -> Rules:
    return Rules.model_validate({"rules": entries})


def found(offices: Offices, *entries: Entry) -> list[Problem]:
    """Give the problems, the gaps of so few rules left aside."""
    problems = check(made(*entries), offices)
    return [item for item in problems if item.where != "routing.yaml"]


@pytest.mark.parametrize(
    ("rule", "field", "said"),
    [
        (entry("more", "police"), "agency", "unknown agency police"),
        (entry("more", when={"kind": "divorce"}), "when.kind", "unknown kind divorce"),
        (entry("more", when={"need": "love"}), "when.need", "bankruptcy has no need love"),
        (entry("more", when={"division": "44"}), "when.division", "no division starts with 44"),
        (
            entry("more", None, office_at="debtor"),
            "office_at",
            "the details of bankruptcy name no office at debtor; they do at: nowhere",
        ),
        (
            entry("more", None, office_at="respondant", when=DECISION),
            "office_at",
            "the details of reconsideration name no office at respondant; they do at: organ,",
        ),
        (entry("more", yields_to=["gone"]), "yields_to", "there is no rule gone"),
    ],
)
def test_an_unknown_name_is_an_error_at_its_rule_and_field(
    offices: Offices, deployed: list[Entry], *, rule: Entry, field: str, said: str
) -> None:
    place = f"routing.yaml:rules.{len(deployed)} (more).{field}"
    rules = made(*deployed, rule)
    (problem,) = [item for item in check(rules, offices) if item.severity == "error"]
    assert problem.where == place
    assert said in problem.message
    with pytest.raises(RulebookError) as refused:
        build(rules, offices, 1)
    assert [item.where for item in refused.value.problems] == [place]


@pytest.mark.parametrize(
    ("rules", "where", "said"),
    [
        ([entry("aa", yields_to=["aa"])], "rules.0 (aa)", "a cycle: aa → aa"),
        (
            [entry("aa", yields_to=["bb"]), entry("bb", yields_to=["aa"])],
            "rules.0 (aa)",
            "a cycle: aa → bb → aa",
        ),
        (
            [
                entry("xx", yields_to=["dd"]),
                entry("dd", yields_to=["bb"]),
                entry("cc", yields_to=["dd"]),
                entry("bb", yields_to=["yy", "cc"]),
                entry("yy"),
            ],
            "rules.3 (bb)",
            "a cycle: bb → cc → dd → bb",
        ),
    ],
)
def test_a_cycle_is_an_error_that_names_it_once(
    offices: Offices, rules: list[Entry], where: str, said: str
) -> None:
    cycles = [item for item in found(offices, *rules) if "cycle" in item.message]
    assert cycles == [Problem(f"routing.yaml:{where}.yields_to", said, "error")]
    with pytest.raises(RulebookError, match=said):
        build(made(*rules), offices, 1)


HERE = {"division": "410526"}
BIG = {"details": {"employees": {"min": 100}}}
FEW = {"details": {"employees": {"max": 9}}}
PROCEDURES = {"details": {"procedure": {"in": ["liquidation", "settlement"]}}}
NEVER = "shadowed: every case it matches is decided by what it yields to"


@pytest.mark.parametrize(
    ("narrow", "wide", "shadowed"),
    [
        ({}, {}, True),
        (HERE, {}, True),
        ({}, HERE, False),
        (HERE, {"division": "4105"}, True),
        ({"division": "4105"}, HERE, False),
        (HERE, {"division": ["410522", "410526"]}, True),
        ({"division": ["410522", "410526"]}, HERE, False),
        ({"lane": "green"}, {}, True),
        ({}, {"lane": "green"}, False),
        ({"lane": "green"}, {"lane": "ordinary"}, False),
        (BIG, {}, True),
        ({}, BIG, False),
        ({"details": {"employees": {"min": 200}}}, BIG, True),
        ({"details": {"employees": {"min": 50}}}, BIG, False),
        ({"details": {"employees": 150}}, BIG, True),
        ({"details": {"employees": 99}}, BIG, False),
        (FEW, {"details": {"employees": {"max": 10}}}, True),
        (FEW, {"details": {"employees": {"max": 8}}}, False),
        (BIG, {"details": {"employees": {"exists": True}}}, True),
        (BIG, {"details": {"employees": {"exists": False}}}, False),
        ({"details": {"employees": {"exists": True}}}, BIG, False),
        ({"details": {"procedure": "settlement"}}, PROCEDURES, True),
        ({"details": {"procedure": "reorganisation"}}, PROCEDURES, False),
        (PROCEDURES, {"details": {"procedure": "settlement"}}, False),
        (PROCEDURES, {"details": {"procedure": {"in": ["settlement", "x", "liquidation"]}}}, True),
        (PROCEDURES, {"details": {"procedure": {"exists": True}}}, True),
        ({"need": ["financing", "credit_repair"]}, {}, False),
        ({}, {"need": ["financing", "credit_repair"]}, True),
    ],
)
def test_a_rule_that_yields_wherever_it_matches_is_an_error(
    offices: Offices, *, narrow: Entry, wide: Entry, shadowed: bool
) -> None:
    rules = entry("general", yields_to=["wide"], when=narrow), entry("wide", "tax", when=wide)
    said = [item for item in found(offices, *rules) if item.message.startswith(NEVER)]
    where = "routing.yaml:rules.0 (general).yields_to"
    assert said == ([Problem(where, f"{NEVER} (wide)", "error")] if shadowed else [])


def test_rules_that_shadow_only_together_are_found_by_the_tasks_of_each(offices: Offices) -> None:
    general = entry(
        "general", yields_to=["one", "two"], when={"need": ["financing", "credit_repair"]}
    )
    one = entry("one", "tax")
    two = entry("two", "tax", when={"need": "credit_repair"})
    said = [item.message for item in found(offices, general, one, two) if "shadow" in item.message]
    assert said == [f"{NEVER} (one, two)"]
    two["when"]["division"] = "410526"
    assert not [item for item in found(offices, general, one, two) if "shadow" in item.message]


@pytest.mark.parametrize(
    ("rules", "shadowed"),
    [
        ([entry("aa"), entry("bb")], "bb"),
        ([entry("aa", when=HERE), entry("bb")], "aa"),
        ([entry("aa"), entry("bb", when=HERE, resolution_days=9)], "bb"),
        ([entry("aa"), entry("bb", when=HERE, resolution_days=4)], None),
        ([entry("aa"), entry("bb", when=HERE), entry("cc", "finance", yields_to=["bb"])], None),
        ([entry("aa", when=HERE), entry("bb", when={"division": "410527"})], None),
    ],
)
def test_a_rule_that_a_wider_one_leaves_without_any_effect_is_shadowed(
    offices: Offices, rules: list[Entry], shadowed: str | None
) -> None:
    problems = [item for item in found(offices, *rules) if "shadowed" in item.message]
    assert [item.severity for item in problems] == (["error"] if shadowed else [])
    assert all(f"({shadowed})" in item.where for item in problems)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([entry("aa", "liaison")], "liaison has no office for 410500, nor at the city"),
        (
            [entry("aa"), entry("bb", "finance")],
            "financing would be ambiguous (financial_regulation, finance)",
        ),
        (
            [entry("aa"), entry("bb", resolution_days=4, receipt_days=2)],
            "same task to the same agency (financing)",
        ),
        (
            [entry("aa", yields_to=["cc"]), entry("bb", when=HERE), entry("cc", when=BIG)],
            "same task to the same agency (financing)",
        ),
        (
            [entry("aa", yields_to=["bb"], when=HERE), entry("bb", when={"division": "410527"})],
            "never gives the same task as bb: nothing to yield",
        ),
        (
            [entry("aa", yields_to=["bb"]), entry("bb", when={"need": "tax_relief"})],
            "never gives the same task as bb: nothing to yield",
        ),
        (
            [
                entry("aa", None, office_at="organ", when=DECISION),
                entry("bb", "justice", when=DECISION),
            ],
            "would be ambiguous (the office at organ, justice)",
        ),
        (
            [entry("aa", green={"receipt_days": 9, "resolution_days": 9})],
            "the green channel must not be slower",
        ),
    ],
)  # fmt: skip
def test_what_may_be_meant_is_a_warning(offices: Offices, rules: list[Entry], said: str) -> None:
    problems = [item for item in found(offices, *rules) if said in item.message]
    assert problems
    assert {item.severity for item in problems} == {"warning"}
    build(made(*rules), offices, 1)


def test_a_need_without_a_rule_or_only_under_conditions_is_a_warning(
    offices: Offices, deployed: list[Entry]
) -> None:
    fewer = [item for item in deployed if item["id"] != "lawsuit-response"]
    limited = [
        item | {"when": item["when"] | HERE} if item["id"] == "bankruptcy-tax" else item
        for item in fewer
    ]
    assert [(item.message, item.severity) for item in check(made(*limited), offices)] == [
        ("no rule covers administrative_lawsuit: respond_to_suit", "warning"),
        ("rules cover bankruptcy: tax_clearance only under conditions", "warning"),
        ("rules cover bankruptcy: tax_relief only under conditions", "warning"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ({"lane": "green"}, {"lane": "ordinary"}, True),
        (HERE, {"division": "410522"}, True),
        (HERE, {"division": "4105"}, False),
        (BIG, FEW, True),
        (BIG, {}, False),
        (BIG, {"details": {"employees": {"exists": False}}}, True),
        ({"details": {"employees": 5}}, BIG, True),
        ({"details": {"procedure": "reorganisation"}}, PROCEDURES, True),
        ({"details": {"procedure": "settlement"}}, PROCEDURES, False),
        (PROCEDURES, {"details": {"procedure": {"in": ["settlement"]}}}, False),
        (PROCEDURES, {"details": {"procedure": {"in": ["reorganisation"]}}}, True),
    ],
)
def test_only_rules_that_may_both_apply_are_told_to_dispute_a_task(
    offices: Offices, *, one: Entry, other: Entry, apart: bool
) -> None:
    for first, second in ((one, other), (other, one)):
        rules = entry("aa", when=first), entry("bb", "finance", when=second)
        messages = [item.message for item in found(offices, *rules)]
        assert any("ambiguous" in text for text in messages) is not apart


def test_a_rule_that_yields_disputes_nothing(offices: Offices) -> None:
    rules = entry("aa", yields_to=["bb"]), entry("bb", "finance", when=HERE)
    assert found(offices, *rules) == []


def test_it_is_known_where_the_details_of_each_kind_name_an_office() -> None:
    assert set(OFFICES_AT) == set(Kind)
    assert {kind: set(paths) for kind, paths in OFFICES_AT.items() if paths} == {
        "judgment_enforcement": {"debtor_office"},
        "administrative_dispute": {"respondent"},
        "administrative_lawsuit": {"court", "defendant"},
        "reconsideration": {"organ", "respondent"},
    }


VALUES = [0, 5, 10, "a", "b", None]
BOUNDS = st.one_of(
    st.sampled_from([0, 5, "a"]),
    st.sampled_from([{"min": 1}, {"min": 6}, {"max": 6}, {"min": 0, "max": 9}, {"in": [0, 5]}]),
    st.sampled_from([{"exists": True}, {"exists": False}, {"in": ["a", 5]}, {"in": ["b"]}]),
)
WHENS = st.builds(
    lambda lane, divisions, x: When.model_validate(
        {"kind": "bankruptcy", "need": "financing", "division": divisions}
        | ({"lane": lane} if lane else {})
        | {"details": {"x": x} if x is not None else {}}
    ),
    st.sampled_from([None, "green", "ordinary"]),
    st.lists(st.sampled_from(["4105", "410526", "410527"]), max_size=2),
    st.none() | BOUNDS,
)
DIVISIONS = ["410500", "410526", "410527"]


@given(one=WHENS, other=WHENS)
def test_what_conditions_have_in_common_is_what_cases_can_meet(
    offices: Offices, one: When, other: When
) -> None:
    """Never claims that a rule covers another it doesn't, nor that two are apart that aren't."""
    entries = [
        entry(name, when=when.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        for name, when in (("one", one), ("other", other))
    ]
    first, second = (build(made(item), offices, 1).rules[0] for item in entries)
    cases = [
        Filing("bankruptcy", division, lane, ("financing",), {"x": x} if x is not None else {})
        for division in DIVISIONS
        for lane in ("green", "ordinary")
        for x in VALUES
    ]
    met = [(matches(first, case), matches(second, case)) for case in cases]
    if covers(one, other, DIVISIONS):
        assert all(a for a, b in met if b)
    if any(a and b for a, b in met):
        assert overlap(one, other)
    assert overlap(one, other) == overlap(other, one)
    assert covers(one, one, DIVISIONS)

"""Drafts of a next version, what they would move, and the rule made of a decision by hand: pure."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.as_rule import AsRule, before_others, rule_for, similar
from services.routing.changing import path_of
from services.routing.drafts import (
    changed_office,
    diff,
    differs,
    receiving,
    with_office,
    with_rule,
    without_rule,
)
from services.routing.files import (
    AgencyEntry,
    Ladders,
    OfficeEntry,
    Offices,
    RuleEntry,
    Rules,
    plain,
)
from services.routing.loading import build, read_offices, read_rules
from services.routing.matching import explain
from services.routing.rehearsal import Move, Place, Tally, compare
from services.routing.rulebook import Filing, Rulebook
from services.runtime.domain import RefusedError
from services.runtime.http import Problem

WHY = "以后同类事项照此办理"
TAX_RULE = "bankruptcy-tax"


@pytest.fixture(scope="module")
def rules(deploy: Path) -> Rules:
    return read_rules(deploy / "routing.yaml")


@pytest.fixture(scope="module")
def offices(deploy: Path) -> Offices:
    return read_offices(deploy / "offices.yaml")


def rule(rules: Rules, **changes: Any) -> RuleEntry:
    (found,) = [item for item in rules.rules if item.id == TAX_RULE]
    return RuleEntry.model_validate(plain(found) | changes)


def both(rules: Rules, offices: Offices) -> dict[str, Any]:
    return {"rules": plain(rules), "offices": plain(offices)}


def test_a_rule_is_changed_where_it_stands_and_the_diff_names_each_field(
    rules: Rules, offices: Offices
) -> None:
    green = {"receipt_days": 1, "resolution_days": 3}
    changed = with_rule(rules, rule(rules, agency="finance", green=green))
    assert [item.id for item in changed.rules] == [item.id for item in rules.rules]
    found = diff(both(rules, offices), both(changed, offices))
    assert found == {
        "rules": {
            "added": [],
            "removed": [],
            "changed": [
                {
                    "id": TAX_RULE,
                    "fields": {
                        "agency": {"was": "tax", "now": "finance"},
                        "green.resolution_days": {"was": 7, "now": 3},
                    },
                }
            ],
        },
        "offices": {"added": [], "removed": [], "changed": []},
    }


def test_a_rule_that_is_added_and_taken_out_again_changes_nothing(
    rules: Rules, offices: Offices
) -> None:
    more = with_rule(rules, rule(rules, id="another"), new=True)
    there = diff(both(rules, offices), both(more, offices))
    assert there["rules"]["added"] == ["another"]
    assert without_rule(more, "another") == rules
    assert not differs(diff(both(rules, offices), both(without_rule(more, "another"), offices)))
    gone = diff(both(more, offices), both(rules, offices))
    assert gone["rules"]["removed"] == ["another"]


def test_a_ladder_stays_when_rules_change_and_its_change_is_named(
    rules: Rules, offices: Offices
) -> None:
    ladder = Ladders.model_validate({"green": {"city_days": 1}})
    steeper = rules.model_copy(update={"ladder": ladder})
    found = diff(both(rules, offices), both(steeper, offices))
    assert found["ladder"]["changed"] == [
        {"id": "green", "fields": {"city_days": {"was": 3, "now": 1}}}
    ]
    assert differs(found)
    more = with_rule(steeper, rule(steeper, id="another"), new=True)
    for changed in (more, without_rule(more, "another"), before_others(more, rule(more))):
        assert changed.ladder == ladder
    assert "ladder" not in diff(both(steeper, offices), both(more, offices))


@given(data=st.data())
def test_a_diff_is_empty_only_for_the_same_and_turns_round(
    rules: Rules, offices: Offices, data: st.DataObject
) -> None:
    subset = st.lists(st.sampled_from(rules.rules), unique_by=lambda item: item.id)
    one, other = (both(Rules(rules=tuple(data.draw(subset))), offices) for _ in range(2))
    there, back = diff(one, other)["rules"], diff(other, one)["rules"]
    assert (there["added"], there["removed"]) == (back["removed"], back["added"])
    same = {item["id"] for item in one["rules"].get("rules", ())} == {
        item["id"] for item in other["rules"].get("rules", ())
    }
    assert differs(diff(one, other)) is not same


WRONG_CHANGES: list[tuple[Callable[[Rules, Offices], Any], int, str | None]] = [
    (lambda r, _o: with_rule(r, rule(r), new=True), 409, "rule.id"),
    (lambda r, _o: with_rule(r, rule(r, id="unheard-of"), new=False), 404, None),
    (lambda r, _o: without_rule(r, "unheard-of"), 404, None),
    (lambda _r, o: with_office(o, OfficeEntry(id="tax.410526"), None), 409, "id"),
    (lambda _r, o: with_office(o, OfficeEntry(id="tax.110000"), None), 422, "id"),
    (lambda _r, o: with_office(o, OfficeEntry(id="posts.410526"), None), 422, "agency"),
    (
        lambda _r, o: with_office(
            o, OfficeEntry(id="posts.410526"), AgencyEntry(id="mails", zh="邮", en="Mails")
        ),
        422,
        "agency.id",
    ),
    (
        lambda _r, o: with_office(
            o, OfficeEntry(id="tax.410571"), AgencyEntry(id="tax", zh="税", en="Tax")
        ),
        409,
        "agency",
    ),
    (lambda _r, o: changed_office(o, "posts.410526", {"receives": False}), 404, None),
]


@pytest.mark.parametrize(("change", "status", "field"), WRONG_CHANGES)
def test_a_change_that_cannot_be_says_why(
    rules: Rules, offices: Offices, change: Any, status: int, field: str | None
) -> None:
    with pytest.raises(Problem) as caught:
        change(rules, offices)
    assert caught.value.status == status
    assert [item.field for item in caught.value.errors] == ([field] if field else [])


def test_an_office_joins_with_an_agency_of_its_own(rules: Rules, offices: Offices) -> None:
    entry = OfficeEntry(id="posts.410526", hosted=False)
    more = with_office(offices, entry, AgencyEntry(id="posts", zh="邮政局", en="Post Office"))
    book = build(rules, more, 2)
    assert book.offices["posts.410526"].name.zh == "滑县邮政局"
    found = diff(both(rules, offices), both(rules, more))
    assert found["agencies"]["added"] == ["posts"]
    assert receiving(more) - receiving(offices) == {"posts.410526"}
    quiet = changed_office(more, "posts.410526", {"receives": False, "zh": "滑县邮局"})
    assert receiving(quiet) == receiving(offices)
    assert build(rules, quiet, 2).offices["posts.410526"].name.zh == "滑县邮局"


PLACES = [
    ("routing.yaml:rules.3 (bankruptcy-tax).agency", "rules.3.agency"),
    ("routing.yaml:rules.0 (x).when.need", "rules.0.when.need"),
    ("routing.yaml:rules.12 (x)", "rules.12"),
    ("routing.yaml:rules a, b", "rules"),
    ("routing.yaml", "rules"),
]


@pytest.mark.parametrize(("where", "path"), PLACES)
def test_a_problem_is_named_by_the_path_in_the_request(where: str, path: str) -> None:
    assert path_of(where) == path


Make = Callable[..., Filing]
TAX, HOUSING, FINANCE = (
    Place(office=f"{agency}.410526") for agency in ("tax", "housing", "finance")
)
NONE: Place | None = None

REHEARSED: list[tuple[dict[str, Any] | None, tuple[Place | None, Place | None] | None, bool]] = [
    ({}, None, False),
    ({"reason": {"zh": "换个说法", "en": "in other words"}}, None, False),
    ({"agency": "housing"}, (TAX, HOUSING), False),
    ({"when": {"kind": "bankruptcy", "need": "tax_clearance", "division": "410527"}},
     (TAX, Place(desk="no_rule")), False),
    ({"resolution_days": 40}, None, True),
    (None, (TAX, Place(desk="no_rule")), False),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "way", "other_days"), REHEARSED)
def test_a_rehearsal_says_what_would_move(
    rules: Rules,
    offices: Offices,
    filing: Make,
    *,
    changes: dict[str, Any] | None,
    way: tuple[Place, Place] | None,
    other_days: bool,
) -> None:
    if changes is None:
        draft = without_rule(rules, TAX_RULE)
    else:
        draft = with_rule(rules, rule(rules, **changes))
    found = compare(build(rules, offices, 1), build(draft, offices, 0), filing())
    moves = [(move.was, move.now) for move in found.moves]
    assert moves == ([way] if way else [])
    assert found.other_days == (("tax_clearance",) if other_days else ())


def test_a_task_that_a_draft_adds_comes_from_nowhere(
    rules: Rules, offices: Offices, filing: Make
) -> None:
    more = rule(rules, id="also", when={"kind": "bankruptcy"}, task="announcement", agency="tax")
    books = build(rules, offices, 1), build(with_rule(rules, more), offices, 0)
    assert compare(*books, filing()).moves == (Move("announcement", None, TAX),)
    assert compare(books[1], books[0], filing()).moves == (Move("announcement", TAX, None),)


@pytest.mark.parametrize("cases", [1, 60])
def test_a_rehearsal_counts_all_and_shows_fifty(book: Rulebook, filing: Make, cases: int) -> None:
    other = replace(book, rules=tuple(item for item in book.rules if item.id != TAX_RULE))
    tally = Tally()
    for number in range(cases):
        made = filing(needs=("tax_clearance", "tax_relief", "retirement"))
        tally.add(f"c{number}", made, compare(book, other, made))
    shown = tally.shown()
    assert (shown["cases"], shown["moved_cases"]) == (cases, cases)
    assert len(shown["examples"]) == min(2 * cases, 50)
    assert [(item["task"], item["moved"]) for item in shown["tasks"]] == [
        ("tax_clearance", cases), ("tax_relief", cases),
    ]  # fmt: skip
    way = {"was": {"office": "tax.410526"}, "now": {"desk": "no_rule"}, "count": cases}
    assert shown["tasks"][0]["moves"] == [way]


def said(**more: Any) -> AsRule:
    return AsRule.model_validate({"id": "by-desk", **more})


def test_a_rule_made_at_the_desk_takes_kind_task_and_agency_of_what_was_decided(
    rules: Rules, book: Rulebook, filing: Make
) -> None:
    made = rule_for(
        filing(needs=("closure_of_accounts",)), "closure_of_accounts",
        book.offices["tax.410526"], said(), WHY, rules,
    )  # fmt: skip
    assert plain(made)["when"] == {"kind": "bankruptcy", "need": "closure_of_accounts"}
    assert (made.agency, made.task) == ("tax", None)
    assert made.reason.zh == WHY
    like = rule(rules)
    assert (made.receipt_days, made.resolution_days, made.green) == (
        like.receipt_days, like.resolution_days, like.green,
    )  # fmt: skip


RULES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"division": "410526"}, {"when": {"division": "410526"}}),
    ({"division": "4105"}, {"when": {"division": "4105"}}),
    ({"resolution_days": 5}, {"resolution_days": 5, "green": {"resolution_days": 5}}),
    ({"receipt_days": 1, "resolution_days": 90}, {"green": {"resolution_days": 7}}),
    ({"agency": "tax"}, {"agency": "tax"}),
    ({"green": {"receipt_days": 1, "resolution_days": 2}}, {"green": {"resolution_days": 2}}),
]


@pytest.mark.parametrize(("more", "expected"), RULES)
def test_the_officer_may_say_more_of_the_rule(
    rules: Rules, book: Rulebook, filing: Make, more: dict[str, Any], expected: dict[str, Any]
) -> None:
    made = plain(
        rule_for(filing(), "tax_clearance", book.offices["tax.410526"], said(**more), WHY, rules)
    )
    for name, value in expected.items():
        if isinstance(value, dict):
            assert made[name] | value == made[name]
        else:
            assert made[name] == value


WRONG_RULES = [
    ({"agency": "housing"}, {}, "as_rule.agency"),
    ({"division": "410527"}, {}, "as_rule.division"),
    ({"id": TAX_RULE}, {}, "as_rule.id"),
    ({"id": "desk"}, {}, "as_rule"),
    ({"receipt_days": 30, "resolution_days": 20}, {}, "as_rule"),
    ({}, {"kind": "unheard_of"}, "as_rule.receipt_days"),
    ({"receipt_days": 2}, {"kind": "unheard_of"}, "as_rule.resolution_days"),
]


@pytest.mark.parametrize(("more", "changes", "field"), WRONG_RULES)
def test_a_rule_that_cannot_be_made_names_the_field(
    rules: Rules, book: Rulebook, filing: Make, *, more: Any, changes: Any, field: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        rule_for(
            filing(**changes), "tax_clearance", book.offices["tax.410526"], said(**more), WHY, rules
        )
    assert caught.value.field == field


def test_the_most_similar_rule_is_of_the_same_task_then_of_the_same_agency(
    rules: Rules, filing: Make
) -> None:
    by_task = similar(filing(), "tax_clearance", "housing", rules)
    by_agency = similar(filing(), "unheard_of", "social_security", rules)
    assert by_task is not None
    assert by_agency is not None
    assert by_task.id == TAX_RULE
    assert by_agency.id == "bankruptcy-social-security"
    assert similar(filing(kind="unheard_of"), "tax_clearance", "tax", rules) is None


def test_a_rule_over_others_settles_what_they_dispute(
    rules: Rules, offices: Offices, filing: Make
) -> None:
    disputed = with_rule(rules, rule(rules, id="other-tax", agency="housing"))
    book = build(disputed, offices, 1)
    assert [item.why for item in explain(book, filing()).unrouted] == ["ambiguous"]
    office = book.offices["tax.410526"]
    made = rule_for(filing(), "tax_clearance", office, said(division="410526"), WHY, disputed)
    settled = with_rule(before_others(disputed, made), made)
    yielding = [item.id for item in settled.rules if made.id in item.yields_to]
    assert yielding == ["other-tax"]
    (given_to,) = explain(build(settled, offices, 2), filing()).assigned
    assert given_to.office == "tax.410526"
    elsewhere = explain(build(settled, offices, 2), filing(division="410527"))
    assert [item.why for item in elsewhere.unrouted] == ["ambiguous"]

"""Values as they are printed, compared and ranked; the scorecard's points."""

from fractions import Fraction
from typing import Any

import pytest

from services.metrics.catalogue.sections import FIGURES
from services.metrics.cubes import Row
from services.metrics.ranking import LEAST, ranked, wilson
from services.metrics.scorecard import COMPONENTS, cards, weights
from services.metrics.values import Value, change, shown, valued


@pytest.mark.parametrize(
    ("id_", "top", "bottom", "months", "exact", "printed"),
    [
        ("lawsuits.filed", 266, None, 6, "266/1", "266"),
        ("lawsuits.loss_rate", 41, 266, 6, "41/266", "15.4%"),
        ("mediation.rate", 11_752, 19_015, 6, "11752/19015", "61.8%"),
        ("mediation.rate", 0, 0, 6, None, None),
        ("reconsideration.city_yearly", 3248, None, 36, "3248/3", "1082"),
        ("lawsuits.intermediate_yearly", 1706, None, 36, "1706/3", "568"),
        ("lawsuits.intermediate_yearly", 1706, None, 30, "20472/30", "682"),
        ("reconsideration.city_yearly", 500, None, 6, None, None),
        ("reconsideration.city_yearly", 500, None, None, None, None),
        ("reconsideration.ratio", 3248, 1706, 36, "3248/1706", "1.90 : 1"),
        ("enforcement.organ_recovered", 9_915_020_000, None, 6, "9915020000/1", "9915.02"),
        ("projects.special_loans", 12_000_000_000, None, 6, "12000000000/1", "12000"),
        ("projects.funded", -150, None, 6, "-150/1", "0"),
        ("penalties.days_filed_closed", 31, 4, 6, "31/4", "7.8"),
    ],
)
def test_a_value_is_exact_and_printed_as_the_report_does(  # noqa: PLR0917 - a table's columns
    id_: str, top: int, bottom: int | None, months: int | None, exact: str | None,
    printed: str | None,
) -> None:  # fmt: skip
    value = valued(FIGURES[id_], top, bottom, months)
    assert (value.exact, shown(FIGURES[id_].shape, value)) == (exact, printed)


@pytest.mark.parametrize(
    ("shape", "now", "then", "by", "grown"),
    [
        ("count", Value(266), Value(301), "-35", "-11.6%"),
        ("count", Value(5), Value(0), "+5", None),
        ("count", Value(5), Value(5), "0", "0.0%"),
        ("share", Value(41, 266), Value(53, 301), "-2.2", None),
        ("share", Value(0, 0), Value(53, 301), None, None),
    ],
)
def test_a_change_is_signed(
    shape: Any, now: Value, then: Value, by: str | None, grown: str | None
) -> None:
    assert change(shape, now, then) == (by, grown)


def office(name: str, judged: int, on_time: int) -> Row:
    sums = {"n": judged, "resolution_judged": judged, "resolved_on_time": on_time}
    return Row({"office": name}, sums, {})


def test_an_office_with_one_case_cannot_top_the_ranking() -> None:
    found = ranked([office("tax.1", 1, 1), office("tax.2", 100, 90), office("tax.3", 100, 0),
                    office("tax.4", LEAST, LEAST), office("tax.5", 100, 90)])  # fmt: skip
    assert [(item.office, item.rank) for item in found] == [
        ("tax.2", 1), ("tax.5", 1), ("tax.4", 3), ("tax.3", 4), ("tax.1", None),
    ]  # fmt: skip


def test_wilsons_bound_is_what_statisticians_give() -> None:
    bounds = [wilson(1, 1), wilson(90, 100), wilson(0, 10), wilson(0, 0)]
    assert [bound and round(bound, 4) for bound in bounds] == [0.2065, 0.8256, 0.0, None]


FILE: dict[str, Any] = {
    "version": 3,
    "least": 5,
    "weights": {
        "delivery": 5, "receipt": 15, "resolution": 25, "returns": 5, "heads": 15, "lawsuits": 15,
        "instructions": 10, "measures": 5, "debts": 5,
    },
}  # fmt: skip


def test_what_an_office_has_nothing_of_neither_punishes_nor_rewards() -> None:
    cubes = {
        "assignments": [Row({"office": "tax.1"}, {
            "n": 10, "delivered": 10, "returned": 1, "receipt_judged": 10, "received_on_time": 10,
            "resolution_judged": 8, "resolved_on_time": 4}, {})],
        "verdicts": [Row({"office": "tax.1"}, {"n": 4, "lost": 1}, {}),
                     Row({"office": "tax.2"}, {"n": 4, "lost": 0}, {})],
    }  # fmt: skip
    ranked, few = cards(cubes, weights(FILE))
    parts = {part.component.id: part for part in ranked.parts}
    assert (few.office, few.points, few.rank) == ("tax.2", Fraction(100), None)
    assert (ranked.office, ranked.rank) == ("tax.1", 1)
    assert ranked.points == Fraction(100 * (5 * 60 + 15 * 60 + 25 * 30 + 5 * 54 + 15 * 45), 65 * 60)
    assert (parts["returns"].numerator, parts["returns"].counted) == (9, 1)
    assert (parts["heads"].share, parts["heads"].points) == (None, None)
    assert sum(part.weight or 0 for part in ranked.parts) == 100


@pytest.mark.parametrize(
    ("change_", "said"),
    [
        ({"weights": FILE["weights"] | {"debts": 6}}, "add up to 101"),
        ({"weights": {"debts": 100}}, "must name each of"),
        ({"weights": FILE["weights"] | {"debts": -5}}, "weights.debts must be"),
        ({"weights": FILE["weights"] | {"debts": 5.0}}, "weights.debts must be"),
        ({"version": 0}, "version must be"),
        ({"least": None}, "least must be"),
        ({"extra": 1}, "nothing else"),
    ],
)
def test_weights_that_do_not_add_up_are_refused(change_: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        weights(FILE | change_)


def test_components_point_at_figures_that_count_the_same() -> None:
    for component in COMPONENTS:
        top, bottom = (FIGURES[name].top for name in component.figures)
        assert (top.stream, top.sum) == (component.stream, component.top)
        assert (bottom.stream, bottom.sum) == (component.stream, component.bottom)

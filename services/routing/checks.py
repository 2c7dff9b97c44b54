"""What may be wrong with rules and offices as a whole, found before a case meets it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from fuyuan_contracts.cases import ASKED
from services.routing.files import Bounds, Offices, RuleEntry, Rules, When
from services.routing.rulebook import city_of

CATALOGUE: Mapping[str, frozenset[str]] = {
    kind.value: frozenset(item.value for item in asked) for kind, asked in ASKED.items()
}
"""The kinds of case and the needs of each."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong where; an `error` keeps the rulebook from being used."""

    where: str
    message: str
    severity: Literal["error", "warning"] = "error"


def check(
    rules: Rules, offices: Offices, catalogue: Mapping[str, frozenset[str]] = CATALOGUE
) -> list[Problem]:
    """List every problem: errors (unknown names, the impossible) and warnings (gaps, doubles)."""
    found: list[Problem] = []
    for number, rule in enumerate(rules.rules):
        where = f"routing.yaml:rules.{number} ({rule.id})"
        found += _names(where, rule, offices, catalogue)
        found += _reach(where, rule, offices)
    found += _pairs(rules)
    found += _gaps(rules, catalogue)
    return found


def _names(
    where: str, rule: RuleEntry, offices: Offices, catalogue: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    needs = catalogue.get(rule.when.kind)
    if needs is None:
        yield Problem(f"{where}.when.kind", f"unknown kind {rule.when.kind}")
    for need in rule.when.needs:
        if needs is not None and need not in needs:
            yield Problem(f"{where}.when.need", f"{rule.when.kind} has no need {need}")
    if rule.task is not None and rule.task in (needs or ()):
        yield Problem(f"{where}.task", f"{rule.task} is a need: write it under when.need")
    if rule.agency not in {item.id for item in offices.agencies}:
        yield Problem(f"{where}.agency", f"unknown agency {rule.agency}")
    for prefix in rule.when.divisions:
        if not any(item.code.startswith(prefix) for item in offices.divisions):
            yield Problem(f"{where}.when.division", f"no division starts with {prefix}")
    if (
        rule.green.receipt_days > rule.receipt_days
        or rule.green.resolution_days > rule.resolution_days
    ):
        yield Problem(f"{where}.green", "the green channel must not be slower", "warning")


def _reach(where: str, rule: RuleEntry, offices: Offices) -> Iterator[Problem]:
    receiving = {item.id for item in offices.offices if item.receives}
    prefixes = rule.when.divisions or ("",)
    for division in offices.divisions:
        own, city = f"{rule.agency}.{division.code}", f"{rule.agency}.{city_of(division.code)}"
        if division.code.startswith(prefixes) and not {own, city} & receiving:
            text = f"{rule.agency} has no office for {division.code}, nor at the city"
            yield Problem(f"{where}.agency", text, "warning")


def _pairs(rules: Rules) -> Iterator[Problem]:
    for one, other in combinations(rules.rules, 2):
        tasks = _tasks(one) & _tasks(other)
        if one.when.kind != other.when.kind or not tasks or not _overlap(one.when, other.when):
            continue
        where = f"routing.yaml:rules {one.id}, {other.id}"
        names = ", ".join(sorted(tasks))
        if one.agency != other.agency:
            text = f"may both apply: {names} would be ambiguous ({one.agency}, {other.agency})"
            yield Problem(where, text, "warning")
        else:
            text = f"give the same task to the same agency ({names}): the shorter deadline counts"
            yield Problem(where, text, "warning")


def _gaps(rules: Rules, catalogue: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    for kind, needs in sorted(catalogue.items()):
        of_kind = [rule for rule in rules.rules if rule.when.kind == kind]
        for need in sorted(needs):
            naming = [rule for rule in of_kind if need in rule.when.needs]
            if not naming:
                yield Problem("routing.yaml", f"no rule covers {kind}: {need}", "warning")
            elif all(_conditional(rule.when) for rule in naming):
                text = f"rules cover {kind}: {need} only under conditions"
                yield Problem("routing.yaml", text, "warning")


def _tasks(rule: RuleEntry) -> set[str]:
    return set(rule.when.needs) or {rule.task or ""}


def _conditional(when: When) -> bool:
    return bool(when.divisions or when.lane or when.details)


def _overlap(one: When, other: When) -> bool:
    if one.lane and other.lane and one.lane != other.lane:
        return False
    if one.divisions and other.divisions:
        pairs = [(a, b) for a in one.divisions for b in other.divisions]
        if not any(a.startswith(b) or b.startswith(a) for a, b in pairs):
            return False
    shared = one.details.keys() & other.details.keys()
    return not any(_contradict(one.details[path], other.details[path]) for path in shared)


def _contradict(one: object, other: object) -> bool:
    """Tell whether no value can meet both conditions; in doubt, no."""
    if not isinstance(one, Bounds) and not isinstance(other, Bounds):
        return one != other
    if isinstance(one, Bounds) and isinstance(other, Bounds):
        if {one.exists, other.exists} == {True, False}:
            return True
        if one.among and other.among:
            return not set(one.among) & set(other.among)
        return _apart(one, other) or _apart(other, one)
    bounds, value = (one, other) if isinstance(one, Bounds) else (other, one)
    assert isinstance(bounds, Bounds)  # noqa: S101 - one of the two is
    if bounds.exists is False or (bounds.among and value not in bounds.among):
        return True
    return isinstance(value, int | float) and (
        (bounds.min is not None and value < bounds.min)
        or (bounds.max is not None and value > bounds.max)
    )


def _apart(low: Bounds, high: Bounds) -> bool:
    return low.max is not None and high.min is not None and low.max < high.min

"""What may be wrong with rules and offices as a whole, found before a case meets it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal, get_args

from fuyuan_contracts.cases import ASKED, Details
from fuyuan_contracts.identifiers import OfficeId
from services.routing.conditions import covers, overlap, tasks
from services.routing.files import LadderEntry, Offices, RuleEntry, Rules, When
from services.routing.rulebook import city_of

CATALOGUE: Mapping[str, frozenset[str]] = {
    kind.value: frozenset(item.value for item in asked) for kind, asked in ASKED.items()
}
"""The kinds of case and the needs of each."""


def _naming_offices() -> Mapping[str, frozenset[str]]:
    pattern = get_args(OfficeId)[1].pattern
    found = {}
    for form in get_args(get_args(Details)[0]):
        fields: dict[str, Any] = form.model_json_schema()["properties"]
        options = {name: part.get("anyOf", [part]) for name, part in fields.items()}
        found[fields["kind"]["const"]] = frozenset(
            name
            for name, choice in options.items()
            if any(item.get("pattern") == pattern for item in choice)
        )
    return found


OFFICES_AT = _naming_offices()
"""Where the details of each kind may name an office."""


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
        where = _where(number, rule)
        found += _names(where, rule, offices, catalogue)
        found += _reach(where, rule, offices)
    found += _yielding(rules, offices)
    found += _cycles(rules)
    found += _pairs(rules, offices)
    found += _gaps(rules, catalogue)
    found += _ladders(rules)
    return found


def _where(number: int, rule: RuleEntry) -> str:
    return f"routing.yaml:rules.{number} ({rule.id})"


def _names(
    where: str, rule: RuleEntry, offices: Offices, catalogue: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    kind = rule.when.kind
    needs = catalogue.get(kind)
    if needs is None:
        yield Problem(f"{where}.when.kind", f"unknown kind {kind}")
    for need in rule.when.needs:
        if needs is not None and need not in needs:
            yield Problem(f"{where}.when.need", f"{kind} has no need {need}")
    if rule.task is not None and rule.task in (needs or ()):
        yield Problem(f"{where}.task", f"{rule.task} is a need: write it under when.need")
    if rule.agency and rule.agency not in {item.id for item in offices.agencies}:
        yield Problem(f"{where}.agency", f"unknown agency {rule.agency}")
    if rule.office_at and needs is not None and rule.office_at not in OFFICES_AT.get(kind, ()):
        known = ", ".join(sorted(OFFICES_AT.get(kind, ()))) or "nowhere"
        text = f"the details of {kind} name no office at {rule.office_at}; they do at: {known}"
        yield Problem(f"{where}.office_at", text)
    for prefix in rule.when.divisions:
        if not any(item.code.startswith(prefix) for item in offices.divisions):
            yield Problem(f"{where}.when.division", f"no division starts with {prefix}")
    if (
        rule.green.receipt_days > rule.receipt_days
        or rule.green.resolution_days > rule.resolution_days
    ):
        yield Problem(f"{where}.green", "the green channel must not be slower", "warning")


def _reach(where: str, rule: RuleEntry, offices: Offices) -> Iterator[Problem]:
    if rule.agency is None:
        return  # which office it is only the case says
    receiving = {item.id for item in offices.offices if item.receives}
    prefixes = rule.when.divisions or ("",)
    for division in offices.divisions:
        own, city = f"{rule.agency}.{division.code}", f"{rule.agency}.{city_of(division.code)}"
        if division.code.startswith(prefixes) and not {own, city} & receiving:
            text = f"{rule.agency} has no office for {division.code}, nor at the city"
            yield Problem(f"{where}.agency", text, "warning")


def _yielding(rules: Rules, offices: Offices) -> Iterator[Problem]:
    """Find what yields to nobody, without any use, or so much that it never decides."""
    codes = [item.code for item in offices.divisions]
    known = {item.id: item for item in rules.rules}
    for number, rule in enumerate(rules.rules):
        where = f"{_where(number, rule)}.yields_to"
        others = [known[name] for name in rule.yields_to if name in known and name != rule.id]
        for name in rule.yields_to:
            if name not in known:
                yield Problem(where, f"there is no rule {name}")
        for other in others:
            if not tasks(rule) & tasks(other) or not overlap(rule.when, other.when):
                text = f"never gives the same task as {other.id}: nothing to yield"
                yield Problem(where, text, "warning")
        wider = [other for other in others if covers(other.when, rule.when, codes)]
        if wider and tasks(rule) <= {task for other in wider for task in tasks(other)}:
            names = ", ".join(other.id for other in wider)
            text = f"shadowed: every case it matches is decided by what it yields to ({names})"
            yield Problem(where, text)


def _cycles(rules: Rules) -> Iterator[Problem]:
    """Find each circle of rules that yield to each other: of those none would decide."""
    yields_to = {rule.id: rule.yields_to for rule in rules.rules}
    for number, rule in enumerate(rules.rules):
        circle = _circle(rule.id, yields_to)
        if circle and rule.id == min(circle):
            path = " → ".join([*circle, rule.id])
            yield Problem(f"{_where(number, rule)}.yields_to", f"a cycle: {path}")


def _circle(start: str, yields_to: Mapping[str, Sequence[str]]) -> list[str]:
    """Give the shortest way from a rule back to itself, [] where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for name in yields_to.get(way[-1], ()):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _pairs(rules: Rules, offices: Offices) -> Iterator[Problem]:
    codes = [item.code for item in offices.divisions]
    places = {rule.id: _where(number, rule) for number, rule in enumerate(rules.rules)}
    for one, other in combinations(rules.rules, 2):
        shared = tasks(one) & tasks(other)
        if one.id in other.yields_to or other.id in one.yields_to:
            continue
        if not shared or not overlap(one.when, other.when):
            continue
        where = f"routing.yaml:rules {one.id}, {other.id}"
        names = ", ".join(sorted(shared))
        if _target(one) != _target(other):
            text = f"may both apply: {names} would be ambiguous ({_target(one)}, {_target(other)})"
            yield Problem(where, text, "warning")
        elif hidden := _hidden(one, other, rules, codes):
            wide = one if hidden is other else other
            text = f"shadowed: {wide.id} gives the same, in every case it matches, and no later"
            yield Problem(places[hidden.id], text)
        else:
            text = f"give the same task to the same agency ({names}): the shorter deadline counts"
            yield Problem(where, text, "warning")


def _hidden(
    one: RuleEntry, other: RuleEntry, rules: Rules, codes: Sequence[str]
) -> RuleEntry | None:
    """Give the one of two rules with the same target that never has an effect: the later first.

    One that a third rule yields to has one, unless the third yields to the wider rule, too.
    """
    for narrow, wide in ((other, one), (one, other)):
        if (
            tasks(narrow) <= tasks(wide)
            and covers(wide.when, narrow.when, codes)
            and set(wide.yields_to) <= set(narrow.yields_to)
            and all(wide.id in r.yields_to for r in rules.rules if narrow.id in r.yields_to)
            and all(ours <= theirs for ours, theirs in zip(_days(wide), _days(narrow), strict=True))
        ):
            return narrow
    return None


def _days(rule: RuleEntry) -> tuple[int, ...]:
    green = rule.green
    ordinary = (rule.receipt_days, rule.resolution_days)
    return (*ordinary, green.receipt_days, green.resolution_days)


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


def _ladders(rules: Rules) -> Iterator[Problem]:
    ordinary, green = rules.ladder.ordinary, rules.ladder.green
    for name in LadderEntry.model_fields:
        if name.endswith("_days") and getattr(green, name) > getattr(ordinary, name):
            where = f"routing.yaml:ladder.green.{name}"
            yield Problem(where, "the green channel must not be slower", "warning")


def _target(rule: RuleEntry) -> str:
    return rule.agency or f"the office at {rule.office_at}"


def _conditional(when: When) -> bool:
    return bool(when.divisions or when.lane or when.details)

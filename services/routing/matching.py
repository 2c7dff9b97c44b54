"""Which tasks a filing gives, which office each goes to, and why, in whatever order rules are."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.routing.facts import Unrouted
from services.routing.placing import Assigned, at, place
from services.routing.rulebook import Condition, Filing, Rule, Rulebook

__all__ = ["Assigned", "Decision", "explain", "matches"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of each task of a filing: it is in exactly one of the two, sorted by task."""

    rules_version: int
    assigned: tuple[Assigned, ...]
    unrouted: tuple[Unrouted, ...]


def explain(book: Rulebook, filing: Filing) -> Decision:
    """Decide where each task of a filing goes. Nothing is stored and no clock is read."""
    rules_of: dict[str, list[Rule]] = defaultdict(list)
    for rule in book.rules:
        for task in _tasks(rule, filing):
            rules_of[task].append(rule)
    for need in filing.needs:
        rules_of.setdefault(need, [])
    found = [
        place(book, filing, task, _deciding(rules)) for task, rules in sorted(rules_of.items())
    ]
    return Decision(
        book.version,
        tuple(item for item in found if isinstance(item, Assigned)),
        tuple(item for item in found if isinstance(item, Unrouted)),
    )


def matches(rule: Rule, filing: Filing) -> bool:
    """Tell whether a rule's condition holds for a filing, its needs left aside."""
    return (
        rule.kind == filing.kind
        and rule.lane in (None, filing.lane)
        and (not rule.divisions or filing.division.startswith(rule.divisions))
        and all(_holds(condition, filing.details) for condition in rule.details)
    )


def _tasks(rule: Rule, filing: Filing) -> list[str]:
    if not matches(rule, filing):
        return []
    if rule.needs:
        return [need for need in dict.fromkeys(filing.needs) if need in rule.needs]
    return [rule.task] if rule.task else []


def _deciding(rules: list[Rule]) -> list[Rule]:
    """Leave out each rule that yields to another one here.

    `checks` refuses cycles, so of some rules at least one always decides. Yielding goes one step:
    a rule that yields to a second, which yields to a third, has to name the third, too.
    """
    here = {rule.id for rule in rules}
    return [rule for rule in rules if here.isdisjoint(rule.yields_to)]


def _holds(condition: Condition, details: Mapping[str, Any]) -> bool:
    value = at(details, condition.path)
    if condition.exists is not None and (value is not None) != condition.exists:
        return False
    if condition.equals is not None and value != condition.equals:
        return False
    if condition.among and value not in condition.among:
        return False
    if condition.least is None and condition.most is None:
        return True
    if not isinstance(value, int | float):
        return False
    return (condition.least is None or value >= condition.least) and (
        condition.most is None or value <= condition.most
    )

"""Which tasks a filing gives, which office each goes to, and why, in whatever order rules are."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from services.routing.facts import Unrouted
from services.routing.rulebook import Condition, Days, Filing, Office, Rule, Rulebook

GREEN = "green"


@dataclass(frozen=True, slots=True)
class Assigned:
    """A task and the office it goes to."""

    task: str
    agency: str
    office: str
    rule: str
    days: Days
    reason: str


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
    found = [_place(book, filing, task, rules) for task, rules in sorted(rules_of.items())]
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


def _holds(condition: Condition, details: Any) -> bool:  # noqa: ANN401 - JSON
    value = details
    for part in condition.path.split("."):
        value = value.get(part) if hasattr(value, "get") else None
    if condition.exists is not None:
        return (value is not None) == condition.exists
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


def _place(book: Rulebook, filing: Filing, task: str, rules: list[Rule]) -> Assigned | Unrouted:
    agencies = tuple(sorted({rule.agency for rule in rules}))
    if not rules:
        return _no_rule(book, filing, task)
    if len(agencies) > 1:
        ids = ", ".join(sorted(rule.id for rule in rules))
        reason = f"规则 {ids} 指向不同部门 / rules {ids} (v{book.version}) name different agencies"
        return Unrouted(task, "ambiguous", agencies, f"{reason}: {', '.join(agencies)}")
    rule = min(rules, key=lambda rule: (_days(rule, filing.lane).resolution, rule.id))
    office = book.office_for(rule.agency, filing.division)
    if office is None:
        return _no_office(book, filing, rule, task)
    reason = _reason(book, filing, rule, task, office)
    return Assigned(task, rule.agency, office.id, rule.id, _days(rule, filing.lane), reason)


def _days(rule: Rule, lane: str) -> Days:
    return rule.green if lane == GREEN else rule.days


def _no_rule(book: Rulebook, filing: Filing, task: str) -> Unrouted:
    where = f"{filing.kind}, {filing.division}, {filing.lane}"
    zh = f"没有规则适用于事项 {task}（{where}）"
    return Unrouted(task, "no_rule", (), f"{zh} / no rule (v{book.version}) for {task} ({where})")


def _no_office(book: Rulebook, filing: Filing, rule: Rule, task: str) -> Unrouted:
    known = filing.division in book.divisions
    zh = "没有可承办的单位" if known else "未知的行政区划"
    en = "no office up to the city" if known else "an unknown division"
    reason = (
        f"规则 {rule.id}：{rule.reason.zh}；{filing.division} {zh}"
        f" / rule {rule.id} (v{book.version}): need {task} → {rule.agency};"
        f" {filing.division} has {en}"
    )
    return Unrouted(task, "no_office", (rule.agency,), reason)


def _reason(book: Rulebook, filing: Filing, rule: Rule, task: str, office: Office) -> str:
    own = office.division == filing.division
    place = book.divisions.get(filing.division)
    zh = "设有承办单位" if own else f"未设承办单位，由{office.name.zh}承办"
    en = "has its own office" if own else f"has none, so the city's {office.id}"
    return (
        f"规则 {rule.id}（{f'第{book.version}版' if book.version else '草稿'}）：{rule.reason.zh}；"
        f"{place.zh if place else filing.division}{zh}"
        f" / rule {rule.id} ({f'v{book.version}' if book.version else 'draft'}): need {task} →"
        f" {rule.agency}; {filing.division} {en}"
    )

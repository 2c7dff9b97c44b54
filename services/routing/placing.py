"""Where one task goes, by the rules that are for it, and in which words that is told. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.routing.facts import Unrouted
from services.routing.rulebook import Days, Filing, Office, Rule, Rulebook

GREEN = "green"
OFFICE_ID = re.compile(r"([a-z][a-z_]{1,31})\.[1-8][0-9]{5}")


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
class _Target:
    """What a rule says for a filing: an agency's office there, or the one the details name."""

    agency: str
    named: str
    office: Office | None


def place(book: Rulebook, filing: Filing, task: str, rules: list[Rule]) -> Assigned | Unrouted:
    """Decide where a task goes by the rules that match: exactly one place, or why there is none.

    Rules that name the same place agree, and the shortest deadline among them counts.
    """
    if not rules:
        return _no_rule(book, filing, task)
    targets = {rule.id: _target(book, filing, rule) for rule in rules}
    if len(set(targets.values())) > 1:
        return _ambiguous(book, task, targets)
    rule = min(rules, key=lambda rule: (_days(rule, filing.lane).resolution, rule.id))
    target = targets[rule.id]
    if target.office is None:
        return _no_office(book, filing, rule, task, target)
    reason = _reason(book, filing, rule, task, target.office)
    office, days = target.office, _days(rule, filing.lane)
    return Assigned(task, office.agency, office.id, rule.id, days, reason)


def at(details: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    """Give the value at a dotted path of the details, None where there is none."""
    value = details
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _target(book: Rulebook, filing: Filing, rule: Rule) -> _Target:
    if rule.agency is not None:
        office = book.office_for(rule.agency, filing.division)
        return _Target(rule.agency, office.id if office else "", office)
    found = at(filing.details, rule.office_at or "")
    match = OFFICE_ID.fullmatch(found) if isinstance(found, str) else None
    if match is None:
        return _Target("", "", None)
    office = book.offices.get(match[0])
    return _Target(match[1], match[0], office if office is not None and office.receives else None)


def _days(rule: Rule, lane: str) -> Days:
    return rule.green if lane == GREEN else rule.days


def _no_rule(book: Rulebook, filing: Filing, task: str) -> Unrouted:
    where = f"{filing.kind}, {filing.division}, {filing.lane}"
    zh = f"没有规则适用于事项 {task}（{where}）"
    return Unrouted(task, "no_rule", (), f"{zh} / no rule (v{book.version}) for {task} ({where})")


def _ambiguous(book: Rulebook, task: str, targets: Mapping[str, _Target]) -> Unrouted:
    agencies = tuple(sorted({target.agency for target in targets.values() if target.agency}))
    ids = ", ".join(sorted(targets))
    places = ", ".join(sorted({item.named or item.agency or "—" for item in targets.values()}))
    reason = f"规则 {ids} 指向不同单位 / rules {ids} (v{book.version}) name different offices"
    return Unrouted(task, "ambiguous", agencies, f"{reason}: {places}")


def _no_office(
    book: Rulebook, filing: Filing, rule: Rule, task: str, target: _Target
) -> Unrouted:  # fmt: skip
    where = filing.division
    if rule.agency is None:
        zh, en = _not_named(book, rule.office_at, target)
    elif where in book.divisions:
        zh, en = f"{where} 没有可承办的单位", f"{where} has no office up to the city"
    else:
        zh, en = f"{where} 是未知的行政区划", f"{where} is an unknown division"
    reason = (
        f"规则 {rule.id}：{rule.reason.zh}；{zh}"
        f" / rule {rule.id} (v{book.version}): need {task} →"
        f" {rule.agency or rule.office_at}; {en}"
    )
    return Unrouted(task, "no_office", (target.agency,) if target.agency else (), reason)


def _not_named(book: Rulebook, path: str | None, target: _Target) -> tuple[str, str]:
    if not target.named:
        return f"案件的 {path} 未写明单位", f"the case names no office at {path}"
    if target.named not in book.offices:
        return f"{target.named} 不是已登记的单位", f"{target.named} is no office here"
    name = book.office_name(target.named)
    return f"{name.zh}不接收交办", f"{target.named} receives no assignments"


def _reason(book: Rulebook, filing: Filing, rule: Rule, task: str, office: Office) -> str:
    zh, en = _why_this(book, filing, rule, office)
    version = (f"第{book.version}版", f"v{book.version}") if book.version else ("草稿", "draft")
    return (
        f"规则 {rule.id}（{version[0]}）：{rule.reason.zh}；{zh}"
        f" / rule {rule.id} ({version[1]}): need {task} →"
        f" {rule.agency or rule.office_at}; {en}"
    )


def _why_this(book: Rulebook, filing: Filing, rule: Rule, office: Office) -> tuple[str, str]:
    if rule.agency is None:
        return f"案件写明的单位是{office.name.zh}", f"the case names {office.id}"
    found = book.divisions.get(filing.division)
    where = found.zh if found else filing.division
    if office.division == filing.division:
        return f"{where}设有承办单位", f"{filing.division} has its own office"
    return (
        f"{where}未设承办单位，由{office.name.zh}承办",
        f"{filing.division} has none, so the city's {office.id}",
    )

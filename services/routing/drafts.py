"""Drafts of a next version: one rule or office changed in a whole, and how two versions differ.

No I/O: `changing.py` checks a draft and stores it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from services.routing.files import (
    AgencyEntry,
    Ladders,
    OfficeEntry,
    Offices,
    RuleEntry,
    Rules,
    problems_of,
)
from services.runtime.http import FieldError, Problem

Json = dict[str, Any]
Plain = Mapping[str, Any]
"""A version as it is stored: `{rules: {rules: [...], ladder?}, offices: {offices: [...], ...}}`."""

_LISTS = (
    ("rules", "rules", "id"),
    ("offices", "offices", "id"),
    ("offices", "agencies", "id"),
    ("offices", "divisions", "code"),
)


def position(rules: Rules, rule_id: str) -> int | None:
    """Tell where a rule stands; None when there is none of that id."""
    return next((place for place, rule in enumerate(rules.rules) if rule.id == rule_id), None)


def with_rule(rules: Rules, rule: RuleEntry, *, new: bool | None = None) -> Rules:
    """Put a rule in its place, or at the end. `new` says that it must, or must not, be new.

    Raises Problem: 409 for an id that is taken, 404 for one that isn't there.
    """
    place = position(rules, rule.id)
    if place is None:
        if new is False:
            raise _no_rule(rule.id)
        return _with(rules, (*rules.rules, rule))
    if new:
        wrong = FieldError("rule.id", f"{rule.id} is taken: choose another, or change that one")
        raise Problem(409, f"there is a rule {rule.id} already", [wrong])
    return _with(rules, (*rules.rules[:place], rule, *rules.rules[place + 1 :]))


def whole(entries: tuple[RuleEntry, ...], ladder: Ladders) -> Rules:
    """Put rules together. Raises Problem (422) for an id that is there twice."""
    try:
        return Rules(rules=entries, ladder=ladder)
    except ValidationError as error:
        wrong = [FieldError(path or "rules", text) for path, text in problems_of(error)]
        raise Problem(422, "the rules can't be used", wrong) from error


def of_rule(rules: Rules, rule_id: str) -> Callable[[str], str]:
    """Turn paths in the rulebook into fields of a body that is about one rule."""
    place = re.compile(rf"^rules\.{position(rules, rule_id)}(?=\.|$)")
    return lambda path: place.sub("rule", path)


def without_rule(rules: Rules, rule_id: str) -> Rules:
    """Take a rule out. Raises Problem (404) when there is none of that id."""
    if position(rules, rule_id) is None:
        raise _no_rule(rule_id)
    return _with(rules, tuple(rule for rule in rules.rules if rule.id != rule_id))


def _with(rules: Rules, entries: tuple[RuleEntry, ...]) -> Rules:
    """Put other rules in; their ids are known to differ, and the ladder stays."""
    return rules.model_copy(update={"rules": entries})


def with_office(offices: Offices, office: OfficeEntry, agency: AgencyEntry | None) -> Offices:
    """Add an office, with its agency where that isn't known yet.

    Raises Problem: 409 for an id that is taken; 422 for an agency or division that isn't known.
    """
    if any(item.id == office.id for item in offices.offices):
        wrong = FieldError("id", f"{office.id} is taken: change it with PATCH")
        raise Problem(409, f"there is an office {office.id} already", [wrong])
    known = {item.id: item for item in offices.agencies}
    agencies = offices.agencies
    if agency is not None and agency.id != office.agency:
        wrong = FieldError("agency.id", f"expected {office.agency}, the first half of the id")
        raise Problem(422, "the office is of another agency", [wrong])
    if agency is not None and known.get(agency.id, agency) != agency:
        raise Problem(409, f"there is an agency {agency.id} already, of another name", [
            FieldError("agency", "leave it out: the agency is known")
        ])  # fmt: skip
    if agency is not None and agency.id not in known:
        agencies = (*agencies, agency)
    elif agency is None and office.agency not in known:
        wrong = FieldError("agency", f"{office.agency} is not known: name it ({{id, zh, en}})")
        raise Problem(422, "the office is of an unknown agency", [wrong])
    if office.division not in {item.code for item in offices.divisions}:
        wrong = FieldError("id", f"unknown division {office.division}")
        raise Problem(422, "the office is in an unknown division", [wrong])
    return offices.model_copy(update={"offices": (*offices.offices, office), "agencies": agencies})


def changed_office(offices: Offices, office_id: str, changes: Mapping[str, Any]) -> Offices:
    """Change fields of an office (valid ones of `OfficeEntry`). Raises Problem (404)."""
    if all(item.id != office_id for item in offices.offices):
        raise Problem(404, f"there is no office {office_id}")
    entries = tuple(
        item.model_copy(update=dict(changes)) if item.id == office_id else item
        for item in offices.offices
    )
    return offices.model_copy(update={"offices": entries})


def receiving(offices: Offices) -> frozenset[str]:
    """Name the offices that are given assignments."""
    return frozenset(item.id for item in offices.offices if item.receives)


def diff(was: Plain, now: Plain) -> Json:
    """Say how two versions differ: by list, the ids added and removed, the fields changed.

    Rules and offices are always named; agencies, divisions and the ladder only where they differ.
    """
    found: Json = {}
    for part, name, key in _LISTS:
        one = {item[key]: item for item in was[part].get(name, ())}
        other = {item[key]: item for item in now[part].get(name, ())}
        changed = [
            {"id": item, "fields": fields}
            for item in one
            if item in other and (fields := _fields(one[item], other[item]))
        ]
        added = [item for item in other if item not in one]
        removed = [item for item in one if item not in other]
        if name in ("rules", "offices") or added or removed or changed:
            found[name] = {"added": added, "removed": removed, "changed": changed}
    if lanes := _ladders(was["rules"].get("ladder", {}), now["rules"].get("ladder", {})):
        found["ladder"] = {"added": [], "removed": [], "changed": lanes}
    return found


def _ladders(was: Plain, now: Plain) -> list[Json]:
    """Compare two ladders as they stand in force: what a file leaves out has its default."""
    one, other = (Ladders.model_validate(item).model_dump() for item in (was, now))
    return [
        {"id": lane, "fields": fields}
        for lane in one
        if (fields := _fields(one[lane], other[lane]))
    ]


def differs(changes: Json) -> bool:
    """Tell whether a diff says anything."""
    return any(ids for part in changes.values() for ids in part.values())


def _fields(was: Plain, now: Plain) -> Json:
    one, other = dict(_leaves(was)), dict(_leaves(now))
    return {
        path: {"was": one.get(path), "now": other.get(path)}
        for path in sorted(one.keys() | other.keys())
        if one.get(path) != other.get(path)
    }


def _leaves(value: Plain, path: Sequence[str] = ()) -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, (*path, name))
        else:
            yield ".".join((*path, name)), inner


def _no_rule(rule_id: str) -> Problem:
    return Problem(404, f"there is no rule {rule_id}")

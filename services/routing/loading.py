"""From files or stored data to a checked `Rulebook`. Bad data is refused with the path to it."""

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from fuyuan_contracts.cases import Lane
from services.routing import workdays
from services.routing.checks import Problem, check
from services.routing.files import (
    Bounds,
    LadderEntry,
    Offices,
    Part,
    RuleEntry,
    Rules,
    plain,
    problems_of,
)
from services.routing.rulebook import Condition, Days, Ladder, Name, Office, Rule, Rulebook, Timing

P = TypeVar("P", bound=Part)


class RulebookError(Exception):
    """Rules or offices can't be used; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems; the message shows one a line."""
        super().__init__("\n".join(f"{item.where}: {item.message}" for item in problems))
        self.problems = problems


def read_rules(path: Path) -> Rules:
    """Read `routing.yaml`. Raises RulebookError, OSError."""
    return parse(Rules, _yaml(path), path.name)


def read_offices(path: Path) -> Offices:
    """Read `offices.yaml`. Raises RulebookError, OSError."""
    return parse(Offices, _yaml(path), path.name)


def parse(form: type[P], data: object, name: str) -> P:
    """Check plain data against its form; `name` leads the path of each problem."""
    try:
        return form.model_validate(data)
    except ValidationError as error:
        found = [Problem(f"{name}:{path}".rstrip(":"), text) for path, text in problems_of(error)]
        raise RulebookError(found) from error


def build(rules: Rules, offices: Offices, version: int, timing: Timing | None = None) -> Rulebook:
    """Make the rulebook decisions are taken by. Raises RulebookError for what can't work."""
    errors = [item for item in check(rules, offices) if item.severity == "error"]
    if errors:
        raise RulebookError(errors)
    divisions = {item.code: Name(item.zh, item.en) for item in offices.divisions}
    agencies = {item.id: Name(item.zh, item.en) for item in offices.agencies}
    listed: dict[str, Office] = {}
    for item in offices.offices:
        place, agency = divisions[item.division], agencies[item.agency]
        name = Name(item.zh or place.zh + agency.zh, item.en or f"{place.en} {agency.en}")
        listed[item.id] = Office(
            item.id, item.agency, item.division, name, item.receives, item.hosted
        )  # fmt: skip
    return Rulebook(
        version=version,
        rules=tuple(_rule(entry) for entry in rules.rules),
        offices=listed,
        agencies=agencies,
        divisions=divisions,
        calendar=workdays.due,
        timing=timing or Timing(),
        ladders={
            Lane.ORDINARY.value: _ladder(rules.ladder.ordinary),
            Lane.GREEN.value: _ladder(rules.ladder.green),
        },
    )


def digest(rules: Rules, offices: Offices) -> str:
    """Tell two contents apart, whatever their comments and layout."""
    text = json.dumps([plain(rules), plain(offices)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _yaml(path: Path) -> Any:  # noqa: ANN401 - whatever the file says
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RulebookError([Problem(path.name, f"not readable as YAML: {error}")]) from error


def _rule(entry: RuleEntry) -> Rule:
    when = entry.when
    return Rule(
        id=entry.id,
        kind=when.kind,
        agency=entry.agency,
        days=Days(entry.receipt_days, entry.resolution_days),
        green=Days(entry.green.receipt_days, entry.green.resolution_days),
        reason=Name(entry.reason.zh, entry.reason.en),
        needs=when.needs,
        task=entry.task,
        divisions=when.divisions,
        lane=when.lane,
        details=tuple(_condition(path, wanted) for path, wanted in when.details.items()),
        office_at=entry.office_at,
        yields_to=entry.yields_to,
    )


def _ladder(entry: LadderEntry) -> Ladder:
    return Ladder(
        urge_every=entry.urge_every_days,
        urge_most=entry.urge_most,
        county=entry.county_days,
        city=entry.city_days,
        conference=entry.conference_days,
    )


def _condition(path: str, wanted: object) -> Condition:
    if isinstance(wanted, Bounds):
        return Condition(
            path, None, tuple(wanted.among), wanted.min, wanted.max, wanted.exists
        )  # fmt: skip
    return Condition(path, equals=wanted)

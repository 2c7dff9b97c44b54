"""What dashboards and alerts ask for, and what is exported."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from services.stack.dashboards import boards
from tests.support.prometheus import RULES

VARIABLES = {"$__rate_interval": "1m", "$agency": ".*", "$office": ".*"}
"""What Grafana would put in."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r"\b(?:fuyuan|rabbitmq|process)_[a-z0-9_]+|\bup\b")
_LABELS_OF = re.compile(r"label_values\((.+), (\w+)\)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a panel or a variable."""

    board: str
    panel: str
    expression: str
    legend: str = ""


def panels() -> list[Asked]:
    """List every panel's every query, with Grafana's variables put in."""
    return [
        Asked(board["title"], panel["title"], put_in(query[0]), *query[1:])
        for board in boards()
        for panel in board["panels"]
        for query in panel["queries"]
    ]


def choices() -> list[Asked]:
    """List every variable's question, as an expression with a series for each of its values."""
    found = []
    for board in boards():
        for name, _, query in board.get("variables", ()):
            match = _LABELS_OF.fullmatch(query)
            assert match, query
            expression = f"count by ({match[2]}) ({put_in(match[1])})"
            found.append(Asked(board["title"], f"${name}", expression))
    return found


def put_in(query: str) -> str:
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    assert "$" not in query, query
    return query


def alerts() -> list[dict[str, Any]]:
    """List the alerts as they are written."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def names(expressions: Iterable[str]) -> set[str]:
    """Name the metrics that expressions ask for."""
    return {name for item in expressions for name in _NAME.findall(_STRING.sub("", item))}

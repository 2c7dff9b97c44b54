"""What the shell offers after Tab: kinds, states, offices, divisions."""

from collections.abc import Callable, Iterable

from services.routing.loading import RulebookError, read_offices
from services.runtime.words import KINDS, TASKS
from services.stack.local import ROOT

STATES = (
    "routing", "open", "desk", "escalated", "waiting_information", "concluding", "closed",
)  # fmt: skip
RELATIONS = ("same_matter", "same_party", "same_project", "same_action", "continues", "other")
ROLES = ("filer", "officer", "liaison", "operator")

Offer = Callable[[str], list[str]]


def offering(values: Iterable[str]) -> Offer:
    """Make what offers those of `values` that begin as typed."""
    known = sorted(values)
    return lambda incomplete: [value for value in known if value.startswith(incomplete)]


def offices(incomplete: str) -> list[str]:
    """Offer the offices of this deployment's file; nothing where there is none."""
    try:
        found = read_offices(ROOT / "deploy" / "offices.yaml").offices
    except (OSError, RulebookError):
        return []
    return sorted(item.id for item in found if item.id.startswith(incomplete))


def divisions(incomplete: str) -> list[str]:
    """Offer the divisions of this deployment's file."""
    try:
        found = read_offices(ROOT / "deploy" / "offices.yaml").divisions
    except (OSError, RulebookError):
        return []
    return sorted(item.code for item in found if item.code.startswith(incomplete))


kinds = offering(KINDS)
tasks = offering(TASKS)
states = offering(STATES)
relations = offering(RELATIONS)
roles = offering(ROLES)

"""What inputs, facts and the state of an assignment share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

RecallWhy = Literal["withdrawn", "concluded", "recalled", "transferred"]
What = Literal["receipt", "resolution"]
"""A deadline."""
Json = Mapping[str, Any]
"""JSON of a part of the contracts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a machine noticed on arrival that an officer has to look at."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Given:
    """What routing gave the office."""

    assignment_id: str
    case_id: str
    office: str
    task: str
    reason: str
    receipt_due: datetime
    resolution_due: datetime
    filed_on: date
    case: Json
    """The filing as passed on, as JSON: title, filer, division, lane, details, …"""
    attachments: tuple[Json, ...] = ()
    """Files of the case when it was given."""

    @property
    def agency(self) -> str:
        """The agency the office belongs to: `tax` of `tax.410526`."""
        return self.office.split(".", maxsplit=1)[0]

    @property
    def details(self) -> Json:
        """The typed details of the case's kind, as JSON."""
        found: Json = self.case["details"]
        return found


@dataclass(frozen=True, slots=True)
class Policy:
    """What an office declared that its service may do by itself, for one task."""

    receive: bool = False
    accept: bool = False
    outcome: Json | None = None
    """Template of the outcome (see `services.agencies.policy`); None: an officer resolves."""


NOTHING_DECLARED = Policy()
"""Officers do everything."""

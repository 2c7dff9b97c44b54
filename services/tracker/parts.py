"""What inputs, facts and the state of a troubled project (问题楼盘) share.

Money is whole fen, days are Asia/Shanghai dates.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MAX_TOTAL_FEN = 10**15
"""Bound of a ledger's total: what an event may carry."""

MAX_DISPUTES = 1_000_000
"""Bound of a project's disputes in all: above any city's, within what an event may carry."""

BY_ASSIGNMENT = "assignment:"
"""Front of a ledger reference that an office's answer gave; nobody else may use it."""

BY_CASE = "case:"
"""Front of the reference of disputes that were filed as a case; nobody else may use it."""


class Stage(StrEnum):
    """How far a project is."""

    REGISTERED = "registered"
    STUDYING = "studying"
    FUNDED = "funded"
    RESUMED = "resumed"
    DELIVERED = "delivered"


class Funder(StrEnum):
    """Where money comes from: 政府资金扶持, 业主自救补款, “保交楼”专项贷款."""

    GOVERNMENT = "government"
    OWNERS = "owners"
    SPECIAL_LOAN = "special_loan"


class Meeting(StrEnum):
    """The weekly rhythm (seed brief row 14): 周一信访接待, 周四专题研判, 周五城建例会."""

    PETITION_RECEPTION = "petition_reception"
    STUDY = "study"
    CITY_CONSTRUCTION = "city_construction"


@dataclass(frozen=True, slots=True)
class Limit:
    """When disputes are a risk: `threshold` of them within the last `window_days`, today's too."""

    threshold: int
    window_days: int


@dataclass(frozen=True, slots=True)
class About:
    """What filings say about a project; of several, the first that says it counts."""

    developer: str | None = None
    stalled_since: date | None = None
    units: int | None = None
    households: int | None = None
    funding_gap_fen: int | None = None


NOTHING_SAID = About()
"""Of a filing that says no more than which project it is about."""

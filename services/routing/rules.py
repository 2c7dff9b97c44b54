"""What becomes of a case, whoever speaks: the one place where every input finds its decision."""

from collections.abc import Sequence
from datetime import datetime

from services.routing import desk, ending, filing, linking
from services.routing.facts import Fact
from services.routing.information import supply
from services.routing.inputs import (
    Attach,
    Conclude,
    File,
    Input,
    Instruct,
    LikeCases,
    Link,
    Recall,
    Report,
    Route,
    Supply,
    Tick,
    Transfer,
    Urge,
    Withdraw,
)
from services.routing.instructing import instruct
from services.routing.model import Case
from services.routing.reporting import report
from services.routing.ticking import next_due, tick
from services.routing.urging import urge

__all__ = ["decide", "next_due"]


def decide(state: Case, given: Input, now: datetime) -> Sequence[Fact]:  # noqa: PLR0911, PLR0912, C901 - a table
    """Decide on what the filer, an office, the liaison officer or the clock says.

    Raises NotYetError for a case or an assignment not known here, RefusedError for what can't be.
    What an office says wrongly is answered instead, with a fact (`Refused`).
    """
    match given:
        case File():
            return filing.file(state, given, now)
        case Withdraw():
            return ending.withdraw(state, given, now)
        case Conclude():
            return ending.conclude(state, given, now)
        case Attach():
            return filing.attach(state, given, now)
        case Supply():
            return supply(state, given, now)
        case Report():
            return report(state, given, now)
        case Route():
            return desk.route(state, given, now)
        case Transfer():
            return desk.transfer(state, given, now)
        case Recall():
            return desk.recall(state, given, now)
        case Urge():
            return urge(state, given, now)
        case Instruct():
            return instruct(state, given, now)
        case Link():
            return linking.link(state, given, now)
        case LikeCases():
            return linking.like_cases(state, given, now)
        case Tick():
            return tick(state, given.timing, now)

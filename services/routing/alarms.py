"""Alarms of routing's own: an inbox that does not deliver."""

import logging
from collections import Counter
from collections.abc import Iterable

from prometheus_client import Counter as Counted

from services.routing.facts import Fact, Reissued
from services.routing.model import Case
from services.runtime.metrics import REGISTRY
from services.runtime.streams import Done

log = logging.getLogger(__name__)

ISSUED_AGAIN = Counted(
    "fuyuan_issued_again",
    "Assignments issued again, because their office had not said that it has them",
    ["office"],  # as many as there are offices
    registry=REGISTRY,
)


def issued_again(results: Iterable[Done[Case, Fact] | BaseException]) -> None:
    """Count and log what time has made routing issue once more: purged, lost, or nobody reads it.

    After the last try the liaison office is told (`case.escalated`, undelivered).
    """
    offices: Counter[str] = Counter()
    for done in results:
        if isinstance(done, BaseException):
            continue
        again = (fact for fact in done.facts if isinstance(fact, Reissued))
        offices.update(done.state.assignments[fact.assignment_id].issue.office for fact in again)
    for office, number in offices.items():
        ISSUED_AGAIN.labels(office).inc(number)
        log.warning("issued again: %d that the inbox of %s did not deliver", number, office)

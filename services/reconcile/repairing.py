"""The repair: what was not heard is said again, numbers that are lost are given up."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fuyuan_contracts.events import AssignmentIssued
from services.reconcile.asking import Services
from services.reconcile.comparing import (
    Comparison,
    Gap,
    LostEnd,
    Progress,
    find_gaps,
    lost_ends,
    working_keys,
)
from services.reconcile.targets import Deployed, Reader

Json = dict[str, Any]
ROUNDS = 5
WAIT_SECONDS = 90
"""What comes too early goes up the retry ladder: 1, 10, 60 s."""
LOOK_SECONDS = 2
BEGINNING = ("intake",)
"""Where cases begin, over HTTP: what is forgotten there nothing on the bus brings back."""


@dataclass
class Repair:
    """What was done, and what is left."""

    rounds: int = 0
    resent: int = 0
    asked_again: int = 0
    """Open assignments given once more to offices with a consumer of their own."""
    skipped: list[LostEnd] = field(default_factory=list)
    forgotten: list[LostEnd] = field(default_factory=list)
    """Subjects their service knows nothing of any more: who filed them has to do so again."""
    left: list[Gap] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    """Access keys that were made void again."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left for a person to do."""
        return not (self.left or self.forgotten)


def repair(
    services: Services, deployed: Deployed, found: Comparison, grace: float, progress: Progress
) -> Repair:
    """Say again what was not heard, until all is; then give up lost numbers.

    In this order: what a service hears again it decides again, mostly as it did, and what it then
    says has the numbers that were lost. Raises ClientError.
    """
    done = Repair(asked_again=ask_again(services, deployed))
    forgotten = {
        (end.service, end.subject)
        for end in found.lost_ends
        if end.known == 0 and end.service in BEGINNING
    }
    gaps = [gap for gap in found.gaps if not _too_early(gap, forgotten)]
    while gaps and done.rounds < ROUNDS:
        done.rounds += 1
        done.resent += _resend(services, gaps)
        _wait(services, gaps)
        left = find_gaps(services, deployed, grace, progress).gaps
        gaps = [gap for gap in left if not _too_early(gap, forgotten)]
    done.left = gaps
    done.revoked = working_keys(services, deployed)
    for key_id in done.revoked:
        services.revoke(key_id)
    for end in lost_ends(services, deployed):
        if end.known == 0:
            done.forgotten.append(end)
        else:
            services.skip(end.service, end.subject, end.heard)
            done.skipped.append(end)
    return done


def ask_again(services: Services, deployed: Deployed) -> int:
    """Give offices with consumers of their own their open assignments once more.

    What they said and the broker lost nobody else knows: a consumer on the kit answers with all it
    has said about the assignment. Gives how many were sent.
    """
    sent = 0
    for office in deployed.apart:
        told = services.said_about("routing", services.open_cases(office))
        issued = [
            item for item in told if item["key"] == office and item["type"] == AssignmentIssued.TYPE
        ]
        sent += services.resend("routing", issued) if issued else 0
    return sent


def _too_early(gap: Gap, forgotten: set[tuple[str, str]]) -> bool:
    """Tell whether a message is about what its reader has forgotten: it would only be parked."""
    return (gap.reader.service, gap.message["subject"]) in forgotten


def _resend(services: Services, gaps: Sequence[Gap]) -> int:
    by_service: dict[str, dict[str, Json]] = {}
    for gap in gaps:  # one message may not have been heard by several
        by_service.setdefault(gap.said_by, {})[gap.message["id"]] = gap.message
    return sum(
        services.resend(service, list(messages.values()))
        for service, messages in by_service.items()
    )


def _wait(services: Services, gaps: Sequence[Gap]) -> None:
    """Wait until what was sent again was heard, or lies with the operators, or time is up."""
    deadline = time.monotonic() + WAIT_SECONDS
    by_reader: dict[Reader, list[Json]] = {}
    for gap in gaps:
        by_reader.setdefault(gap.reader, []).append(gap.message)
    while by_reader and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        parked = {name for _, name in services.parked()}
        for reader, messages in list(by_reader.items()):
            left = [item for item in services.unheard(reader, messages) if item["id"] not in parked]
            by_reader[reader] = left
        by_reader = {reader: left for reader, left in by_reader.items() if left}

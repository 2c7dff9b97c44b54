"""Waiting until everything that has begun has happened, and saying what is missing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from services.replay.asking import People, ReplayError
from services.replay.keeping import Looking
from services.replay.scenario import Effect

POLL_SECONDS, LONGEST_POLL_SECONDS = 0.05, 0.5
PARKED_SECONDS = 3
STUCK_SECONDS = 300
"""With nothing moving for so long, what is missing never comes (the retry ladder takes 71 s)."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far everything is, as the offices' files and routing say."""

    stored: int
    supplied: int
    open: int
    reports: int
    closed: int
    due: int
    next_due: datetime | None

    def lacks(self, wanted: Effect) -> list[str]:
        """Name what is not yet as it should be."""
        pairs = {
            "assignments stored by their offices": (self.stored, wanted.issued),
            "answers stored by offices": (self.supplied, wanted.supplied),
            "open cases": (self.open, wanted.filed - wanted.closed),
            "closed cases": (self.closed, wanted.closed),
            "reports on open cases": (self.reports, wanted.reports),
            "cases that time moves": (self.due, 0),
        }
        return [f"{name}: {is_}, expected {should}"
                for name, (is_, should) in pairs.items() if is_ != should]  # fmt: skip


@dataclass
class Waiting:
    """Looks at what the offices keep and at what routing says."""

    people: People
    looking: Looking
    shown: Callable[[int], None]
    """Told how many cases are closed."""
    _looked_at_parked: float = field(default=0.0, repr=False)

    def settle(self, when: str, wanted: Effect) -> Progress:
        """Wait until everything that has begun has happened; gives what routing then says."""
        moved, before, pause = time.monotonic(), None, POLL_SECONDS
        while True:
            self.people.keeper.check()
            found = self._look()
            self.shown(found.closed)
            if not (lacking := found.lacks(wanted)):
                return found
            if found != before:
                moved, before = time.monotonic(), found
            self._check_wrong()
            if time.monotonic() - moved > STUCK_SECONDS:
                raise ReplayError(
                    f"{when} nothing has moved for {STUCK_SECONDS} s; {'; '.join(lacking)}"
                )
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL_SECONDS)

    def let_catch_up(self, filed: int) -> None:
        """Wait until metrics has heard of all that was filed before: its queue must not grow."""
        moved, before = time.monotonic(), -1
        while (heard := int(self.people.get("/v1/projection", "metrics")["subjects"])) < filed:
            if heard != before:
                moved, before = time.monotonic(), heard
            self._check_wrong()
            if time.monotonic() - moved > STUCK_SECONDS:
                raise ReplayError(f"metrics has heard of {heard} cases of {filed} and of no more")
            time.sleep(LONGEST_POLL_SECONDS)

    def _look(self) -> Progress:
        kept = self.looking.numbers()
        said = self.people.get("/v1/progress", "routing")
        due = datetime.fromisoformat(said["next_due"]) if said["next_due"] else None
        open_, reports = int(said["open"]), int(said["reports"])
        closed, moved = int(said["closed"]), int(said["due"])
        return Progress(kept.stored, kept.supplied, open_, reports, closed, moved, due)

    def _check_wrong(self) -> None:
        if found := self.looking.wrong(SHOWN):
            raise ReplayError("an office has got what it should not have: " + "\n".join(found))
        now = time.monotonic()
        if now - self._looked_at_parked < PARKED_SECONDS:
            return
        self._looked_at_parked = now
        parked = self.people.get("/v1/parked", "parking")
        if parked["parked"]:
            raise ReplayError(
                f"{parked['parked']} messages are parked: `fuyuan parked list` says why"
            )

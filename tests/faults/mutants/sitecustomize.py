"""Broken code, for proof that the oracle sees it: `MUTANT` names what a process gets wrong.

Python runs this when a process begins, where this folder is in its PYTHONPATH.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from fuyuan_contracts.events import EVENTS, CaseClosed
from services.runtime import engine, fold, outbox, wires
from services.runtime.commits import Commits
from services.runtime.engine import Engine
from services.runtime.inlet import acknowledge

TOO_EARLY = "too_early"
"""The failpoint between the acknowledgement and the write."""
V2 = "cn.fuyuan.case.closed.v2"
FAILS, KILLS = "poison-that-fails", "poison-that-kills"


def acknowledge_before_the_write() -> None:
    """A kill between the two loses the message."""
    decide = Engine._decide

    async def too_early(self: Any, items: Sequence[Any]) -> Any:
        deliveries = {id(item.delivery): item.delivery for item in items if item.delivery}
        await acknowledge(list(deliveries.values()))
        await asyncio.sleep(0.05)  # till it has left the process
        self.failpoints.hit(TOO_EARLY)
        return await decide(self, list(items))

    async def done_already(_deliveries: object) -> None:
        pass

    patch.object(Engine, "_decide", too_early).start()
    patch.object(outbox, "acknowledge", done_already).start()


def publish_before_the_write() -> None:
    """A kill between the two loses what was promised, and others know of what never was."""
    append = Commits.append
    late = set()

    async def later(self: Commits, commits: Sequence[Any]) -> None:
        await asyncio.sleep(1)
        await append(self, commits)

    async def at_once(self: Commits, commits: Sequence[Any]) -> set[str]:
        task = asyncio.create_task(later(self, commits))
        late.add(task)
        task.add_done_callback(late.discard)
        return set()

    patch.object(Commits, "append", at_once).start()


def no_dedupe() -> None:
    """What comes twice counts twice."""
    patch.object(fold, "is_seen", lambda _seen, _cause: False).start()


def race_ignored() -> None:
    """A duplicate key in the bulk's result is taken for a write."""
    append = Commits.append

    async def never_lost(self: Commits, commits: Sequence[Any]) -> set[str]:
        await append(self, commits)
        return set()

    patch.object(Commits, "append", never_lost).start()


def poisoned() -> None:
    """While a point of these names is armed, what holds the word fails, or kills its process."""
    folder = Path(os.environ["FAILPOINTS"])

    def with_poison(delivery: Any, service: str) -> Any:
        if FAILS.encode() in delivery.body and (folder / f"{service}.{FAILS}").exists():
            raise RuntimeError(FAILS)
        if KILLS.encode() in delivery.body and (folder / f"{service}.{KILLS}").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return wires.read(delivery, service)

    patch.object(engine, "read", with_poison).start()


def says_v2() -> None:
    """A newer version, that says another version of an event."""
    CaseClosed.TYPE = V2


def knows_v2() -> None:
    """A newer version, that reads both."""

    class CaseClosedV2(CaseClosed):
        TYPE = V2
        why_at_all: str | None = None

    EVENTS[V2] = CaseClosedV2


MUTANTS: dict[str, Callable[[], None]] = {
    made.__name__: made
    for made in (
        acknowledge_before_the_write,
        publish_before_the_write,
        no_dedupe,
        race_ignored,
        poisoned,
        says_v2,
        knows_v2,
    )
}

if chosen := os.environ.get("MUTANT"):
    MUTANTS[chosen]()

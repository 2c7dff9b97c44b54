"""The sweeper: sends what was stored but not sent, and brings projections up to date.

A crash between the write and the mark leaves commits in no list of what was sent. They are found
behind a watermark that is kept in the database; a margin before it is looked at again each time,
since a commit's time is taken before its insert. What the broker won't take (an inbox that isn't
there yet) is remembered beside the watermark: it must not hold the watermark back.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from services.runtime import metrics
from services.runtime.engine import Engine
from services.runtime.fold import Sending, sendings
from services.runtime.mongo import Database
from services.runtime.streams import F, Q, S

log = logging.getLogger(__name__)

WATERMARKS = "watermarks"
MARGIN = timedelta(seconds=60)
"""Longer than any insert may take (`mongo.TIMEOUT_MS`)."""
YOUNG = timedelta(seconds=5)
"""Commits younger than this are still on their way the ordinary way."""
BATCH = 200
MAX_LEFT = 1000
"""With more than this refused the watermark waits instead."""
LOOKED_SECONDS = 60
"""Another copy looks then, and tells."""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Sweeper:
    """One service's sweeper; `sweep` is run by a timer under a lease."""

    def __init__(self, db: Database, engine: Engine[S, Q, F]) -> None:
        """Work on the engine's commits."""
        self._watermarks = db[WATERMARKS]
        self._engine: Engine[Any, Any, Any] = engine
        self._oldest: datetime | None = None
        self._looked = 0.0
        metrics.UNSENT_AGE.set_function(self._unsent_age)

    def _unsent_age(self) -> float:
        """Tell how old the oldest unsent is; 0 where another copy has come to look for it."""
        if self._oldest is None or time.monotonic() - self._looked > LOOKED_SECONDS:
            return 0.0
        return max((self._engine.clock.real() - self._oldest).total_seconds(), 0.0)

    def _found(self, unsent: Sequence[Mapping[str, Any]]) -> None:
        self._oldest = min((item["at"] for item in unsent), default=None)
        self._looked = time.monotonic()
        metrics.SWEPT.set_to_current_time()

    async def sweep(self) -> int:
        """Look once; gives how many commits were sent."""
        engine = self._engine
        until = engine.clock.real() - YOUNG
        mark = await self._watermarks.find_one({"_id": "sweep"}) or {"at": BEGINNING}
        since, refused = mark["at"] - MARGIN, mark.get("left", [])
        recent = await engine.commits.recent(since, until)
        moved = {item["subject"]: item["rev"] for item in sorted(recent, key=itemgetter("rev"))}
        behind = await engine.projector.behind(moved)
        await engine.projector.catch_up(engine.stream, engine.commits, behind)
        older = [item for item in refused if item["at"] < since]
        unsent = [*older, *await engine.commits.unsent(recent)]
        self._found(unsent)
        if unsent and not engine.bus.partly_up:
            return 0
        sent: set[str] = set()
        for start in range(0, len(unsent), BATCH):
            sent |= await self._send(unsent[start : start + BATCH])
        left = [item for item in unsent if item["_id"] not in sent]
        self._found(left)
        if len(left) <= MAX_LEFT:
            change = {"$set": {"at": until, "left": left}}
            await self._watermarks.update_one({"_id": "sweep"}, change, upsert=True)
        return len(sent)

    async def _send(self, unsent: Sequence[Mapping[str, Any]]) -> set[str]:
        engine = self._engine
        revs: dict[str, set[int]] = {}
        for item in unsent:
            revs.setdefault(item["subject"], set()).add(item["rev"])
        written: dict[str, list[Sending]] = {}
        for subject, commits in (await engine.commits.load(list(revs))).items():
            said = sendings(engine.stream, subject, commits)
            written |= {f"{subject}/{rev}": said.get(rev, []) for rev in revs[subject]}
        log.warning("sending %d commits that were stored but not sent", len(written))
        sent = await engine.outbox.send(written, lane=1)
        # a version that has nothing to say about an old fact has said it
        silent = [name for name, items in written.items() if not items]
        await engine.commits.mark_sent(silent, engine.clock.real())
        metrics.RESENT.inc(len(sent))
        return sent

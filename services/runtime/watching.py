"""Whether database, broker and consumers are there, looked at every few seconds."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from pymongo.errors import PyMongoError

from services.runtime import metrics
from services.runtime.engine import Engine
from services.runtime.link import MISSING
from services.runtime.mongo import Database
from services.runtime.streams import Source

log = logging.getLogger(__name__)

CONSUMERS_SECONDS = 10
"""Between two counts of consumers while all is well: each asks the broker for every queue."""
LOST_CONSUMER_SECONDS = 15
"""Long enough for a start with many queues under load."""


class Watch:
    """A service's watch over what it needs; `checks` is what /ready says."""

    def __init__(self, db: Database, engine: Engine[Any, Any, Any], seconds: float) -> None:
        """Look every `seconds` while all is well, and more often when not."""
        self._db = db
        self._engine = engine
        self._seconds = seconds
        self.checks: dict[str, bool] = {"broker": False, "database": False, "consumers": False}
        self._awaited: set[Source] = set()
        self._met: set[Source] = set()
        """Queues that were seen to be read."""

    async def run(self) -> None:
        """Look every few seconds, until cancelled."""
        lost_since: float | None = None
        counts: dict[Source, int] = {}
        counted = 0.0
        while True:
            try:
                await self._db.command("ping")
                self._engine.database_up = True
            except PyMongoError:
                self._engine.database_up = False
            well = all(self.checks.values()) and lost_since is None
            if not well or time.monotonic() - counted >= CONSUMERS_SECONDS:
                counts = await self._engine.bus.consumers()
                counted = time.monotonic()
            awaited = self._still_awaited(counts)
            reading = all(counts[source] > 0 for source in counts.keys() - awaited)
            now = time.monotonic()
            lost_since = (lost_since or now) if 0 in counts.values() else None
            if lost_since is not None and now - lost_since > LOST_CONSUMER_SECONDS:
                # the broker knows of no consumer, and a ping of the connection can't tell
                log.error("a queue has no consumer on the broker's side; connecting anew")
                for link in self._engine.bus.links.values():
                    link.begin_anew()
                lost_since = None
            self.checks = {
                "broker": self._engine.bus.up,
                "database": self._engine.database_up,
                "consumers": reading,
            }
            for name, there in self.checks.items():
                metrics.CHECKS.labels(name).set(there)
            well = all(self.checks.values())
            await asyncio.sleep(self._seconds if well else 0.3)

    def _still_awaited(self, counts: Mapping[Source, int]) -> set[Source]:
        """Find the queues that need not be read yet: not declared, or new since the start.

        Which ones aren't declared is said whenever that changes.
        """
        self._met |= {source for source, count in counts.items() if count > 0}
        missing = {source for source, count in counts.items() if count == MISSING}
        undeclared = {source for source in missing if source.awaited}
        metrics.AWAITED_QUEUES.set(len(undeclared))
        for source in undeclared - self._awaited:
            log.warning("%s is not declared on the broker: waiting for it", source.queue)
        self._awaited = undeclared
        if not all(self.checks.values()):
            return undeclared
        return undeclared | {item for item in counts.keys() - self._met if item.awaited}

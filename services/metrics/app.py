"""Metrics as a process: the only place that builds it."""

import asyncio
import logging
import time

from services.metrics import api, handlers
from services.metrics.exposition import Exposition, Sums
from services.metrics.facts import Fact
from services.metrics.model import Subject
from services.metrics.settings import MetricsSettings
from services.metrics.store import INDEXES, VIEW, Query, Store
from services.runtime.metrics import REGISTRY
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run

log = logging.getLogger(__name__)

PACE = 20
"""Computing takes at most one part in so many of the time, however much there is to add up."""
LONGEST_PAUSE_SECONDS = 60
"""But figures are never much older than this: one slow answer must not keep them back for long."""


async def compute(engine: api.MetricsEngine, db: Database) -> Sums:
    """Add up all facts there are."""
    store, everything = Store(db), Query()
    return Sums(
        cases=await store.cases(everything, ("kind", "lane")),
        given=await store.assignments(everything, ("agency",)),
        waited=await store.waits(everything, ("agency",)),
        parked=await store.parked(),
        at=engine.now(),
    )


def build(settings: MetricsSettings) -> Room[Subject, Fact, Fact]:
    """Put the room together."""

    async def expose(engine: api.MetricsEngine, db: Database) -> None:
        exposition = Exposition(settings.label_names)
        REGISTRY.register(exposition)
        try:
            while True:
                began = time.monotonic()
                try:
                    exposition.sums = await compute(engine, db)
                except Exception:
                    log.exception("figures not computed, again soon")
                paced = min(PACE * (time.monotonic() - began), LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(max(settings.refresh_seconds, paced))
        finally:
            REGISTRY.unregister(exposition)

    return Room(
        name="metrics",
        stream=handlers.STREAM,
        read=handlers.read,
        sources=handlers.sources,
        routes=api.build_routes,
        view=VIEW,
        indexes=INDEXES,
        tasks=[expose],
    )


def main() -> None:
    """Run until stopped."""
    settings = MetricsSettings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()

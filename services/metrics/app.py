"""Metrics as a process: the only place that builds it."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from fastapi import APIRouter

from services.metrics import api, api_bulletins, api_drafts, api_scorecard, handlers
from services.metrics.drafting import Drafting
from services.metrics.exposition import Exposition, Sums
from services.metrics.facts import Fact
from services.metrics.model import Subject
from services.metrics.places import places
from services.metrics.rolled import adds
from services.metrics.rules import Input
from services.metrics.scorecard import weights
from services.metrics.settings import MetricsSettings
from services.metrics.store import INDEXES, VIEW, Store
from services.runtime.metrics import REGISTRY
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run

log = logging.getLogger(__name__)
T = TypeVar("T")

PACE = 20
"""Computing takes at most one part in so many of the time, however much there is to add up."""
LONGEST_PAUSE_SECONDS = 60
"""But figures are never much older than this: one slow answer must not keep them back for long."""


async def compute(engine: api.MetricsEngine, db: Database) -> Sums:
    """Add up all facts there are."""
    store = Store(db)
    return Sums(
        *await store.totals(),
        parked=await store.parked(),
        at=engine.now(),
    )


def loaded(path: Path, read: Callable[[Any], T]) -> T:
    """Read one of the deployment's files. Raises ValueError that names it, OSError."""
    try:
        return read(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def build(settings: MetricsSettings) -> Room[Subject, Input, Fact]:
    """Put the room together. Raises ValueError for files that can't work."""
    named = loaded(settings.offices_file, places)
    weighed = loaded(settings.scorecard_file, weights)

    def routes(engine: api.MetricsEngine, db: Database) -> APIRouter:
        desks = api_drafts.Desks(engine, Drafting(Store(db), named))
        found = APIRouter()
        for part in (
            api.build_routes(engine, db),
            api_drafts.build_routes(desks),
            api_bulletins.build_routes(desks),
            api_scorecard.build_routes(desks, weighed),
        ):
            found.include_router(part)
        return found

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
        routes=routes,
        view=VIEW,
        adds=adds,
        indexes=INDEXES,
        tasks=[expose],
    )


def main() -> None:
    """Run until stopped."""
    settings = MetricsSettings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()

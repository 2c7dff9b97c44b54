"""Metrics as a process: the only place that builds it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from fastapi import APIRouter
from prometheus_client.core import Metric

from services.metrics import api, api_bulletins, api_drafts, api_scorecard, handlers
from services.metrics.drafting import Drafting
from services.metrics.exposition import Exposition, Sums
from services.metrics.facts import Fact
from services.metrics.model import Subject
from services.metrics.places import places
from services.metrics.rolled import ADDS_VERSION, adds
from services.metrics.rules import Input
from services.metrics.scorecard import weights
from services.metrics.settings import MetricsSettings
from services.metrics.store import INDEXES, VIEW, Store
from services.runtime.looking import expose
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run

T = TypeVar("T")


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

    async def figures(engine: api.MetricsEngine, db: Database) -> None:
        exposition = Exposition(settings.label_names, settings.office_names)

        async def read() -> Iterable[Metric]:
            exposition.sums = await compute(engine, db)
            return list(exposition.collect())

        await expose(read, settings.refresh_seconds)

    return Room(
        name="metrics",
        stream=handlers.STREAM,
        read=handlers.read,
        sources=handlers.sources,
        routes=routes,
        view=VIEW,
        adds=adds,
        adds_version=ADDS_VERSION,
        indexes=INDEXES,
        tasks=[figures],
    )


def main() -> None:
    """Run until stopped."""
    settings = MetricsSettings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()

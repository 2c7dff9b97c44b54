"""Routing as a process: the only place that builds it."""

from collections.abc import Iterable, Sequence

from fastapi import APIRouter
from prometheus_client.core import Metric

from fuyuan_contracts.channels import office_out_queue, service_queue
from fuyuan_contracts.events import AccessRevoked
from services.routing import (
    api,
    api_desk,
    api_drafts,
    api_ladder,
    api_links,
    api_offices,
    api_rules,
    api_search,
    handlers,
    store,
)
from services.routing.alarms import issued_again
from services.routing.clustering import Clustering
from services.routing.current import Current
from services.routing.exposition import families, waiting
from services.routing.facts import Fact
from services.routing.model import Case, Input, Tick
from services.routing.revocations import pass_on
from services.routing.settings import RoutingSettings
from services.runtime.engine import Engine
from services.runtime.looking import expose
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run
from services.runtime.streams import Source, Work
from services.runtime.timers import every

NAME = "routing"
TICKS = 500
"""Cases that time moves at once; the rest a tick later."""


def build(settings: RoutingSettings) -> Room[Case, Input, Fact]:
    """Put the room together. Raises loading.RulebookError for rules or offices that can't be."""
    current = Current(settings.rules_file, settings.offices_file, settings.timing())

    def offices() -> Sequence[str]:
        """Name those with queues: also the ones that get nothing new, or join on the way."""
        return sorted(current.version.receivers)

    async def sources() -> Sequence[Source]:
        queues = [Source(office_out_queue(name), office=name, awaited=True) for name in offices()]
        return [Source(service_queue(NAME), urgent=True), *queues]

    async def follow(_engine: Engine[Case, Input, Fact], db: Database) -> None:
        await current.follow(db, settings.rules_seconds)

    def routes(engine: Engine[Case, Input, Fact], db: Database) -> APIRouter:
        router = APIRouter()
        for module in (api, api_desk, api_drafts, api_ladder, api_offices, api_rules, api_search):
            router.include_router(module.build_routes(engine, db, current))
        router.include_router(api_links.build_routes(engine, db, settings.sizing()))
        return router

    async def deadlines(engine: Engine[Case, Input, Fact], db: Database) -> None:
        cases = store.Store(db)

        async def tick() -> None:
            if not engine.ready():  # what can't leave now must not count as a try
                return
            due = await cases.due(engine.now(), TICKS)
            now: Input = Tick(settings.timing())
            works = [Work(case, now, by="deadlines") for case in due]
            issued_again(await engine.submit_many(works))

        await every(db, "deadlines", settings.tick_seconds, tick)

    async def clusters(engine: Engine[Case, Input, Fact], db: Database) -> None:
        clustering = Clustering(engine, store.Store(db), settings.sizing())
        await every(db, "clusters", settings.cluster_seconds, clustering.look)

    return Room(
        name=NAME,
        stream=handlers.STREAM,
        read=handlers.build_read(lambda: current.book),
        unfit=handlers.build_unfit(lambda: current.book),
        sources=sources,
        routes=routes,
        view=store.VIEW,
        indexes=store.INDEXES,
        prepare=current.load,
        tasks=[deadlines, follow, clusters, _figures],
        effects={AccessRevoked: pass_on(offices)},
    )


async def _figures(engine: Engine[Case, Input, Fact], db: Database) -> None:
    async def read() -> Iterable[Metric]:
        return families(await waiting(store.Store(db).view), engine.now())

    await expose(read)


def main() -> None:
    """Run until stopped."""
    settings = RoutingSettings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()

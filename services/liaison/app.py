"""The liaison office's room as a process: the only place that builds it."""

import asyncio

import httpx
from fastapi import APIRouter

from services.liaison import api, api_meetings, api_people, handlers
from services.liaison import model as m
from services.liaison.desk import Desk, LiaisonEngine
from services.liaison.facts import Fact
from services.liaison.routing import Routing
from services.liaison.settings import LiaisonSettings
from services.liaison.store import INDEXES, VIEW, Store
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run
from services.runtime.streams import Work
from services.runtime.timers import every

NAME = "liaison"
TICKS = 500
"""Instructions whose day is found to have passed at once; the rest a tick later."""


def build(
    settings: LiaisonSettings, transport: httpx.AsyncBaseTransport | None = None
) -> Room[m.State, m.Input, Fact]:
    """Put the room together; `transport` is another way to routing than the network (tests)."""
    routing = Routing(settings.routing_url, settings.routing_seconds, transport)

    def routes(engine: LiaisonEngine, db: Database) -> APIRouter:
        router = APIRouter()
        desk = Desk(engine, Store(db), routing)
        for module in (api, api_meetings, api_people):
            router.include_router(module.build_routes(desk))
        return router

    async def days(engine: LiaisonEngine, db: Database) -> None:
        store = Store(db)

        async def tick() -> None:
            due = await store.due(engine.now(), TICKS)
            works: list[Work[m.Input]] = [Work(item, m.Tick(), by="days") for item in due]
            await engine.submit_many(works)

        await every(db, "days", settings.tick_seconds, tick)

    async def hold(_engine: LiaisonEngine, _db: Database) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await routing.close()

    return Room(
        name=NAME,
        stream=handlers.STREAM,
        read=handlers.read,
        sources=handlers.sources,
        routes=routes,
        view=VIEW,
        indexes=INDEXES,
        tasks=[days, hold],
        limits={api_meetings.LIMITED: api_meetings.MAX_BYTES},
    )


def main() -> None:
    """Run until stopped."""
    settings = LiaisonSettings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()

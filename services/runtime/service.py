"""A room as a running process: database, broker, engine, HTTP, timers; and an orderly end."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic

import uvicorn
import uvloop
from fastapi import FastAPI
from pymongo.errors import PyMongoError

from fuyuan_contracts.channels import EMITTERS
from fuyuan_contracts.events import AccessRevoked, AuditAnchored
from services.runtime import logs, metrics, operate, operate_audit, operate_messages
from services.runtime.anchors import Anchors, keep_effect
from services.runtime.auth import Verifier, revoke_effect, revoked_in
from services.runtime.bus import Bus
from services.runtime.clock import Clock
from services.runtime.collect import Collector
from services.runtime.commits import Commits
from services.runtime.connections import config_of
from services.runtime.ending import end, first_error, forever
from services.runtime.engine import Engine
from services.runtime.engine_parts import Parts, Reading
from services.runtime.failpoints import Failpoints
from services.runtime.mongo import close_client, database, open_client
from services.runtime.projections import Projector
from services.runtime.public_keys import public_keys
from services.runtime.rates import Rates
from services.runtime.request_bodies import Bodies
from services.runtime.retelling import Retelling
from services.runtime.rollups import BATCH, KEPT, Rollups
from services.runtime.room import Room
from services.runtime.settings import Settings
from services.runtime.streams import F, Q, S
from services.runtime.sweeper import Sweeper
from services.runtime.timers import every
from services.runtime.tracing import Traced, tracer_of
from services.runtime.watching import Watch
from services.runtime.web import MAX_BODY_BYTES, build_app

log = logging.getLogger(__name__)

SOURCES_SECONDS = 5
CLOCK_SECONDS = 60
FLUSH_SECONDS = 2
GARBAGE = (20_000, 20, 50)
"""Allocations that lead to a collection; the younger ones before an older (Python: 700, 10, 10)."""


class Service(Generic[S, Q, F]):
    """One room, put together. Nothing connects before `start`."""

    def __init__(self, room: Room[S, Q, F], settings: Settings) -> None:
        """Build the parts."""
        self.room = room
        self.settings = settings
        self.client = open_client(settings.mongo_url, settings.mongo_driver)
        name = settings.database_prefix + room.name
        self.db = database(self.client, name)
        self.clock = Clock(settings.clock_file)
        self.commits = Commits(self.db)
        collector: Collector[Q] = Collector(settings.batch_messages, settings.batch_wait_ms / 1000)
        urls = {"": settings.amqp_url} if settings.amqp_url else {}
        self.bus = Bus(urls | dict(room.urls), settings.batch_messages * 2, collector.wake)
        collector.inlets = lambda: self.bus.inlets
        effects = {kind: make(self.db, self.bus.publish) for kind, make in room.effects.items()}
        effects.setdefault(AccessRevoked, revoke_effect(self.db))
        effects.setdefault(AuditAnchored, keep_effect(self.db))
        reading = Reading(room.read, room.raw, room.failed, effects, room.unfit)
        self.rollups: Rollups | None = None
        if room.view and room.adds:
            self.rollups = Rollups(self.db, room.view, room.adds, room.adds_version)
        projector = Projector(
            self.db[room.view] if room.view else None,
            settings.project_seconds,
            settings.project_quiet_seconds + settings.batch_wait_ms / 1000,
            KEPT if self.rollups else None,
        )
        self.tracer = tracer_of(room.name, settings.otel_exporter_otlp_endpoint)
        fail = Failpoints(settings.failpoints, room.name)
        parts = Parts(self.commits, self.clock, self.bus, collector, projector, fail, self.tracer)
        self.engine = Engine(room.name, room.stream, reading, parts)
        self.sweeper = Sweeper(self.db, self.engine)
        self.anchors = Anchors(room.name, self.db, self.commits, self.clock)
        self.watch = Watch(self.db, self.engine, settings.health_seconds)
        self._tasks: list[asyncio.Task[None]] = []
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done with what a background task has ended with: the process can't go on without it."""
        self.failed = first_error(self.failure)
        self.app = self._app()

    def _app(self) -> FastAPI:
        async def ready() -> dict[str, bool]:
            return self.watch.checks

        room, told = self.room, self.settings
        bodies = Bodies(
            {"": MAX_BODY_BYTES, **operate_messages.LIMITS, **room.limits},
            room.media,
            room.streamed,
            told.body_seconds,
            told.body_idle_seconds,
        )
        app = build_app(room.name, ready, metrics.render, bodies, Rates.of(told))
        if self.tracer:  # around the access log, which then names the request's span
            app.add_middleware(Traced, tracer=self.tracer)
        keys = public_keys(self.settings.token_public_key)
        revoked = revoked_in(self.db)
        app.state.verifier = Verifier(keys, revoked, now=self.clock.real)
        app.include_router(self.room.routes(self.engine, self.db))
        view = self.db[self.room.view] if self.room.view else None
        for router in (
            operate.build_routes(self.engine, view, self.rollups),
            operate_messages.build_routes(Retelling(self.engine, revoked), self.db),
            operate_audit.build_routes(self.commits, self.db, self.clock),
        ):
            app.include_router(router)
        return app

    async def start(self) -> None:
        """Wait for the database, then begin to work; the broker may come later."""
        await self._prepare()
        self.bus.start(self.failed)
        self.bus.read(await self.room.sources())
        room_tasks = [task(self.engine, self.db) for task in self.room.tasks]
        sweep = every(self.db, "sweep", self.settings.sweep_seconds, self._sweep)
        own: list[Coroutine[Any, Any, None]] = [self.engine.run(), self.engine.projector.run()]
        own += [sweep, self.watch.run(), self._find_sources(), self._keep_time()]
        if self.room.name in EMITTERS:  # the others have nowhere to say it
            own.append(every(self.db, "anchor", self.settings.anchor_seconds, self._anchor))
        if self.rollups:
            own.append(every(self.db, "roll", self.settings.roll_seconds, self._roll))
        self._tasks = [
            asyncio.create_task(forever(task, self.failed)) for task in (*own, *room_tasks)
        ]

    async def _prepare(self) -> None:
        while True:
            try:
                await self.clock.correct(self.db)
                await self.clock.claim(self.db)
                await self.commits.ensure_indexes()
                await self.anchors.ensure_indexes()
                if self.rollups:
                    await self.rollups.ensure_indexes()
                for collection, indexes in self.room.indexes.items():
                    await self.db[collection].create_indexes(list(indexes))
                if self.room.prepare is not None:
                    await self.room.prepare(self.db)
            except PyMongoError as error:
                log.warning("database not reachable: %s; again", type(error).__name__)
                await asyncio.sleep(1)
            else:
                return

    async def _sweep(self) -> None:
        await self.sweeper.sweep()

    async def _roll(self) -> None:
        while self.rollups and await self.rollups.roll() == BATCH:
            pass  # more waits

    async def _anchor(self) -> None:
        await self.anchors.anchor(self.bus.publish, self.settings.anchor_after_seconds)

    async def _find_sources(self) -> None:
        while True:
            await asyncio.sleep(SOURCES_SECONDS)
            with suppress(PyMongoError):
                self.bus.read(await self.room.sources())

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_SECONDS)
            with suppress(PyMongoError):
                await self.clock.correct(self.db)

    async def stop(self) -> None:
        """Take no more, finish what was taken, write the projections, close.

        Raises what a background task ended with, where one did.
        """
        try:
            async with asyncio.timeout(self.settings.drain_seconds):
                await self.bus.pause()
                await self.engine.drain()
        except TimeoutError:
            log.warning("not everything was finished in time; the broker gives the rest again")
        await end(self._tasks)
        await self.engine.abandon()
        with suppress(TimeoutError, PyMongoError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await self.engine.projector.flush()
        await self.bus.stop()
        await close_client(self.client)
        if self.tracer:
            await self.tracer.close()
        if self.failure.done():
            self.failure.result()


class _Server(uvicorn.Server):
    """Ends on SIGTERM or SIGINT, and leaves the rest of the process's end to `serve`.

    uvicorn itself raises the signal once more when it has ended, which would kill the process
    before anything is drained. Further signals change nothing: the drain has a time limit.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


async def serve(room: Room[S, Q, F], settings: Settings) -> None:
    """Run a room until SIGTERM or SIGINT, or until a background task fails; raises its error."""
    service = Service(room, settings)
    server = _Server(config_of(service.app, settings))
    service.failure.add_done_callback(lambda _: setattr(server, "should_exit", True))
    starting = asyncio.create_task(forever(service.start(), service.failed))
    try:
        await server.serve()  # takes the signals, returns when one came
    finally:
        await end([starting])
        await service.stop()


def run(room: Room[S, Q, F], settings: Settings) -> None:
    """Run a room as this process; ends it with 1 when it can't go on."""
    logs.configure(room.name, settings.log_level)
    # what is there by now stays: not looked through again and again; later garbage is small
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    try:
        uvloop.run(serve(room, settings))
    except Exception:
        log.critical("the service has ended", exc_info=True)  # masked, as all that is logged
        sys.exit(1)

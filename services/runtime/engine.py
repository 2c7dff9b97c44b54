"""The engine: batches of messages and commands in; commits, messages, acknowledgements out.

A batch goes through four steps, and a message is acknowledged only at the end of them:
load the subjects' states, fold the decisions, insert one commit a subject (its `_id` is the lock),
publish with confirms and list the commits as sent. A batch's last steps run while the next begins.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Generic

from pymongo.errors import PyMongoError

from fuyuan_contracts.channels import service_queue
from services.runtime import metrics
from services.runtime.deciding import Batch, Item, fail
from services.runtime.ending import end
from services.runtime.engine_parts import Parts, Reading
from services.runtime.failpoints import AFTER_READ, AFTER_WRITE
from services.runtime.http import UnavailableError
from services.runtime.inlet import Delivery
from services.runtime.outbox import BACKOFF_SECONDS, Outbox, until_done
from services.runtime.states import States
from services.runtime.streams import Done, F, Folded, Q, Received, S, Stream, Work
from services.runtime.wires import UnreadableError, read

log = logging.getLogger(__name__)

FINISHING = 4
"""Batches whose messages may be on their way out at once."""
COMMAND_SECONDS = 20
"""A command not answered by then is told to try again."""


class Engine(Generic[S, Q, F]):
    """One service's engine."""

    def __init__(
        self, name: str, stream: Stream[S, Q, F], reading: Reading[Q], parts: Parts[Q]
    ) -> None:
        """Put the parts together; `run` starts."""
        self.name = name
        self.stream = stream
        self.commits = parts.commits
        self.clock = parts.clock
        self.bus = parts.bus
        self.projector = parts.projector
        self.failpoints, self.tracer = parts.failpoints, parts.tracer
        self.outbox: Outbox[Q] = Outbox(
            name, parts.commits, parts.bus, parts.clock, parts.failpoints
        )
        self.database_up = True
        self._collector = parts.collector
        self._reading = reading
        self.outbox.later, self.outbox.failed = parts.collector.later, reading.failed
        self._states = States(stream, parts.commits)
        self._finishing = asyncio.Semaphore(FINISHING)
        self._last: asyncio.Task[None] | None = None
        self._on_their_way: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        """Give the business time, in UTC (`clock`)."""
        return self.clock.now()

    def ready(self) -> bool:
        """Whether what is promised now can be kept: database answering, broker connected."""
        return self.database_up and self.bus.up

    async def submit(self, work: Work[Q]) -> Done[S, F]:
        """Take one decision and wait for its majority write.

        Raises RefusedError or NotYetError as the room's rules do, UnavailableError when the
        database is away (the outcome is then unknown: ask again, the same request counts once).
        """
        if not self.database_up:
            raise UnavailableError
        if self.tracer:
            work = self.tracer.asked(work)
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                done: Done[S, F] = await self._collector.command(work)
        except TimeoutError:
            raise UnavailableError from None
        return done

    async def submit_many(self, works: Sequence[Work[Q]]) -> list[Done[S, F] | BaseException]:
        """Take many decisions in as few batches as may be; give each one's result or error."""
        return await asyncio.gather(*map(self.submit, works), return_exceptions=True)

    async def state(self, subject: str) -> Folded[S]:
        """Fold a subject's stream as it is stored now; `rev` is 0 for one that isn't known."""
        return (await self._states.get({subject}, set(), set()))[subject]

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            deliveries, commands = await self._collector.take()
            items: list[Item[Q]] = [Item(work=work, future=future) for work, future in commands]
            started = time.perf_counter()
            try:
                items = await self._read(deliveries) + items
                self.failpoints.hit(AFTER_READ)
                batch = await self._decide(items)
                if batch.written:
                    self.failpoints.hit(AFTER_WRITE)
            except asyncio.CancelledError:
                fail(items, UnavailableError())
                raise
            except Exception:
                log.exception("a batch failed as a whole; the broker gives it again")
                fail(items, UnavailableError())
                self.bus.give_again(deliveries)
                continue
            await self._finishing.acquire()
            self._last = asyncio.create_task(self._finish(batch, deliveries, self._last, started))
            self._on_their_way.add(self._last)
            self._last.add_done_callback(self._on_their_way.discard)

    async def drain(self) -> None:
        """Wait until all that was taken has been decided on, sent and acknowledged."""
        await self._collector.idle()
        while self._on_their_way:  # a failure may lead to one more decision
            await asyncio.gather(*self._on_their_way, return_exceptions=True)
            await self._collector.idle()

    async def abandon(self) -> None:
        """Give up what is on its way: it isn't acknowledged, and comes again."""
        await end(self._on_their_way)

    async def _read(self, deliveries: Sequence[Delivery]) -> list[Item[Q]]:
        items: list[Item[Q]] = []
        for delivery in deliveries:
            item: Item[Q] = Item(delivery=delivery)
            items.append(item)
            try:
                works = await self._read_one(item, delivery)
            except Exception as error:  # noqa: BLE001 - one bad message must not fail its batch
                item.error = error
                continue
            item.work = works[0] if works else None
            items += [Item(work, delivery, item.received) for work in works[1:]]
        return items

    async def _read_one(self, item: Item[Q], delivery: Delivery) -> Sequence[Work[Q]]:
        heard = self.hear(delivery)
        if not isinstance(heard, Received):
            return heard
        item.received = heard
        if effect := self._reading.effects.get(type(heard.data)):
            await until_done(lambda: effect(heard))
        return self.works(heard)

    def hear(self, delivery: Delivery) -> Received | Sequence[Work[Q]]:
        """Read a message; gives the works themselves where it is not read like any other.

        Raises UnreadableError for what can't be read.
        """
        if self._reading.raw and delivery.source.queue != service_queue(self.name):
            return [self._reading.raw(delivery)]
        try:
            return read(delivery, self.name)
        except UnreadableError as error:
            if error.unfit and (work := self._reading.unfit(error.unfit)):
                return [work]
            raise

    def works(self, heard: Received) -> Sequence[Work[Q]]:
        """Tell which decisions a message asks for. Raises what the room's `read` does."""
        found = self._reading.read(heard)
        return [found] if isinstance(found, Work) else found or ()

    async def _decide(self, items: list[Item[Q]]) -> Batch[S, Q, F]:
        """Load, fold, insert, until every subject's commit is in. Waits for the database."""
        while True:
            batch = Batch(self.stream, items, secrets.token_hex(8), self.tracer)
            try:
                await self._attempt(batch)
            except PyMongoError as error:
                self.database_up = False
                self._states.clear()
                log.warning("database: %s; deciding again", type(error).__name__)
                fail(items, UnavailableError())
                items = [item for item in items if not item.future]
                await asyncio.sleep(BACKOFF_SECONDS)
                continue
            self.database_up = True
            return batch

    async def _attempt(self, batch: Batch[S, Q, F]) -> None:
        todo = batch.subjects()
        # decided from nothing: what is stored of one after all makes its insert fail
        assumed = {one for one in todo if batch.is_first(one) and one not in self._states}
        trusted = assumed | {subject for subject in todo if not batch.is_commanded(subject)}
        while todo:
            batch.load(await self._states.get(todo, trusted, assumed))
            stale = batch.decide(todo, trusted, self.now())
            assumed &= trusted & todo
            stale |= {subject for subject in assumed if not batch.has_changed(subject)}
            if stale:  # a "no" from a cached state is only believed from a fresh one
                trusted -= stale
                assumed -= stale
                batch.load(await self._states.get(stale, trusted, assumed))
                batch.decide(stale, trusted, self.now())
            commits = batch.commits(todo, self.clock.real())
            lost = await self.commits.append(commits) if commits else set()
            for subject in todo:
                if subject in lost:
                    self._states.forget(subject)
                else:
                    self._remember(subject, batch)
            metrics.RACES.inc(len(lost - assumed))
            trusted -= lost
            assumed -= lost
            todo = lost
        batch.settle()

    def _remember(self, subject: str, batch: Batch[S, Q, F]) -> None:
        folded = batch.folded(subject)
        self._states.remember(subject, folded)
        if batch.has_changed(subject):
            self.projector.changed(subject, folded.rev, partial(self.stream.view, folded.state))

    async def _finish(
        self,
        batch: Batch[S, Q, F],
        deliveries: Sequence[Delivery],
        before: "asyncio.Task[None] | None",
        started: float,
    ) -> None:
        try:
            await self.outbox.finish(batch.written, batch.failures(), deliveries, before)
        finally:
            self._finishing.release()
            metrics.BATCH_SECONDS.observe(time.perf_counter() - started)
            metrics.BATCH_SIZE.observe(len(batch.items))
            batch.count()

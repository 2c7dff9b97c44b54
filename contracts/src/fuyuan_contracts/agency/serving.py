"""A running consumer: reads, handles, sends; stops in that order."""

import asyncio
import logging
import signal
from collections.abc import Awaitable
from contextlib import suppress

from faststream.rabbit import RabbitBroker

from fuyuan_contracts.agency import inbox
from fuyuan_contracts.agency.bus import (
    BROKER_ERRORS,
    Inbox,
    Lost,
    keep_connected,
    publish,
    raise_if_cancelled,
)
from fuyuan_contracts.agency.declared import Declarations
from fuyuan_contracts.agency.errors import StoreError
from fuyuan_contracts.agency.handling import POLL_SECONDS, Handling
from fuyuan_contracts.agency.schema import hold
from fuyuan_contracts.agency.settings import Settings
from fuyuan_contracts.agency.store import Store, Unsent
from fuyuan_contracts.agency.waking import Waking

log = logging.getLogger("fuyuan.agency")
IN_FLIGHT = 32
WATCH_SECONDS = 30
STORE_WAIT_SECONDS = 1
DRAIN_SECONDS = 10


class Serving:
    """One consumer: one office, one store."""

    def __init__(
        self, settings: Settings, store: Store, declared: Declarations, prefetch: int
    ) -> None:
        """Put it together; `run` starts."""
        self._settings = settings
        self._store = store
        self._declared = declared
        self._prefetch = prefetch
        self._one_by_one = asyncio.Lock()

    async def run(self, handling: Handling, stop_seconds: float) -> None:
        """Serve until SIGTERM or SIGINT. Raises StoreError when another does with this store."""
        held = hold(self._store.path)
        front, last = Waking(), Waking()  # the outbox is the last to stop

        def wake() -> None:
            front.wake()
            last.wake()

        self._store.changed = wake
        _on_signals(front)
        if count := inbox.read_again(self._store, self._declared.policy()):
            log.info("%d messages that could not be read before", count)
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(
                    keep_connected(self._settings, "inbox", front, lambda *a: self._read(front, *a))
                )
                working = group.create_task(handling.run(front, stop_seconds))
                group.create_task(
                    keep_connected(self._settings, "out", last, lambda *a: self._send(last, *a))
                )
                await _both(reading, working)
                await self._drain()
                last.stop()
        finally:
            self._store.changed = lambda: None
            held.close()
        log.info("stopped")

    async def _read(self, waking: Waking, broker: RabbitBroker, lost: Lost) -> None:
        box = Inbox(broker, self._settings.inbox, self._prefetch, self._take)
        await box.start()
        log.info("reading the inbox")
        while not lost.is_set() and not waking.stopping.is_set():
            await _first(lost.wait(), waking.stopping.wait(), seconds=WATCH_SECONDS)
            idle = not lost.is_set() and not waking.stopping.is_set()
            if idle and not await box.is_read():
                log.warning("the broker has no consumer for the inbox: beginning anew")
                return
        if not lost.is_set():
            await box.finish()

    async def _take(self, body: bytes, message_id: str | None) -> None:
        """Store a message; while the disk says no, keep it and try again."""
        policy = self._declared.policy()
        async with self._one_by_one:  # in the order they came
            while True:
                try:
                    taken = await asyncio.to_thread(
                        inbox.take, self._store, policy, body, message_id
                    )
                except StoreError as error:
                    log.error("%s", error)  # noqa: TRY400 -- it says all
                    await asyncio.sleep(STORE_WAIT_SECONDS)
                else:
                    break
        about = {"message_id": taken.message_id, "event": taken.type, "assignments": taken.concerns}
        if taken.result == "unreadable":
            log.error("kept for a person: %s", taken.reason, extra=about)
        else:
            log.info("%s", taken.result, extra=about)

    async def _send(self, waking: Waking, broker: RabbitBroker, lost: Lost) -> None:
        while not lost.is_set() and not waking.stopping.is_set():
            reports = await asyncio.to_thread(self._store.unsent, IN_FLIGHT)
            if not reports:
                await waking.wait(POLL_SECONDS)
            elif not await self._publish(broker, reports):
                return  # anew: an id must not be under way twice on one channel

    async def _publish(self, broker: RabbitBroker, reports: list[Unsent]) -> bool:
        done = await asyncio.gather(
            *(publish(broker, self._settings.office, report) for report in reports),
            return_exceptions=True,
        )
        raise_if_cancelled()
        errors = [result for result in done if isinstance(result, BaseException)]
        for error in errors:
            if not isinstance(error, (*BROKER_ERRORS, asyncio.CancelledError)):
                raise error
        sent = [item.id for item, result in zip(reports, done, strict=True)
                if not isinstance(result, BaseException)]  # fmt: skip
        if sent:
            await asyncio.to_thread(self._store.mark_sent, sent)
            log.info("sent %d reports", len(sent))
        if errors:
            first = errors[0]
            log.warning("%d reports not sent: %s: %s", len(errors), type(first).__name__, first)
        return not errors

    async def _drain(self) -> None:
        """Let the outbox run empty; what can't be sent now is sent after the next start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while await asyncio.to_thread(self._store.unsent, 1):  # noqa: ASYNC110 -- the disk's
                    await asyncio.sleep(0.05)


def _on_signals(waking: Waking) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, waking.stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(waking.stop))


async def _both(*tasks: "asyncio.Task[None]") -> None:
    await asyncio.gather(*tasks)


async def _first(*waits: Awaitable[object], seconds: float) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()

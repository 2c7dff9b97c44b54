"""The loop that spreads notices and sends what is due: one message at a time to each subscriber.

Subscribers are served side by side, so that one that is slow or dead holds up nobody else; one
that failed rests for a while. One copy of the service does it at a time, under a lease.
"""

import asyncio
import logging
from functools import partial
from typing import Any

from services.notices import model as m
from services.notices.digests import Limits, pack
from services.notices.messages import Message, message_id
from services.notices.sender import Sender
from services.notices.spread import NoticesEngine, Spreader
from services.notices.store import Store
from services.notices.vocabulary import Digest, Event
from services.runtime.ending import end
from services.runtime.lease import Lease
from services.runtime.mongo import Database

log = logging.getLogger(__name__)

LEASE_SECONDS = 15
AT_ONCE = 200
"""Subscribers served side by side."""
READY_AT_ONCE = 1000
BY_ITSELF = (Event.TEST.value, Event.VERIFY.value)
"""Never part of a digest, and never held back."""


class Dispatcher:
    """Runs as long as the service does."""

    def __init__(
        self, engine: NoticesEngine, db: Database, sender: Sender, limits: Limits, seconds: float
    ) -> None:
        """Look every `seconds`."""
        self._engine = engine
        self._store = Store(db)
        self._lease = Lease(db, "dispatch", LEASE_SECONDS)
        self._sender = sender
        self._limits = limits
        self._seconds = seconds
        self._spreader = Spreader(engine, self._store)
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Work until cancelled; what is being sent then is sent again by the next, same id."""
        try:
            while True:
                try:
                    if await self._lease.take() is not None:
                        await self.once()
                except Exception:
                    log.exception("notices not dispatched, again soon")
                await asyncio.sleep(self._seconds)
        finally:
            await end(self._busy.values())
            await asyncio.shield(self._let_go())

    async def _let_go(self) -> None:
        try:
            async with asyncio.timeout(2):
                await self._lease.release()
        except Exception:  # noqa: BLE001 - it runs out by itself
            log.debug("lease not released")

    async def once(self) -> None:
        """Spread, look after the subscriptions, and start serving whom something is due to."""
        await self._spreader.spread()
        await self._spreader.ask()
        await self._spreader.suspend()
        for subscription in await self._store.due(self._engine.now()):
            if len(self._busy) >= AT_ONCE:
                break
            if subscription not in self._busy:
                task = asyncio.create_task(self._serve(subscription))
                self._busy[subscription] = task
                task.add_done_callback(partial(self._served, subscription))

    def _served(self, subscription: str, _task: "asyncio.Task[None]") -> None:
        self._busy.pop(subscription, None)

    async def _serve(self, subscription: str) -> None:
        """Send a subscriber what is due, one message after the other, until one fails."""
        try:
            while True:
                state = (await self._engine.state(subscription)).state
                if not isinstance(state, m.Subscription) or state.standing not in m.SENDING:
                    return
                found = await self._next(state)
                if not found:
                    return
                message = Message(found[0]["message"], tuple(item["notice"] for item in found))
                answer = await self._sender.send(state, message)
                await self._sender.note(state, message, answer, found[0])
                if not answer.ok:
                    return
        except Exception:
            log.exception("a subscriber could not be served, again soon")

    async def _next(self, state: m.Subscription) -> list[dict[str, Any]]:
        """Give the deliveries of the next message, which is put together where it isn't yet."""
        now, store = self._engine.now(), self._store
        ready = await store.ready(state.id, now, READY_AT_ONCE)
        pending, checks = state.standing == "pending", [item for item in ready if is_check(item)]
        if old := [one["_id"] for one in checks if not (pending and is_current(state, one))]:
            await store.drop(old)
        ready = [one for one in (checks if pending else ready) if one["_id"] not in old]
        packed = next((item["message"] for item in ready if "message" in item), None)
        if packed is None:
            packed = await self._pack(state, ready)
        return await store.message(state.id, packed) if packed else []

    async def _pack(self, state: m.Subscription, ready: list[dict[str, Any]]) -> str | None:
        """Put what is ready into messages and keep that; gives the first one's id, if any."""
        now, store, limits = self._engine.now(), self._store, self._limits
        alone = next((item for item in ready if item["notice"]["event"] in BY_ITSELF), None)
        if alone is not None:
            await store.put_together([alone["_id"]], alone["notice"]["id"], now)
            return str(alone["notice"]["id"])
        digest = state.terms.digest if state.terms else Digest.NONE
        recent = await store.recent(state.id, now - limits.flood_window)
        ids = [item["_id"] for item in ready]
        packing = pack(ids, digest, recent, now, limits)
        if packing.held_until is not None:
            await store.hold(ids, packing.held_until)
        names = {item["_id"]: item["notice"]["id"] for item in ready}
        made = [
            (deliveries, message_id([names[id_] for id_ in deliveries]))
            for deliveries in packing.messages
        ]
        for deliveries, message in made:
            await store.put_together(deliveries, message, now)
        return made[0][1] if made else None


def is_check(item: dict[str, Any]) -> bool:
    """Tell whether a delivery is an endpoint check or asks for a confirmation."""
    return bool(item["notice"]["event"] == Event.VERIFY)


def is_current(state: m.Subscription, item: dict[str, Any]) -> bool:
    """Tell whether a check is that of the secret there is now."""
    return bool(item["notice"]["id"] == f"v{state.version}")

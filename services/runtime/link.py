"""A connection to the broker, reconnecting for ever, with its inlets and outlets.

Publishing and consuming have connections of their own (under a memory or disk alarm the broker
blocks a publishing connection as a whole), but for an office's link, whose traffic is small.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiormq.exceptions import ChannelClosed, ChannelNotFoundEntity

from fuyuan_contracts.addresses import each_address
from services.runtime.amqp import BatchChannel, Line, connect, open_channel
from services.runtime.broker_errors import BROKER_ERRORS
from services.runtime.ending import raise_if_cancelled
from services.runtime.frames import Wire
from services.runtime.inlet import Inlet
from services.runtime.pressure import blocked

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10
CONFIRM_SECONDS = 30
BLOCKED_SECONDS = 0.5
"""How often it is looked whether the broker has stopped reading (and how soon that is over)."""
BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5)
STABLE_SECONDS = 10
"""A connection that lasts this long was a good one: the next loss is met at once again."""
LANES = 2
MOST_NAMED = 5
"""Places named when messages are not confirmed."""
UNKNOWN, MISSING = -1, -2
"""In place of a number of consumers."""


class Link:
    """One broker user's connections, kept up until `stop`."""

    def __init__(self, url: str, *, shared: bool = False) -> None:
        """Note where to connect; `run` does it. `shared`: publish on the consuming connection.

        Of several nodes (`host:port,host:port`) the next is tried whenever one is lost.
        """
        self._urls = each_address(url)
        self._shared = shared
        self._outlets: Sequence[BatchChannel] = ()
        self.inlets: dict[str, Inlet] = {}
        self._consuming: Line | None = None
        self._publishing: Line | None = None
        self._stopping = asyncio.Event()
        self._reset = asyncio.Event()
        self._over: asyncio.Future[None]
        """Done as soon as the present connections are no longer used."""

    @property
    def up(self) -> bool:
        """Whether messages can be sent right now."""
        return bool(self._outlets) and not self.blocked

    @property
    def blocked(self) -> bool:
        """Whether there is a connection, and the broker takes nothing from it (an alarm)."""
        return self._publishing is not None and blocked(self._publishing)

    async def relief(self) -> None:
        """Wait for as long as the broker takes nothing; returns when the connection is lost."""
        while self.blocked:  # aiormq has no event that also ends with the connection
            await asyncio.wait([self._over], timeout=BLOCKED_SECONDS)

    def add(self, inlet: Inlet) -> None:
        """Read one more queue, now or as soon as there is a connection."""
        self.inlets[inlet.source.queue] = inlet
        if self._consuming is not None:
            inlet.start(self._consuming)

    def begin_anew(self) -> None:
        """Drop the connections: what wasn't acknowledged comes again, and can't be any more."""
        for inlet in self.inlets.values():
            inlet.abandon()
        self._reset.set()

    async def run(self) -> None:
        """Connect, stay connected, connect again; returns after `stop`."""
        tries = 0
        for url in itertools.cycle(self._urls):
            if self._stopping.is_set():
                return
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    connections = await self._connect(url)
            except BROKER_ERRORS as error:
                raise_if_cancelled()
                log.warning("broker not reachable: %s; again", type(error).__name__)
            else:
                connected = time.monotonic()
                await self._until_over(connections)
                if time.monotonic() - connected > STABLE_SECONDS:
                    tries = 0
            with suppress(TimeoutError):
                wait = BACKOFF_SECONDS[min(tries, len(BACKOFF_SECONDS) - 1)]
                await asyncio.wait_for(self._stopping.wait(), wait)
            tries += 1

    async def _connect(self, url: str) -> list[Line]:
        self._reset.clear()
        consuming = await connect(url)
        connections: list[Line] = [consuming]
        try:
            if not self._shared:
                connections.append(await connect(url))
            outlets = [await open_channel(connections[-1], confirms=True) for _ in range(LANES)]
        except BaseException:
            await _close(connections)  # else each try would leave one behind
            raise
        self._over = asyncio.get_running_loop().create_future()
        self._consuming, self._publishing, self._outlets = consuming, connections[-1], outlets
        for inlet in self.inlets.values():
            inlet.start(consuming)
        return connections

    async def _until_over(self, connections: list[Line]) -> None:
        watched: list[asyncio.Future[Any]] = [
            *(connection.closing for connection in connections),
            *(outlet.closing for outlet in self._outlets),
        ]
        waits = [asyncio.ensure_future(item.wait()) for item in (self._stopping, self._reset)]
        await asyncio.wait([*watched, *waits], return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if not self._stopping.is_set():
            log.warning("connection to the broker lost")
        self._outlets, self._consuming, self._publishing = (), None, None
        self._over.set_result(None)
        for inlet in list(self.inlets.values()):  # meanwhile one may be added
            await inlet.stop()
        await _close(connections)

    async def stop(self) -> None:
        """End `run`: the connections are closed."""
        self._stopping.set()

    async def publish(self, wires: Sequence[Wire], lane: int = 0) -> list[bool]:
        """Send messages, persistent and mandatory, and tell which ones the broker confirmed.

        `lane` 1 is the sweeper's.
        """
        if not self.up or not wires:
            return [False] * len(wires)
        sent, over = self._outlets[lane].publish(wires), self._over
        late = time.monotonic() + CONFIRM_SECONDS
        # what is sent while the connection ends, or is blocked, may be left without any answer
        while not (sent.done.done() or over.done() or self.blocked or time.monotonic() > late):
            await asyncio.wait(
                [sent.done, over], timeout=BLOCKED_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        if not all(sent.confirmed):
            refused = [wire for wire, ok in zip(wires, sent.confirmed, strict=True) if not ok]
            where = {f"{wire.exchange} {wire.key}" for wire in refused}
            named = ", ".join(sorted(where)[:MOST_NAMED])
            what = "refused" if sent.done.done() else "not confirmed"
            log.warning("%d of %d %s, first to %s", len(refused), len(wires), what, named)
        return list(sent.confirmed)

    async def consumers(self, queues: Sequence[str]) -> dict[str, int]:
        """Ask the broker how many consumers queues have, all of them on one channel.

        `MISSING` for a queue that isn't declared, `UNKNOWN` for one that can't be asked after.
        """
        counts: dict[str, int] = dict.fromkeys(queues, UNKNOWN)
        left = list(queues)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                while left and self._consuming is not None and not blocked(self._consuming):
                    channel = await self._consuming.channel(publisher_confirms=False)
                    try:
                        while left:
                            answer = await channel.queue_declare(left[0], passive=True)
                            counts[left.pop(0)] = answer.consumer_count or 0
                    except ChannelClosed as error:  # the channel is gone, the question answered
                        missing = isinstance(error, ChannelNotFoundEntity)
                        counts[left.pop(0)] = MISSING if missing else UNKNOWN
                    else:
                        await channel.close()
        except BROKER_ERRORS:
            raise_if_cancelled()
        raise_if_cancelled()  # closing a channel takes a cancellation for its own
        return counts


async def _close(connections: Sequence[Line]) -> None:
    """Close each, also when the task is being cancelled: an error of one is not the other's."""
    for connection in connections:
        with suppress(*BROKER_ERRORS):
            async with asyncio.timeout(2):
                await connection.close()
    raise_if_cancelled()

"""Gathering a batch: what waits in the inlets, in turn, and what was asked over HTTP."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic

from services.runtime.inlet import Delivery, Inlet
from services.runtime.streams import Q, Source, Work

Command = tuple[Work[Q], "asyncio.Future[Any]"]

HASTE_SECONDS = 0.002
"""How long what somebody waits for is held for company."""
SLICE_SECONDS = 0.01
"""How often it is looked whether a batch is full that is held."""


class Collector(Generic[Q]):
    """Gives batches of up to `size` messages and commands.

    One that nobody waits for is held for `wait` seconds at most, to be filled.
    """

    def __init__(self, size: int, wait: float) -> None:
        """Start empty; `inlets` is asked at each batch."""
        self.inlets: Callable[[], Sequence[Inlet]] = lambda: ()
        self._size = size
        self._wait = wait
        self._commands: deque[Command[Q]] = deque()
        self._event = asyncio.Event()
        self._urgent = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._start = random.randrange(1 << 16)  # noqa: S311 - fairness, not secrecy

    def wake(self, source: Source | None = None) -> None:
        """Tell that something has come in: from a queue, or a command."""
        self._idle.clear()
        self._event.set()
        if source is None or source.urgent:
            self._urgent.set()

    async def idle(self) -> None:
        """Wait until nothing is left to do, and the last batch that was taken is decided on."""
        await self._idle.wait()

    async def command(self, work: Work[Q]) -> Any:  # noqa: ANN401 - the room's own Done
        """Put a command into the next batch and wait for its result."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._commands.append((work, future))
        self.wake()
        return await future

    def later(self, work: Work[Q]) -> None:
        """Put a decision into the next batch that nobody waits for."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._commands.append((work, future))
        self.wake()

    async def take(self) -> tuple[list[Delivery], list[Command[Q]]]:
        """Wait for something to do, then give a batch of it."""
        while not self.waiting:
            self._event.clear()
            self._idle.set()
            await self._event.wait()
        await self._fill()
        taken = self._deliveries(), self._take_commands()
        if not self.waiting:
            self._urgent.clear()
        return taken

    async def _fill(self) -> None:
        """Wait for a full batch: for as long as set, and a moment where somebody is waiting."""
        now = asyncio.get_running_loop().time
        until = now() + self._wait
        while self.waiting < self._size and (left := until - now()) > 0:
            if self._urgent.is_set():
                await asyncio.sleep(min(left, HASTE_SECONDS))
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._urgent.wait(), min(left, SLICE_SECONDS))

    @property
    def waiting(self) -> int:
        """Count what has come in and was not taken yet."""
        return len(self._commands) + sum(len(inlet.waiting) for inlet in self.inlets())

    def _take_commands(self) -> list[Command[Q]]:
        number = min(len(self._commands), self._size)
        return [self._commands.popleft() for _ in range(number)]

    def _deliveries(self) -> list[Delivery]:
        """Take from the inlets in turn, so that a flood in one delays only itself.

        A suspect message is taken alone: it may be the one that kills the process.
        """
        inlets = [inlet for inlet in self.inlets() if inlet.waiting]
        if not inlets:
            return []
        self._start += 1
        first = self._start % len(inlets)
        inlets = inlets[first:] + inlets[:first]
        for inlet in inlets:
            if inlet.waiting[0].suspect:
                return [inlet.waiting.popleft()]
        taken: list[Delivery] = []
        while inlets and len(taken) < self._size:
            for inlet in list(inlets):
                taken.append(inlet.waiting.popleft())
                if not inlet.waiting or inlet.waiting[0].suspect:
                    inlets.remove(inlet)
                if len(taken) == self._size:
                    break
        return taken

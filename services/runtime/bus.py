"""All connections of a service: one link a broker user, and the queues each reads."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from services.runtime.ending import end, forever
from services.runtime.frames import Wire
from services.runtime.inlet import Delivery, Inlet
from services.runtime.link import UNKNOWN, Link
from services.runtime.streams import Source

__all__ = ["Bus", "Link", "Wire"]

log = logging.getLogger(__name__)
STOP_SECONDS = 5


class Bus:
    """All links of a service: its own user's (`""`), and its offices' where it has any."""

    def __init__(self, urls: dict[str, str], prefetch: int, wake: Callable[[Source], None]) -> None:
        """Take AMQP URLs by user; `wake` is called whenever a message has come in."""
        self._prefetch = prefetch
        self._wake = wake
        self.links = {user: Link(url, shared=bool(user)) for user, url in urls.items()}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def inlets(self) -> list[Inlet]:
        """All queues that are read."""
        return [inlet for link in self.links.values() for inlet in link.inlets.values()]

    @property
    def up(self) -> bool:
        """Whether every user is connected."""
        return all(link.up for link in self.links.values())

    @property
    def partly_up(self) -> bool:
        """Whether any user is connected."""
        return any(link.up for link in self.links.values())

    def start(self, failed: Callable[[BaseException], None]) -> None:
        """Begin to connect, in the background; a link that ends by itself gives its error."""
        self._tasks = [
            asyncio.create_task(forever(link.run(), failed)) for link in self.links.values()
        ]

    def read(self, sources: Sequence[Source]) -> None:
        """Read these queues from now on; those already read go on."""
        for source in sources:
            link = self.links[source.user]
            if source.queue not in link.inlets:
                link.add(Inlet(source, self._prefetch, self._wake))

    async def consumers(self) -> dict[Source, int]:
        """Ask how many consumers each queue that is read has (`Link.consumers`)."""

        async def of(link: Link) -> list[tuple[Source, int]]:
            counts = await link.consumers(list(link.inlets))
            return [
                (inlet.source, counts.get(queue, UNKNOWN)) for queue, inlet in link.inlets.items()
            ]

        found = await asyncio.gather(*(of(link) for link in self.links.values()))
        return dict(pair for pairs in found for pair in pairs)

    async def publish(self, wires: Sequence[Wire], lane: int = 0) -> list[bool]:
        """Send messages, each as its user; tell which were confirmed, in the same order."""
        if len(self.links) == 1:
            return await next(iter(self.links.values())).publish(wires, lane)
        confirmed = [False] * len(wires)
        places: dict[str, list[int]] = {}
        for place, wire in enumerate(wires):
            places.setdefault(wire.user, []).append(place)

        async def send(user: str, mine: list[int]) -> None:
            if user not in self.links:  # an office this service no longer speaks for
                log.error("no connection to send as %s", user)
                return
            results = await self.links[user].publish([wires[place] for place in mine], lane)
            for place, result in zip(mine, results, strict=True):
                confirmed[place] = result

        await asyncio.gather(*(send(user, mine) for user, mine in places.items()))
        return confirmed

    @property
    def blocked(self) -> bool:
        """Whether the broker takes nothing from one of the users: it has an alarm."""
        return any(link.blocked for link in self.links.values())

    async def relief(self) -> None:
        """Wait for as long as the broker takes nothing from a user because it has an alarm."""
        for link in self.links.values():
            await link.relief()

    def give_again(self, deliveries: Sequence[Delivery]) -> None:
        """Let the broker give unacknowledged messages again, by dropping their connections.

        What came over an earlier connection is given again already.
        """
        for user in {item.source.user for item in deliveries if item.inlet.holds(item)}:
            self.links[user].begin_anew()

    async def pause(self) -> None:
        """Take no more messages (before a stop): the consumers are cancelled."""
        await asyncio.gather(*(inlet.pause() for inlet in self.inlets))

    async def stop(self) -> None:
        """Close everything."""
        for link in self.links.values():
            await link.stop()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            await end(late)  # waiting for a broker that doesn't answer

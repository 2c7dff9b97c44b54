"""The second half of a batch: messages go out, failures are set aside, all is acknowledged."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic

from pymongo.errors import PyMongoError

from fuyuan_contracts.channels import MAX_MESSAGE_BYTES
from services.runtime import metrics
from services.runtime.bus import Bus
from services.runtime.clock import Clock
from services.runtime.commits import Commits
from services.runtime.deciding import Item
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.failpoints import AFTER_MARK, AFTER_PUBLISH, Failpoints
from services.runtime.fold import Sending
from services.runtime.frames import Wire
from services.runtime.inlet import Delivery, acknowledge
from services.runtime.streams import Q, Received, Work
from services.runtime.wires import UnreadableError, park, retry, wire

log = logging.getLogger(__name__)
BACKOFF_SECONDS = 0.5


class Outbox(Generic[Q]):
    """Sends what commits say, and lists them as sent."""

    def __init__(
        self, service: str, commits: Commits, bus: Bus, clock: Clock, failpoints: Failpoints
    ) -> None:
        """Send for `service` through `bus`."""
        self._service = service
        self._commits = commits
        self._bus = bus
        self._clock = clock
        self._failpoints = failpoints
        self.later: Callable[[Work[Q]], None] = lambda _work: None
        """Where a decision goes that a failure leads to."""
        self.failed: Callable[[Received, str], Work[Q] | None] = lambda _received, _error: None

    async def finish(
        self,
        written: Mapping[str, Sequence[Sending]],
        failures: Sequence[Item[Q]],
        deliveries: Sequence[Delivery],
        before: "asyncio.Task[None] | None",
    ) -> None:
        """Send, set failures aside, and acknowledge after the batch before has been.

        Where a failure's copy isn't confirmed nothing is acknowledged: the broker gives all again.
        """
        try:
            await self.send(written)
            copies = await self._set_aside(failures)
            ok = await self._copied(copies)
        except Exception:
            log.exception("could not finish a batch; the broker gives it again")
            ok = False
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        if ok:
            self._failpoints.hit(AFTER_MARK)
            await acknowledge(deliveries)
        else:
            self._bus.give_again(deliveries)

    async def send(self, written: Mapping[str, Sequence[Sending]], lane: int = 0) -> set[str]:
        """Publish commits' messages and list as sent those that were confirmed as a whole.

        Gives the commits that need no more sending. What isn't confirmed stays in no list: the
        sweeper sends it.
        """
        owners = [(name, sending) for name, items in written.items() for sending in items]
        if not owners:
            return set(written)
        confirmed = await self._publish([wire(sending) for _, sending in owners], lane)
        self._failpoints.hit(AFTER_PUBLISH)
        failed = {name for (name, _), ok in zip(owners, confirmed, strict=True) if not ok}
        metrics.PUBLISHED.inc(sum(confirmed))
        sent = [name for name, items in written.items() if items and name not in failed]
        await until_done(lambda: self._commits.mark_sent(sent, self._clock.real()))
        return written.keys() - failed

    async def _publish(self, wires: Sequence[Wire], lane: int) -> list[bool]:
        """Publish what fits into a message; tell for each whether it is confirmed.

        The broker ends the connection of who sends more: one commit would take all others with it,
        again and again. It stays unsent (`fuyuan_unsent_age_seconds`).
        """
        fits = [len(one.body) <= MAX_MESSAGE_BYTES for one in wires]
        if all(fits):
            return await self._bus.publish(wires, lane)
        for one in (one for one, ok in zip(wires, fits, strict=True) if not ok):
            size = len(one.body)
            log.error("too large to be sent: %s, %d bytes to %s", one.key, size, one.exchange)
        fitting = [one for one, ok in zip(wires, fits, strict=True) if ok]
        answers = iter(await self._bus.publish(fitting, lane))
        return [ok and next(answers) for ok in fits]

    async def _copied(self, copies: Sequence[Wire]) -> bool:
        """Publish copies; tell whether all are confirmed.

        An alarm of the broker's is waited for: what is given again would use up its deliveries.
        """
        left = list(copies)
        while left:
            confirmed = await self._bus.publish(left)
            left = [copy for copy, ok in zip(left, confirmed, strict=True) if not ok]
            if not left or not self._bus.blocked:
                break
            await self._bus.relief()
        return not left

    async def _set_aside(self, failures: Sequence[Item[Q]]) -> list[Wire]:
        """Make the copies of what could not be handled: up the ladder, or to be parked."""
        copies = []
        for item in failures:
            delivery, error = item.delivery, item.error
            if delivery is None or error is None:
                continue
            queue, text = delivery.source.queue, text_of(error)
            if delivery.source.inbox:
                await self._keep(item, delivery, error)
                continue
            copy = None
            if not isinstance(error, UnreadableError | RefusedError):
                copy = retry(delivery, self._service, text)
            item.result = "retried" if copy else "parked"
            if copy is None:
                log.error("parked: %s", text, extra=about(item) | {"queue": queue})
            copies.append(copy or park(delivery, self._service, reason_of(error), text))
        return copies

    async def _keep(self, item: Item[Q], delivery: Delivery, error: Exception) -> None:
        """Keep an inbox's message here (an office can't park on the bus) and tell routing."""
        item.result, text = "parked", text_of(error)
        queue = delivery.source.queue
        log.error("not handled: %s", text, extra=about(item) | {"queue": queue})
        now = self._clock.real()
        await until_done(lambda: self._commits.keep_failed(delivery, reason_of(error), text, now))
        if item.received and (work := self.failed(item.received, text)):
            self.later(work)


async def until_done(action: Callable[[], Awaitable[Any]]) -> None:
    """Do it, again and again while the database is away."""
    while True:
        try:
            await action()
        except PyMongoError as error:
            log.warning("database: %s; again", type(error).__name__)
            await asyncio.sleep(BACKOFF_SECONDS)
        else:
            return


def about(item: Item[Q]) -> dict[str, str | None]:
    """Name the case and the trace of a message, as far as it could be read."""
    if item.received is None:
        return {}
    envelope = item.received.envelope
    return {"case": envelope.correlationid or envelope.subject, "trace": envelope.traceparent}


def text_of(error: Exception) -> str:
    """Say what went wrong, for a person."""
    if isinstance(error, RefusedError):
        return error.message
    # a KeyError's own text is the key alone
    return str(error) if str(error) and not isinstance(error, LookupError) else repr(error)


def reason_of(error: Exception) -> str:
    """Give the short reason a message is parked under."""
    match error:
        case UnreadableError():
            return error.reason
        case RefusedError():
            return "refused"
        case NotYetError():
            return "unknown_subject"
        case _:
            return "handler_failed"

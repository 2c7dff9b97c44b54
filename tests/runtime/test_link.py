"""A link whose connection ends while messages are on their way."""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any, cast

from services.runtime import link as links
from services.runtime.amqp import Sent
from services.runtime.frames import Wire
from services.runtime.link import Link


class Silent:
    """An outlet that never answers."""

    def publish(self, wires: Sequence[Wire]) -> Sent:
        return Sent(len(wires))


async def test_what_was_not_answered_is_not_confirmed_and_nothing_is_left_over() -> None:
    loop, left = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: left.append(context))
    link = Link("amqp://nobody@127.0.0.1:1/")
    link._outlets = cast("Any", (Silent(), Silent()))
    link._over = loop.create_future()
    wires = [Wire("evt", "k", b"{}", str(number), None) for number in range(2)]
    publishing = asyncio.create_task(link.publish(wires))
    await asyncio.sleep(0)
    link._over.set_result(None)
    assert await publishing == [False, False]
    del publishing
    gc.collect()
    await asyncio.sleep(0)
    assert left == []


async def test_when_a_connect_takes_too_long_none_of_its_connections_is_left() -> None:
    """The time that has run out is a cancellation, which the first close would pass on."""
    closed: list[int] = []

    class Open:
        def __init__(self, number: int) -> None:
            self._number = number

        async def close(self) -> None:
            closed.append(self._number)
            await asyncio.sleep(0)
            raise asyncio.CancelledError

    async def cancelled() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await links._close(cast("Any", [Open(1), Open(2)]))

    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert closed == [1, 2]

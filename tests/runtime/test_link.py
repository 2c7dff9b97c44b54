"""A link whose connection ends while messages are on their way."""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any, cast

from services.runtime.amqp import Sent, Wire
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

"""A batch waits to be filled, and nobody waits for it."""

import asyncio
import time
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from services.runtime.collect import Collector
from services.runtime.streams import Source, Work

PATIENCE = 0.3
HELD, URGENT = Source("q.a"), Source("q.b", urgent=True)
SOON = 0.1


def collector(size: int) -> tuple[Collector[str], list[Any]]:
    """One inlet, and what waits in it."""
    inlet = SimpleNamespace(waiting=deque())
    made: Collector[str] = Collector(size, PATIENCE)
    made.inlets = lambda: [inlet]  # type: ignore[list-item]
    return made, inlet.waiting


def message() -> Any:
    return SimpleNamespace(suspect=False)


async def taken(made: Collector[str]) -> tuple[int, int, float]:
    began = time.monotonic()
    deliveries, commands = await made.take()
    return len(deliveries), len(commands), time.monotonic() - began


async def test_messages_wait_for_more_to_be_handled_with() -> None:
    made, waiting = collector(10)
    waiting.append(message())
    made.wake(HELD)
    asyncio.get_running_loop().call_later(SOON, waiting.append, message())
    number, _, seconds = await taken(made)
    assert number == 2
    assert seconds == pytest.approx(PATIENCE, abs=0.15)


async def test_a_full_batch_does_not_wait() -> None:
    made, waiting = collector(2)
    waiting += [message(), message(), message()]
    made.wake(HELD)
    number, _, seconds = await taken(made)
    assert number == 2
    assert seconds < SOON


@pytest.mark.parametrize("after", [0, SOON])
async def test_one_who_asks_is_answered_though_messages_wait(after: float) -> None:
    made, waiting = collector(10)
    waiting.append(message())
    made.wake(HELD)
    asyncio.get_running_loop().call_later(after, lambda: made.later(Work("s", "go")))
    number, commands, seconds = await taken(made)
    assert (number, commands) == (1, 1)
    assert seconds < PATIENCE - 0.05


async def test_what_somebody_waits_for_takes_with_it_what_is_held() -> None:
    made, waiting = collector(10)
    waiting.append(message())
    made.wake(HELD)

    def comes() -> None:
        waiting.append(message())
        made.wake(URGENT)

    asyncio.get_running_loop().call_later(SOON, comes)
    number, _, seconds = await taken(made)
    assert number == 2
    assert seconds < PATIENCE - 0.05
    waiting.append(message())
    made.wake(HELD)
    assert (await taken(made))[2] == pytest.approx(PATIENCE, abs=0.15)

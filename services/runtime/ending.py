"""Ending tasks for sure, and a process whose task has ended."""

import asyncio
import logging
import signal
from collections.abc import Iterable
from typing import Any

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.5


async def end(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel tasks until they have ended.

    Once is not always enough: a cancelled call to the database may come back as a PyMongoError,
    which a task that waits for the database takes for what it says.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)


async def forever(task: Any) -> None:  # noqa: ANN401 - any coroutine
    """Run a background task that must not end; what ends it ends the process, visibly."""
    try:
        await task
    except asyncio.CancelledError:
        raise
    except BaseException:
        log.exception("a background task ended")
        signal.raise_signal(signal.SIGTERM)

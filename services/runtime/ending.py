"""Ending tasks for sure, and hearing of one that has ended by itself."""

import asyncio
import logging
from collections.abc import Callable, Iterable
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


def raise_if_cancelled() -> None:
    """Raise CancelledError when it is the running task that somebody wants to end."""
    if (task := asyncio.current_task()) and task.cancelling():
        raise asyncio.CancelledError


def first_error(of: asyncio.Future[None]) -> Callable[[BaseException], None]:
    """Give what `forever` hands errors to: the first ends `of`, as it is the cause.

    What is no Exception (a CancelledError nobody asked for) comes as the cause of a RuntimeError:
    raised as it is it would look like an order to whoever waits for `of`.
    """

    def failed(error: BaseException) -> None:
        if of.done():
            return
        if not isinstance(error, Exception):
            cause, error = error, RuntimeError(f"ended by {type(error).__name__}")
            error.__cause__ = cause
        of.set_exception(error)

    return failed


async def forever(
    task: Any,  # noqa: ANN401 - any coroutine
    failed: Callable[[BaseException], None],
) -> None:
    """Run a background task that must not fail; what it fails with is given to `failed`.

    That may be a CancelledError which nobody asked for: aiormq ends its waits with one.
    """
    try:
        await task
    except BaseException as error:
        raise_if_cancelled()
        log.exception("a background task ended")
        failed(error)

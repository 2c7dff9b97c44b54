"""A background task ends when it is told to, and is heard of when it ends by itself."""

import asyncio

import pytest

from services.runtime.ending import end, first_error, forever


@pytest.mark.parametrize("error", [ValueError("broken"), asyncio.CancelledError(), SystemExit(3)])
async def test_what_a_task_ends_with_by_itself_is_told(error: BaseException) -> None:
    """aiormq's CancelledError once left a service without a link, and nobody told."""
    told: list[BaseException] = []

    async def ends() -> None:
        raise error

    await forever(ends(), told.append)
    assert told == [error]


async def test_a_task_that_is_ended_is_no_failure() -> None:
    told: list[BaseException] = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionError from None  # as calls to the database do

    task = asyncio.create_task(forever(stubborn(), told.append))
    await asyncio.sleep(0)
    await end([task])
    assert task.cancelled()
    assert told == []


async def test_the_first_error_is_the_cause() -> None:
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    failed = first_error(failure)
    failed(ValueError("first"))
    failed(ValueError("second"))
    with pytest.raises(ValueError, match="first"):
        await failure


async def test_a_cancellation_nobody_asked_for_is_an_error_like_others() -> None:
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    first_error(failure)(asyncio.CancelledError())
    with pytest.raises(RuntimeError, match="CancelledError"):
        await failure

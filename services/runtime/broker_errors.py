"""What calls to the broker end with when the connection, or the channel, ends meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiormq.exceptions import AMQPError

from services.runtime.ending import raise_if_cancelled

BROKER_ERRORS = (
    AMQPError,
    RuntimeError,
    OSError,
    TimeoutError,
    StopAsyncIteration,
    asyncio.CancelledError,
)
"""`connection.channel` and closed ones give RuntimeErrors, a peer that ends a connection before its
first frame (a proxy without its broker) StopAsyncIteration; aiormq ends what waits for a closing
connection with a CancelledError, so each `except` asks `raise_if_cancelled`."""


@contextmanager
def tolerated() -> Iterator[None]:
    """Go on after a call that the end of its connection or channel has ended too."""
    try:
        yield
    except BROKER_ERRORS:
        raise_if_cancelled()

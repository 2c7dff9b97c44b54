"""How the parts of a running consumer wake each other, and how they are told to stop."""

import asyncio
from contextlib import suppress
from typing import Any


class Waking:
    """An event to stop, and one that says that there may be something to do."""

    def __init__(self) -> None:
        """Belong to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self.stopping = asyncio.Event()

    def wake(self) -> None:
        """Say that the store has changed; from any thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody has to be woken
            self._loop.call_soon_threadsafe(self._news.set)

    def stop(self) -> None:
        """Have it stop."""
        self.stopping.set()
        self._news.set()

    async def wait(self, seconds: float, *others: "asyncio.Future[None]") -> None:
        """Wait until there is news, one of the others is done, it stops, or the time is over."""
        news: asyncio.Future[Any] = asyncio.ensure_future(self._news.wait())
        waited: set[asyncio.Future[Any]] = {news, *others}
        try:
            await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        if not self.stopping.is_set():
            self._news.clear()

"""Things done every so often by one copy of a service at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from services.runtime.lease import Lease
from services.runtime.mongo import Database

log = logging.getLogger(__name__)
LEASE_FACTOR = 3
LEAST_LEASE_SECONDS = 15


async def every(
    db: Database, name: str, seconds: float, action: Callable[[], Awaitable[None]]
) -> None:
    """Do `action` every `seconds`, under the lease `name`, until cancelled.

    What it raises is logged, and it is tried again the next time.
    """
    lease = Lease(db, name, max(seconds * LEASE_FACTOR, LEAST_LEASE_SECONDS))
    try:
        while True:
            await asyncio.sleep(seconds)
            try:
                if await lease.take() is not None:
                    await action()
            except Exception:
                log.exception("timer %s failed, again in %s s", name, seconds)
    finally:
        await asyncio.shield(_release(lease))


async def _release(lease: Lease) -> None:
    try:
        async with asyncio.timeout(2):
            await lease.release()
    except Exception:  # noqa: BLE001 - it runs out by itself
        log.debug("lease not released")

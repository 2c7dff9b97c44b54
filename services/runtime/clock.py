"""The time, as the database tells it: a host whose clock is off doesn't matter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from services.runtime.mongo import Database, server_time

Now = Callable[[], datetime]


class Clock:
    """The host's clock, corrected by what the database's differs from it."""

    def __init__(self) -> None:
        """Begin without a correction; `correct` finds it."""
        self._offset = timedelta()

    def now(self) -> datetime:
        """Give the time in UTC, in whole milliseconds (as BSON stores it)."""
        moment = datetime.now(UTC) + self._offset
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    async def correct(self, db: Database) -> None:
        """Ask the database for the time, and correct by half the round trip."""
        before = datetime.now(UTC)
        theirs = await server_time(db)
        after = datetime.now(UTC)
        self._offset = theirs - (before + (after - before) / 2)

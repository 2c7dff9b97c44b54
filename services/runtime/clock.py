"""The time: when things happen for people, and when they were done here.

Two clocks. The *business* clock (`now`) is what decisions are given, deadlines are judged by and
events are dated with. The *real* one (`real`) is for plumbing: which commit was stored when, what
was sent. They are the same, as the database tells it, so that a host whose clock is off doesn't
matter; in a data set that replays the past the business clock is a file (`CLOCK_FILE`) that
somebody else moves on. The database remembers which it is, and takes no other.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pymongo.errors import DuplicateKeyError

from services.runtime.commits import COMMITS
from services.runtime.mongo import Database, server_time

Now = Callable[[], datetime]
META = "meta"


def host_time() -> datetime:
    """Give the time as this host has it, right or wrong."""
    return datetime.now(UTC)


class ClockError(Exception):
    """The clock can't be read, or is not the one that a data set was begun with."""


class Clock:
    """The host's clock, corrected by what the database's differs from it; or a file."""

    def __init__(self, file: Path | None = None) -> None:
        """Begin without a correction; `correct` finds it. `file` holds the business time."""
        self._offset = timedelta()
        self._file = file
        self._read: tuple[int, int] | None = None
        self._told = datetime.min.replace(tzinfo=UTC)

    @property
    def simulated(self) -> bool:
        """Whether the business clock is a file."""
        return self._file is not None

    def now(self) -> datetime:
        """Give the business time in UTC, in whole milliseconds (as BSON stores it).

        A simulated one stands still until its file says otherwise, and never goes back. Raises
        ClockError when the file can't be read.
        """
        return self._simulated(self._file) if self._file else self.real()

    def real(self) -> datetime:
        """Give the real time in UTC, in whole milliseconds."""
        return _whole(host_time() + self._offset)

    async def correct(self, db: Database) -> None:
        """Ask the database for the time, and correct by half the round trip."""
        before = host_time()
        theirs = await server_time(db)
        after = host_time()
        self._offset = theirs - (before + (after - before) / 2)

    async def claim(self, db: Database) -> None:
        """Note in the database which clock its data are dated by, once and for ever.

        Raises ClockError when they are dated by the other one: a made-up day among real ones
        would make every deadline of the data set wrong.
        """
        real = {"simulated": False}
        found = await db[META].find_one({"_id": "clock"})
        if found is None and await db[COMMITS].find_one({}, {"_id": 1}):
            found = real  # begun before there was a choice
        if found is None:
            try:
                await db[META].insert_one({"_id": "clock", "simulated": self.simulated})
            except DuplicateKeyError:  # another copy was first
                found = await db[META].find_one({"_id": "clock"}) or real
            else:
                return
        if found["simulated"] is not self.simulated:
            is_, here = ("simulated", "real") if found["simulated"] else ("real", "simulated")
            msg = f"database {db.name} is dated by a {is_} clock, this service has a {here} one"
            raise ClockError(f"{msg}: set CLOCK_FILE only for a data set begun with it")

    def _simulated(self, file: Path) -> datetime:
        try:
            stat = file.stat()
            version = (stat.st_ino, stat.st_mtime_ns)
            if version != self._read:
                moment = read_clock(file)
                self._told, self._read = max(self._told, moment), version
        except OSError as error:
            raise ClockError(f"{file}: {error.strerror}") from error
        return self._told


def read_clock(file: Path) -> datetime:
    """Read a simulated clock. Raises OSError, and ClockError for what is no moment."""
    text = file.read_text().strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ClockError(f"{file}: no moment (2024-01-02T09:00:00+08:00): {text!r}") from error
    if moment.tzinfo is None:
        raise ClockError(f"{file}: the moment has no time zone: {text!r}")
    return _whole(moment.astimezone(UTC))


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

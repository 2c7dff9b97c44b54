"""The rulebook in force: the newest stored version, which the files become a new one of."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.routing.files import Offices, Rules, plain
from services.routing.loading import build, digest, parse, read_offices, read_rules
from services.routing.rulebook import Rulebook, Timing
from services.routing.store import Rulebooks
from services.runtime.http import UnavailableError
from services.runtime.mongo import Database, server_time

FROM_FILE = "file"


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version: what it says, since when, by whom and why."""

    book: Rulebook
    rules: Rules
    offices: Offices
    at: datetime
    by: str
    why: str


class Current:
    """Holds the version in force; decisions ask it for their rulebook."""

    def __init__(self, rules: Path, offices: Path, timing: Timing) -> None:
        """Read and check the files. Raises RulebookError or OSError: bad rules start nothing."""
        self._rules, self._offices = read_rules(rules), read_offices(offices)
        self._timing = timing
        self._version: Version | None = None
        build(self._rules, self._offices, 1)

    @property
    def version(self) -> Version:
        """Give the version in force. Raises UnavailableError before it was loaded."""
        if self._version is None:
            raise UnavailableError
        return self._version

    @property
    def book(self) -> Rulebook:
        """Give the rulebook in force. Raises UnavailableError before it was loaded."""
        return self.version.book

    async def load(self, db: Database) -> None:
        """Adopt the newest version, after making the files one if they changed since they were.

        A version that was not made from the files stays in force until the files change.
        """
        stored = Rulebooks(db)
        while True:
            newest = await stored.newest()
            from_file = await stored.newest(FROM_FILE)
            mine = digest(self._rules, self._offices)
            if newest is not None and from_file is not None and from_file["digest"] == mine:
                self._version = self._read(newest)
                return
            await stored.add(self._new(newest, mine, await server_time(db)))

    def _new(self, newest: dict[str, Any] | None, mine: str, at: datetime) -> dict[str, Any]:
        number = newest["_id"] + 1 if newest else 1
        return {
            "_id": number,
            "source": FROM_FILE,
            "digest": mine,
            "rules": plain(self._rules),
            "offices": plain(self._offices),
            "at": at,
            "by": "routing",
            "why": "the files were changed" if newest else "first start",
        }

    def _read(self, stored: dict[str, Any]) -> Version:
        rules = parse(Rules, stored["rules"], "stored rules")
        offices = parse(Offices, stored["offices"], "stored offices")
        book = build(rules, offices, stored["_id"], self._timing)
        return Version(book, rules, offices, stored["at"], stored["by"], stored["why"])

"""The rulebook in force: the newest stored version, of the files' or made over the API."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.routing.drafts import receiving
from services.routing.files import Offices, Rules, plain
from services.routing.loading import RulebookError, build, digest, parse, read_offices, read_rules
from services.routing.rulebook import Rulebook, Timing
from services.routing.store import Rulebooks
from services.runtime.http import UnavailableError
from services.runtime.mongo import Database, server_time

log = logging.getLogger(__name__)

FROM_FILE = "file"
FROM_API = "api"


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version: what it says, since when, by whom and why."""

    book: Rulebook
    rules: Rules
    offices: Offices
    at: datetime
    by: str
    why: str
    source: str = FROM_FILE
    receivers: frozenset[str] = frozenset()
    """Offices that are given assignments, or once were: what they report is read."""

    @property
    def number(self) -> int:
        """Its number; the newest has the highest."""
        return self.book.version


class Current:
    """Holds the version in force; decisions ask it for their rulebook."""

    def __init__(self, rules: Path, offices: Path, timing: Timing) -> None:
        """Read and check the files. Raises RulebookError or OSError: bad rules start nothing."""
        self._rules, self._offices = read_rules(rules), read_offices(offices)
        self._timing = timing
        self._version: Version | None = None
        self._unusable = 0
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
                self._version = self.read(newest)
                return
            by = {"source": FROM_FILE, "by": "routing"}
            by["why"] = "the files were changed" if newest else "first start"
            at = await server_time(db)
            await stored.add(document(newest, self._rules, self._offices, by, at))

    async def follow(self, db: Database, seconds: float) -> None:
        """Take up new versions, looking every so often, until cancelled. Every copy does.

        One that can't be used (a newer copy's, in words not known here) is passed over.
        """
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.catch_up(db)
            except Exception as error:  # noqa: BLE001 - the database is away, say
                log.warning("rules not looked at, again soon: %s", type(error).__name__)

    async def catch_up(self, db: Database) -> Version:
        """Take up the newest version now. Raises pymongo errors."""
        stored = Rulebooks(db)
        number = await stored.newest_number()
        if number > max(self.version.number, self._unusable):
            found = await stored.get(number)
            if found is not None:
                self._take_up(found)
        return self.version

    def _take_up(self, stored: Mapping[str, Any]) -> None:
        try:
            self._version = self.read(stored)
        except RulebookError:
            self._unusable = stored["_id"]
            log.exception("version %s of the rules can't be used here", stored["_id"])
        else:
            log.info("rules: version %s by %s", stored["_id"], stored["by"])

    def read(self, stored: Mapping[str, Any]) -> Version:
        """Make a version of a stored one. Raises RulebookError."""
        rules = parse(Rules, stored["rules"], "stored rules")
        offices = parse(Offices, stored["offices"], "stored offices")
        return Version(
            build(rules, offices, stored["_id"], self._timing),
            rules,
            offices,
            stored["at"],
            stored["by"],
            stored["why"],
            stored["source"],
            receiving(offices) | set(stored.get("receivers", ())),
        )

    def draft(self, rules: Rules, offices: Offices) -> Rulebook:
        """Make a rulebook that no version has yet: number 0. Raises RulebookError."""
        return build(rules, offices, 0, self._timing)


def document(
    newest: Mapping[str, Any] | None,
    rules: Rules,
    offices: Offices,
    by: Mapping[str, Any],
    at: datetime,
) -> dict[str, Any]:
    """Make the version after `newest`, to be stored; `by` holds `source`, `by`, `why` and more."""
    before = newest or {"_id": 0}
    return {
        "_id": before["_id"] + 1,
        "digest": digest(rules, offices),
        "rules": plain(rules),
        "offices": plain(offices),
        "receivers": sorted(receiving(offices) | set(before.get("receivers", ()))),
        "at": at,
        **by,
    }

"""The store: one SQLite file, used by the consumer and by an office's other programs at once.

Every change is one short transaction, on the disk when the call returns. Calls may come from any
thread or process; each thread has a connection of its own.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fuyuan_contracts.agency import acts
from fuyuan_contracts.agency.errors import StoreError, UnknownAssignmentError
from fuyuan_contracts.agency.model import OPEN, Kept, Stage
from fuyuan_contracts.agency.rows import add_report, load, settle, written
from fuyuan_contracts.agency.schema import connect, prepare
from fuyuan_contracts.events import AssignmentReport

BEIJING = timedelta(hours=8)
"""Business days are Asia/Shanghai's, which has had no summer time since 1991."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A report on its way."""

    id: str
    assignment_id: str
    case_id: str
    body: bytes


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


class Store:
    """The file at `path`, of one office."""

    def __init__(self, path: Path, office: str, now: Callable[[], datetime] = utc_now) -> None:
        """Make the file where it is missing. Raises StoreError when it can't be used."""
        prepare(path, office)
        self.path = path
        self.office = office
        self.source = f"/offices/{office}"
        self.now = now
        self.changed: Callable[[], None] = lambda: None
        """Called after each change made through this object, from any thread."""
        self._mine = threading.local()

    @property
    def db(self) -> sqlite3.Connection:
        """Give the thread its own connection, and a forked process one of its own."""
        if getattr(self._mine, "pid", None) != os.getpid():
            self._mine.db, self._mine.pid = connect(self.path), os.getpid()
        found: sqlite3.Connection = self._mine.db
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change things together, or not at all. Raises StoreError when the disk says no."""
        db = self.db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}") from error
        self.changed()

    def kept(self, assignment: str) -> Kept:
        """Read one assignment. Raises UnknownAssignmentError."""
        found = load(self.db, assignment)
        if found is None:
            raise UnknownAssignmentError(f"{assignment} is not in {self.path}")
        return found

    def ids(self, stage: Stage | None = None, limit: int = 1000) -> list[str]:
        """List assignments in a stage (None: all that wait for the office), due first first."""
        stages = OPEN if stage is None else (stage,)
        marks = ", ".join("?" * len(stages))
        rows = self.db.execute(
            f"SELECT id FROM assignments WHERE stage IN ({marks})"  # noqa: S608 -- only marks
            " ORDER BY resolution_due, id LIMIT ?",
            (*stages, limit),
        )
        return [row["id"] for row in rows]

    def rows(self, query: str, *values: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 -- SQL's
        """Read rows as they lie there, for who shows them."""
        return [dict(row) for row in self.db.execute(query, values)]

    def say(self, said: AssignmentReport, work: int | None = None) -> Kept:
        """Put a report into the outbox unless the same was said already.

        Raises UnknownAssignmentError, or ActError for what can't be said.
        """
        with self.writing() as db:
            kept = load(db, said.assignment_id)
            if kept is None:
                raise UnknownAssignmentError(f"{said.assignment_id} is not in {self.path}")
            now = self.now()
            report = acts.decide(kept, said, (now + BEIJING).date())
            if report is not None:
                add_report(
                    db,
                    report,
                    case_id=kept.issued.case_id,
                    source=self.source,
                    cause=kept.cause,
                    now=now,
                    work=work,
                )
                kept = settle(db, kept.id, now) or kept
        return kept

    def unsent(self, limit: int) -> list[Unsent]:
        """Give the next report of each assignment that has one to send, oldest first."""
        rows = self.db.execute(
            "SELECT r.id, r.assignment_id, a.case_id, r.body, min(r.sequence) FROM reports r"
            " JOIN assignments a ON a.id = r.assignment_id"
            " WHERE r.sent_at IS NULL GROUP BY r.assignment_id ORDER BY r.n LIMIT ?",
            (limit,),
        )
        return [
            Unsent(row["id"], row["assignment_id"], row["case_id"], row["body"]) for row in rows
        ]

    def mark_sent(self, ids: list[str]) -> None:
        """Note what the broker has confirmed."""
        moment = written(self.now())
        with self.writing() as db:
            db.executemany(
                "UPDATE reports SET sent_at = ? WHERE id = ?", [(moment, id_) for id_ in ids]
            )

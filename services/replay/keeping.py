"""What the offices keep: what they were given, how far they are, what they have yet to say.

SQLite, one file a process. What was taken from an inbox is in it before it is acknowledged, and
what an office says is in it before it is sent; its number among the assignment's words is, too, so
that saying it again after a crash is saying the same.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

TABLES = """
CREATE TABLE IF NOT EXISTS assignments (id TEXT PRIMARY KEY, office TEXT NOT NULL,
  task TEXT NOT NULL, round INTEGER NOT NULL, start INTEGER, length INTEGER, said INTEGER NOT NULL,
  done INTEGER NOT NULL, next TEXT, ended TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due ON assignments (next) WHERE next IS NOT NULL;
CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, office TEXT NOT NULL, id TEXT NOT NULL,
  body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS news (kind TEXT, id TEXT, text TEXT,
  PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers (one INTEGER PRIMARY KEY CHECK (one = 1), stored INTEGER,
  supplied INTEGER, wrong INTEGER, said INTEGER);
INSERT OR IGNORE INTO numbers VALUES (1, 0, 0, 0, 0);
"""


@dataclass(slots=True)
class Given:
    """An assignment that an office has."""

    id: str
    office: str
    task: str
    round: int
    place: tuple[int, int] | None
    """Where its case stands in the record; None for one that the record doesn't know."""
    said: int = 0
    """Words about it so far: the next one's number is one more."""
    done: int = 0
    """Acts of its scenario so far."""
    next: str | None = None
    """The day of the next act."""
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Saying:
    """One word of an office, ready to be sent."""

    office: str
    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Numbers:
    """How far the offices of a process are."""

    stored: int = 0
    supplied: int = 0
    wrong: int = 0
    """What should not have come: refusals, assignments that the record doesn't know."""
    said: int = 0
    unsent: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        """Add another process's."""
        return Numbers(
            self.stored + other.stored,
            self.supplied + other.supplied,
            self.wrong + other.wrong,
            self.said + other.said,
            self.unsent + other.unsent,
        )


class Keeping:
    """The file. Not for threads; another process may look into it meanwhile."""

    def __init__(self, file: Path) -> None:
        """Open it, and make it the first time."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, isolation_level=None, timeout=30)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;{TABLES}")

    def __enter__(self) -> Self:
        """Begin a transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_more: object) -> None:
        """Store all of it, or nothing."""
        self._db.execute("ROLLBACK" if kind else "COMMIT")

    def add(self, given: Given) -> bool:
        """Take an assignment; False when it is there already."""
        place = given.place or (None, None)
        row = (given.id, given.office, given.task, given.round, *place, given.said, given.done,
               given.next, given.ended)  # fmt: skip
        marks = ", ".join("?" * len(row))
        added = self._db.execute(f"INSERT OR IGNORE INTO assignments VALUES ({marks})", row)  # noqa: S608
        if not added.rowcount:
            return False
        self._db.execute("UPDATE numbers SET stored = stored + 1")
        return True

    def update(self, given: Given) -> None:
        """Note how far an assignment is."""
        self._db.execute(
            "UPDATE assignments SET said = ?, done = ?, next = ?, ended = ? WHERE id = ?",
            (given.said, given.done, given.next, given.ended, given.id),
        )

    def end(self, id_: str, how: str) -> None:
        """Note that nothing more is to be done with an assignment."""
        self._db.execute("UPDATE assignments SET next = NULL, ended = ? WHERE id = ?", (how, id_))

    def hear(self, kind: str, id_: str, text: str = "") -> None:
        """Keep a piece of news, once; all but `supplied` and `recalled` is wrong."""
        added = self._db.execute("INSERT OR IGNORE INTO news VALUES (?, ?, ?)", (kind, id_, text))
        if added.rowcount:
            column = {"supplied": "supplied", "recalled": ""}.get(kind, "wrong")
            if column:
                self._db.execute(f"UPDATE numbers SET {column} = {column} + 1")  # noqa: S608

    def say(self, sayings: Iterable[Saying]) -> None:
        """Put words on their way."""
        rows = [(one.office, one.id, one.body) for one in sayings]
        self._db.executemany("INSERT INTO outbox (office, id, body) VALUES (?, ?, ?)", rows)
        self._db.execute("UPDATE numbers SET said = said + ?", (len(rows),))

    def due(self, through: str, limit: int) -> list[Given]:
        """Give assignments with acts to be done by a day."""
        query = "SELECT * FROM assignments WHERE next <= ? LIMIT ?"
        return [_given(row) for row in self._db.execute(query, (through, limit))]

    def unsent(self, limit: int) -> list[tuple[int, Saying]]:
        """Give what is to be sent, in the order it was said, each with its number."""
        query = "SELECT n, office, id, body FROM outbox ORDER BY n LIMIT ?"
        return [(n, Saying(*more)) for n, *more in self._db.execute(query, (limit,))]

    def sent(self, numbers: Sequence[int]) -> None:
        """Forget what the broker has confirmed."""
        self._db.executemany("DELETE FROM outbox WHERE n = ?", [(n,) for n in numbers])


class Looking:
    """A look into the file from another process."""

    def __init__(self, file: Path) -> None:
        """Note where it is; it may not be there yet."""
        self._file = file
        self._db: sqlite3.Connection | None = None

    def numbers(self) -> Numbers:
        """Tell how far its offices are."""
        found = self.rows(
            "SELECT stored, supplied, wrong, said, (SELECT count(*) FROM outbox) FROM numbers"
        )
        return Numbers(*found[0]) if found else Numbers()

    def wrong(self, limit: int = 5) -> list[str]:
        """Say what should not have come."""
        query = "SELECT kind, id, text FROM news WHERE kind NOT IN ('supplied', 'recalled') LIMIT ?"
        return [" ".join(row) for row in self.rows(query, limit)]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask; nothing while there is no file."""
        if self._db is None:
            if not self._file.exists():
                return []
            self._db = sqlite3.connect(
                f"file:{self._file}?mode=ro", uri=True, timeout=30, check_same_thread=False
            )
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.OperationalError:  # it is being made
            return []


def _given(row: Sequence[Any]) -> Given:
    id_, office, task, round_, start, length, said, done, next_, ended = row
    place = None if start is None else (start, length)
    return Given(id_, office, task, round_, place, said, done, next_, ended)

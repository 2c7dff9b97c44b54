"""The record made findable: where each case stands in it, and what every stage of a day has to do.

SQLite, built once from a record that was found whole. Ten megabytes for 240,000 cases: the cases
themselves are read from the record when they are needed.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any

from services.replay.scenario import CALLED, Effect, ScenarioError, Stage, case_of

TABLES = """
CREATE TABLE cases (key INTEGER PRIMARY KEY, start INTEGER, length INTEGER) WITHOUT ROWID;
CREATE TABLE filings (day TEXT, filer TEXT, number INTEGER, start INTEGER, length INTEGER,
  PRIMARY KEY (day, filer, number)) WITHOUT ROWID;
CREATE TABLE words (day TEXT, stage INTEGER, number INTEGER, place INTEGER, start INTEGER,
  length INTEGER, PRIMARY KEY (day, stage, number, place)) WITHOUT ROWID;
CREATE TABLE calls (day TEXT, number INTEGER, start INTEGER, length INTEGER,
  PRIMARY KEY (day, number)) WITHOUT ROWID;
CREATE TABLE effects (day TEXT, stage INTEGER, filed INTEGER, issued INTEGER, supplied INTEGER,
  reports INTEGER, closed INTEGER, PRIMARY KEY (day, stage)) WITHOUT ROWID;
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
Json = dict[str, Any]
Place = tuple[int, int]
"""Where a line begins in the record, and its length."""


class IndexError_(Exception):  # noqa: N801, N818 - IndexError is taken
    """The index can't be made; the text names the line."""


def key_of(filer: str, reference: str) -> int:
    """Name a case by 64 bits of a digest."""
    digest = hashlib.blake2b(f"{filer}\n{reference}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class Index:
    """The index of one record."""

    def __init__(self, file: Path, record: Path) -> None:
        """Open it; read only."""
        self._db = sqlite3.connect(f"file:{file}?mode=ro", uri=True, check_same_thread=False)
        self._record = os.open(record, os.O_RDONLY)

    def line(self, place: Place) -> Json:
        """Read a line of the record."""
        start, length = place
        found: Json = json.loads(os.pread(self._record, length, start))
        return found

    def raw(self, place: Place) -> bytes:
        """Read a line's bytes."""
        return os.pread(self._record, place[1], place[0])

    def find(self, filer: str, reference: str) -> Place | None:
        """Find a case."""
        query = "SELECT start, length FROM cases WHERE key = ?"
        found: Place | None = self._db.execute(query, (key_of(filer, reference),)).fetchone()
        return found

    def about(self, name: str) -> str:
        """Give what was noted of the record: `sha256`, `cases`, `assignments`, `calls`."""
        query = "SELECT value FROM about WHERE name = ?"
        found = self._db.execute(query, (name,)).fetchone()
        return str(found[0]) if found else ""

    def stages(self) -> list[tuple[Stage, Effect]]:
        """Give every stage at which something happens, in order, with its effect."""
        rows = self._db.execute("SELECT * FROM effects ORDER BY day, stage")
        return [((date.fromisoformat(day), stage), Effect(*more)) for day, stage, *more in rows]

    def filings(self, day: date) -> Iterator[tuple[str, int, Place]]:
        """Give a day's filings by filer: `(filer, line, place)`."""
        query = "SELECT filer, number, start, length FROM filings WHERE day = ? ORDER BY 1, 2"
        for filer, number, *place in self._db.execute(query, (day.isoformat(),)).fetchall():
            yield filer, number, (place[0], place[1])

    def words(self, stage: Stage) -> Iterator[tuple[int, int, Place]]:
        """Give what filers say, or the desk does, at a stage: `(line, place among them, place)`."""
        query = "SELECT number, place, start, length FROM words WHERE day = ? AND stage = ?"
        named = (stage[0].isoformat(), stage[1])
        for number, word, *place in self._db.execute(f"{query} ORDER BY 1, 2", named).fetchall():
            yield number, word, (place[0], place[1])

    def calls(self, day: date) -> Iterator[tuple[int, Place]]:
        """Give a day's other lines: `(line, place)`."""
        query = "SELECT number, start, length FROM calls WHERE day = ? ORDER BY 1"
        for number, *place in self._db.execute(query, (day.isoformat(),)).fetchall():
            yield number, (place[0], place[1])


def open_index(file: Path, record: Path, sha256: str) -> Index:
    """Open the index of a record, and make it when there is none of this one.

    Raises IndexError_ for a case that contradicts itself.
    """
    if file.exists():
        index = Index(file, record)
        if index.about("sha256") == sha256:
            return index
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(draft)) as db:
            db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;{TABLES}")
            _fill(db, record, sha256)
            db.commit()
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return Index(file, record)


def _fill(db: sqlite3.Connection, record: Path, sha256: str) -> None:
    effects: dict[Stage, Effect] = {}
    counts = {"cases": 0, "assignments": 0, "calls": 0}
    start = 0
    with record.open("rb") as file:
        for number, raw in enumerate(file, 1):
            said = json.loads(raw)
            place = (start, len(raw))
            start += len(raw)
            if said["line"] != "case":
                counts["calls"] += 1
                db.execute("INSERT INTO calls VALUES (?, ?, ?, ?)", (said["day"], number, *place))
                effects.setdefault((date.fromisoformat(said["day"]), CALLED), Effect())
                continue
            try:
                counts["assignments"] += _note(db, number, said, place, effects)
            except (ScenarioError, KeyError, TypeError, ValueError) as error:
                raise IndexError_(f"{record.name}, line {number}: {error}") from error
            except sqlite3.IntegrityError as error:
                msg = (
                    f"{record.name}, line {number}: {said['filer']} has filed this reference before"
                )
                raise IndexError_(msg) from error
            counts["cases"] += 1
    for stage, effect in effects.items():
        row = (stage[0].isoformat(), stage[1], *astuple(effect))
        db.execute("INSERT INTO effects VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    about: Iterable[tuple[str, Any]] = [("sha256", sha256), *counts.items()]
    db.executemany("INSERT INTO about VALUES (?, ?)", about)


def _note(
    db: sqlite3.Connection, number: int, said: Json, place: Place, effects: dict[Stage, Effect]
) -> int:
    case = case_of(said)
    filer, reference = said["filer"], said["filing"]["reference"]
    db.execute("INSERT INTO cases VALUES (?, ?, ?)", (key_of(filer, reference), *place))
    db.execute("INSERT INTO filings VALUES (?, ?, ?, ?, ?)", (said["day"], filer, number, *place))
    for among, word in enumerate(case.words):
        day, stage = word.stage[0].isoformat(), word.stage[1]
        db.execute(
            "INSERT INTO words VALUES (?, ?, ?, ?, ?, ?)", (day, stage, number, among, *place)
        )
    for stage_, effect in case.effects.items():
        effects.setdefault(stage_, Effect()).add(effect)
    return case.assignments

"""The tables of an office's store, and how a connection to it is opened."""

import os
import sqlite3
from pathlib import Path

from fuyuan_contracts.agency.errors import StoreError

VERSION = 1
BUSY_SECONDS = 30
_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE messages (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, body BLOB NOT NULL, came_at TEXT NOT NULL
);
CREATE TABLE concerns (
    n INTEGER PRIMARY KEY, message_id TEXT NOT NULL REFERENCES messages (id),
    assignment_id TEXT NOT NULL, UNIQUE (message_id, assignment_id)
);
CREATE INDEX concerns_of ON concerns (assignment_id, n);
CREATE TABLE assignments (
    id TEXT PRIMARY KEY, case_id TEXT NOT NULL, task TEXT NOT NULL, stage TEXT NOT NULL,
    resolution_due TEXT NOT NULL, came_at TEXT NOT NULL
);
CREATE INDEX assignments_by_stage ON assignments (stage, resolution_due);
CREATE TABLE reports (
    n INTEGER PRIMARY KEY, assignment_id TEXT NOT NULL REFERENCES assignments (id),
    sequence INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL, said_at TEXT NOT NULL,
    sent_at TEXT, refused TEXT, work INTEGER, UNIQUE (assignment_id, sequence)
);
CREATE INDEX reports_to_send ON reports (assignment_id, sequence) WHERE sent_at IS NULL;
CREATE TABLE works (
    n INTEGER PRIMARY KEY, assignment_id TEXT NOT NULL, message_id TEXT NOT NULL,
    hook TEXT NOT NULL, task TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_at TEXT NOT NULL, error TEXT, done_at TEXT, result TEXT
);
CREATE INDEX works_to_do ON works (n) WHERE done_at IS NULL;
CREATE INDEX works_of ON works (assignment_id);
CREATE TABLE unreadable (
    n INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, message_id TEXT, reason TEXT NOT NULL,
    error TEXT NOT NULL, body BLOB NOT NULL, came_at TEXT NOT NULL
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection on which what is committed survives a loss of power."""
    made = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    made.row_factory = sqlite3.Row
    made.execute("PRAGMA journal_mode = WAL")
    made.execute("PRAGMA synchronous = FULL")
    made.execute("PRAGMA foreign_keys = ON")
    return made


def prepare(path: Path, office: str) -> None:
    """Make the file and its tables where they are missing; only its owner may read it.

    Raises StoreError for a file that is no store, of another office, or of a newer kit.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = connect(path)
        try:
            _upgrade(connection, path, office)
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: {error}") from error


def _upgrade(connection: sqlite3.Connection, path: Path, office: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StoreError(f"{path}: written by a newer kit (store version {version})")
    if version == 0:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StoreError(f"{path}: is another program's database")
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute("INSERT INTO about VALUES ('office', ?)", (office,))
        connection.execute(f"PRAGMA user_version = {VERSION}")
    (owner,) = connection.execute("SELECT value FROM about WHERE name = 'office'").fetchone()
    if owner != office:
        raise StoreError(f"{path}: is the store of {owner}, not of {office}")
    connection.execute("COMMIT")


def hold(path: Path) -> sqlite3.Connection:
    """Keep others from consuming with the same store, until it is closed or the process ends.

    Raises StoreError when one does already.
    """
    held = sqlite3.connect(f"{path}-running", timeout=0, isolation_level=None)
    try:
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        held.close()
        raise StoreError(f"{path}: another consumer is running with this store") from error
    return held

"""Stores what comes from the inbox, in one transaction with what has to be said and done then."""

import hashlib
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from fuyuan_contracts.agency.model import Kept, Stage
from fuyuan_contracts.agency.reading import Heard, UnreadableError, read
from fuyuan_contracts.agency.rows import add_report, load, settle, written
from fuyuan_contracts.agency.store import Store
from fuyuan_contracts.data import Data
from fuyuan_contracts.events import (
    AssignmentDelivered,
    AssignmentFailed,
    AssignmentIssued,
    AssignmentReceived,
    AssignmentRefused,
    short_name,
)
from fuyuan_contracts.ids import AssignmentKey

Result = Literal["stored", "repeated", "unreadable"]
BY_POLICY = "policy"
"""Who received it where the office's declared policy did."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the consumer has declared."""

    receives: Callable[[str], bool]
    """Whether it may say `received` (签收) by itself, by task."""
    hooks: Collection[str]
    """Short names of the events besides `assignment.issued` that its code wants."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message; nothing of its contents."""

    result: Result
    message_id: str | None
    type: str | None = None
    reason: str | None = None
    concerns: tuple[str, ...] = ()


def take(store: Store, policy: Policy, body: bytes, message_id: str | None) -> Taken:
    """Store a message. After it returns it may be acknowledged. Raises StoreError."""
    try:
        heard = read(body, store.office)
    except UnreadableError as error:
        _keep_unreadable(store, body, message_id, error)
        return Taken("unreadable", message_id, reason=error.reason)
    id_, name = heard.envelope.id, short_name(heard.envelope.type)
    with store.writing() as db:
        known = db.execute("SELECT 1 FROM messages WHERE id = ?", (id_,)).fetchone()
        if isinstance(heard.data, AssignmentIssued):
            _say_again(db, heard.data.assignment_id)
        if not known:
            _store(db, store, policy, heard, body)
    return Taken("repeated" if known else "stored", id_, name, concerns=heard.concerns)


def _store(db: sqlite3.Connection, store: Store, policy: Policy, heard: Heard, body: bytes) -> None:
    envelope, data, now = heard.envelope, heard.data, written(store.now())
    before = load(db, data.assignment_id) if isinstance(data, AssignmentIssued) else None
    db.execute("INSERT INTO messages VALUES (?, ?, ?, ?)", (envelope.id, envelope.type, body, now))
    db.executemany(
        "INSERT INTO concerns (message_id, assignment_id) VALUES (?, ?)",
        [(envelope.id, assignment) for assignment in dict.fromkeys(heard.concerns)],
    )
    if isinstance(data, AssignmentIssued):
        _issued(db, store, policy, heard, before)
    if isinstance(data, AssignmentRefused):
        said = f"{data.field}: {data.error}" if data.field else data.error
        db.execute(
            "UPDATE reports SET refused = ? WHERE id = ? AND assignment_id = ?",
            (said, data.message_id, data.assignment_id),
        )
    for assignment in heard.concerns:
        settle(db, assignment, store.now())
        if not isinstance(data, AssignmentIssued) and _name(data) in policy.hooks:
            _add_work(db, store, heard, assignment, "")


def _say_again(db: sqlite3.Connection, assignment: str) -> None:
    """Send once more all that was said about an assignment: who gives it again may not know.

    The same reports with the same ids: what has arrived counts once. A broker whose disk was lost
    has taken some with it, and nobody else has them (`fuyuan reconcile --repair` asks so).
    """
    db.execute("UPDATE reports SET sent_at = NULL WHERE assignment_id = ?", (assignment,))


def _issued(
    db: sqlite3.Connection, store: Store, policy: Policy, heard: Heard, before: Kept | None
) -> None:
    data = heard.data
    if not isinstance(data, AssignmentIssued):
        raise TypeError(data)
    db.execute(
        "INSERT OR IGNORE INTO assignments VALUES (?, ?, ?, ?, ?, ?)",
        (
            data.assignment_id, data.case_id, data.task, Stage.UNKNOWN,
            written(data.resolution_due), written(store.now()),
        ),
    )  # fmt: skip
    reports: list[type[AssignmentDelivered | AssignmentReceived]] = [AssignmentDelivered]
    kept = load(db, data.assignment_id)
    recalled = kept is not None and kept.recalled is not None
    # One that failed may be issued again once its cause is repaired: it starts anew.
    anew = not recalled and (before is None or before.stage is Stage.FAILED)
    if anew and policy.receives(data.task):
        reports.append(AssignmentReceived)
    for report in reports:
        by = BY_POLICY if report is AssignmentReceived else None
        add_report(
            db,
            report(assignment_id=data.assignment_id, by=by),
            case_id=data.case_id,
            source=store.source,
            cause=heard.envelope.id,
            now=store.now(),
        )
    if anew:
        _add_work(db, store, heard, data.assignment_id, data.task)


def _add_work(
    db: sqlite3.Connection, store: Store, heard: Heard, assignment: str, task: str
) -> None:
    db.execute(
        "INSERT INTO works (assignment_id, message_id, hook, task, next_at) VALUES (?, ?, ?, ?, ?)",
        (assignment, heard.envelope.id, _name(heard.data), task, written(store.now())),
    )


def _name(data: Data) -> str:
    return short_name(data.TYPE)


def _keep_unreadable(
    store: Store, body: bytes, message_id: str | None, error: UnreadableError
) -> None:
    """Keep a message for a person. Where it is an assignment, routing is told that it failed."""
    digest = hashlib.sha256(body).hexdigest()
    with store.writing() as db:
        row = (digest, message_id, error.reason, str(error), body, written(store.now()))
        db.execute(
            "INSERT OR IGNORE INTO unreadable (digest, message_id, reason, error, body, came_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )
        if found := error.assignment(store.office):
            _tell_failed(db, store, error, *found)


def _tell_failed(
    db: sqlite3.Connection, store: Store, error: UnreadableError, name: str, key: AssignmentKey
) -> None:
    if error.envelope is None or load(db, name) is not None:
        return  # somebody has it in hand already
    now = store.now()
    added = db.execute(
        "INSERT OR IGNORE INTO assignments VALUES (?, ?, ?, ?, ?, ?)",
        (name, key.case_id, key.task, Stage.UNKNOWN, written(now), written(now)),
    )
    if added.rowcount:
        text = f"this office's program can't read the assignment ({error.reason}): {error}"
        add_report(
            db,
            AssignmentFailed(assignment_id=name, error=text),
            case_id=key.case_id,
            source=store.source,
            cause=error.envelope.id,
            now=now,
        )


def read_again(store: Store, policy: Policy) -> int:
    """Take what this version of the kit can read, and count it: for the start after an upgrade."""
    count = 0
    for row in store.rows("SELECT n, message_id, body FROM unreadable ORDER BY n"):
        try:
            read(row["body"], store.office)
        except UnreadableError:
            continue
        take(store, policy, row["body"], row["message_id"])
        with store.writing() as db:
            db.execute("DELETE FROM unreadable WHERE n = ?", (row["n"],))
        count += 1
    return count

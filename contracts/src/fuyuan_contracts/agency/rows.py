"""What lies in the tables, as the model has it; each function is a part of a transaction."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from fuyuan_contracts.agency.model import OPEN, Kept, Report
from fuyuan_contracts.data import Data
from fuyuan_contracts.envelope import Envelope, decode
from fuyuan_contracts.events import AssignmentIssued, AssignmentReport, parse, schema_urn
from fuyuan_contracts.ids import event_id


def written(moment: datetime) -> str:
    """Write a moment so that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def load(db: sqlite3.Connection, assignment: str) -> Kept | None:
    """Read all that is stored about one; None while it has not been issued."""
    issued, heard, cause = None, [], ""
    for envelope, data in _messages(db, assignment):
        if isinstance(data, AssignmentIssued):
            issued, cause = data, cause or envelope.id
        else:
            heard.append(data)
    if issued is None:
        return None
    rows = db.execute(
        "SELECT * FROM reports WHERE assignment_id = ? ORDER BY sequence", (assignment,)
    )
    return Kept(assignment, issued, cause, tuple(map(_report, rows)), tuple(heard))


def _messages(db: sqlite3.Connection, assignment: str) -> Iterator[tuple[Envelope, Data]]:
    rows = db.execute(
        "SELECT body FROM messages m JOIN concerns c ON c.message_id = m.id"
        " WHERE c.assignment_id = ? ORDER BY c.n",
        (assignment,),
    )
    envelopes = [decode(row["body"]) for row in rows]
    for envelope in sorted(envelopes, key=lambda item: item.sequence):  # they may overtake
        yield envelope, parse(envelope.type, envelope.data)


def _report(row: sqlite3.Row) -> Report:
    envelope = decode(row["body"])
    sent_at = datetime.fromisoformat(row["sent_at"]) if row["sent_at"] else None
    return Report(
        sequence=row["sequence"],
        id=row["id"],
        said=cast("AssignmentReport", parse(envelope.type, envelope.data)),
        at=envelope.time,
        sent_at=sent_at,
        refused=row["refused"],
        work=row["work"],
    )


def add_report(  # noqa: PLR0913 -- by keyword; each is a column
    db: sqlite3.Connection,
    said: AssignmentReport,
    *,
    case_id: str,
    source: str,
    cause: str,
    now: datetime,
    work: int | None = None,
) -> None:
    """Put a report into the outbox, with the next number of its assignment."""
    subject = said.assignment_id
    (last,) = db.execute(
        "SELECT coalesce(max(sequence), 0) FROM reports WHERE assignment_id = ?", (subject,)
    ).fetchone()
    envelope = Envelope(
        id=event_id(source, subject, last + 1),
        source=source,
        type=said.TYPE,
        subject=subject,
        time=now,
        dataschema=schema_urn(said.TYPE),
        sequence=last + 1,
        causationid=cause,
        correlationid=case_id,
        traceparent=_trace_of(db, cause),
        data=said.model_dump(mode="json", exclude_none=True),
    )
    db.execute(
        "INSERT INTO reports (assignment_id, sequence, id, body, said_at, work)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (subject, last + 1, envelope.id, envelope.encode(), written(now), work),
    )


def _trace_of(db: sqlite3.Connection, cause: str) -> str | None:
    """Give the trace of the message that a report answers: the case's goes on in what is said."""
    row = db.execute("SELECT body FROM messages WHERE id = ?", (cause,)).fetchone()
    return decode(row["body"]).traceparent if row else None


def settle(db: sqlite3.Connection, assignment: str, now: datetime) -> Kept | None:
    """Bring the list up to what the messages and reports say now."""
    kept = load(db, assignment)
    if kept is not None:
        db.execute(
            "UPDATE assignments SET stage = ?, resolution_due = ? WHERE id = ?",
            (kept.stage, written(kept.resolution_due), assignment),
        )
        if kept.stage not in OPEN:  # no handler has begun with it, and none needs to any more
            db.execute(
                "UPDATE works SET done_at = ?, result = ? WHERE assignment_id = ?"
                " AND hook = 'assignment.issued' AND attempts = 0 AND done_at IS NULL",
                (written(now), kept.stage, assignment),
            )
    return kept

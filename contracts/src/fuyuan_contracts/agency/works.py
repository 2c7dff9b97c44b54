"""What the office's own code still has to be run on: kept with the messages, done one by one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fuyuan_contracts.agency.rows import written
from fuyuan_contracts.agency.store import Store
from fuyuan_contracts.data import Data
from fuyuan_contracts.envelope import decode
from fuyuan_contracts.events import parse

ISSUED = "assignment.issued"
WINDOW = 200
"""How many are looked at when the next are chosen."""


@dataclass(frozen=True, slots=True)
class Work:
    """One run of the office's code on one message about one assignment."""

    n: int
    assignment_id: str
    message_id: str
    hook: str
    """Short name of the event, such as `assignment.issued`."""
    task: str
    """Set for `assignment.issued` only."""
    attempts: int
    """How often it was begun."""


def next_works(
    store: Store, hooks: Collection[str], tasks: Collection[str] | None, busy: Collection[str]
) -> list[Work]:
    """Choose what can be begun now, one of an assignment, in the order it came.

    Only of `hooks`, and of issued assignments only of `tasks` (None: all).
    """
    now = written(store.now())
    values: list[Any] = [*hooks, ISSUED, *(tasks or ()), now, now]
    chosen_tasks = f"task IN ({_marks(tasks)})" if tasks is not None else "1"
    rows = store.db.execute(
        f"SELECT n, assignment_id, message_id, hook, task, attempts FROM works w"  # noqa: S608
        f" WHERE done_at IS NULL AND hook IN ({_marks(hooks)}) AND (hook <> ? OR {chosen_tasks})"
        " AND next_at <= ? AND EXISTS"
        " (SELECT 1 FROM assignments a WHERE a.id = w.assignment_id AND a.stage <> 'unknown')"
        " AND NOT EXISTS (SELECT 1 FROM works e WHERE e.assignment_id = w.assignment_id"
        " AND e.n < w.n AND e.done_at IS NULL AND e.next_at > ?)"
        f" ORDER BY n LIMIT {WINDOW}",
        values,
    )
    found: dict[str, Work] = {}
    for row in rows:
        work = Work(**dict(row))
        if work.assignment_id not in busy:
            found.setdefault(work.assignment_id, work)
    return list(found.values())


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def message_of(store: Store, work: Work) -> Data:
    """Read the event the work is about."""
    (row,) = store.rows("SELECT body FROM messages WHERE id = ?", work.message_id)
    envelope = decode(row["body"])
    return parse(envelope.type, envelope.data)


def begin(store: Store, work: Work) -> None:
    """Count an attempt before it is made, so that one that kills the process counts, too."""
    _set(store, work, "attempts = attempts + 1")


def interrupted(store: Store, work: Work) -> None:
    """Take the attempt back: the consumer was stopped, the code is not to blame."""
    _set(store, work, "attempts = attempts - 1")


def finish(store: Store, work: Work, result: str, error: str | None = None) -> None:
    """Note that it needn't be done again: `done`, `recalled`, `ended` or `gave_up`."""
    moment = written(store.now())
    _set(store, work, "done_at = ?, result = ?, error = ?", moment, result, error)


def put_off(store: Store, work: Work, seconds: float, error: str) -> None:
    """Try it again later."""
    later = written(store.now() + timedelta(seconds=seconds))
    _set(store, work, "next_at = ?, error = ?", later, error)


def again(store: Store, assignment: str) -> bool:
    """Have the code run anew on an assignment it gave up; tell whether there was one."""
    with store.writing() as db:
        changed = db.execute(
            "UPDATE works SET done_at = NULL, result = NULL, attempts = 0, next_at = ?"
            " WHERE assignment_id = ? AND result = 'gave_up'",
            (written(store.now()), assignment),
        )
    return changed.rowcount > 0


def _set(store: Store, work: Work, what: str, *values: Any) -> None:  # noqa: ANN401 -- SQL's
    with store.writing() as db:
        db.execute(f"UPDATE works SET {what} WHERE n = ?", (*values, work.n))  # noqa: S608

"""What a replay has done so far, so that the same command goes on where another was killed."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS done (name TEXT PRIMARY KEY, cases INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Journal:
    """SQLite; a step is noted when it has been done: after a kill the last ones are done again."""

    def __init__(self, file: Path) -> None:
        """Open it, and make it the first time."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=30)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;{TABLES}")
        self._lock = threading.Lock()
        self.timing: Callable[[], None] = lambda: None
        """Notes how long it has taken; called with each step."""
        self._done = {str(name) for (name,) in self._db.execute("SELECT name FROM done")}

    def is_done(self, step: str) -> bool:
        """Tell whether a step was done."""
        return step in self._done

    def do(self, step: str, cases: int = 0) -> None:
        """Note that a step was done."""
        with self._lock:
            self._db.execute("INSERT OR IGNORE INTO done VALUES (?, ?)", (step, cases))
            self._done.add(step)
        if not cases:
            self.timing()

    def cases(self) -> int:
        """Count the cases whose filing was answered."""
        found: tuple[int] = self._db.execute("SELECT total(cases) FROM done").fetchone()
        return int(found[0])

    def get(self, name: str) -> str | None:
        """Read what was noted."""
        found = self._db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else None

    def set(self, name: str, value: str) -> None:
        """Note something."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

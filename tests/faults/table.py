"""The table of the fault suite: a row a fault, what was accepted and what became of it."""

import fcntl
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.oracle import Verdict

COLUMNS = (
    "fault", "runs", "accepted", "effects", "parked", "lost", "duplicates", "foreign_reads",
    "recover_seconds",
)  # fmt: skip


@dataclass
class Row:
    """One fault, over all its runs. `recover_seconds` is the longest; None: nothing to recover."""

    fault: str
    runs: int = 1
    accepted: int = 0
    """Cases answered with 202 (or what else the fault sends that must count)."""
    effects: int = 0
    """Assignments ended at their offices."""
    parked: int = 0
    lost: int = 0
    duplicates: int = 0
    foreign_reads: int = 0
    recover_seconds: float | None = None

    def judge(self, verdict: Verdict) -> None:
        """Take over what the oracle says."""
        self.accepted, self.effects = verdict.accepted, verdict.effects
        self.lost, self.duplicates = verdict.lost, verdict.duplicates
        self.foreign_reads += verdict.foreign

    def add(self, other: "Row") -> None:
        """Add another run of the same fault."""
        for name in COLUMNS[1:-1]:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        both = [item for item in (self.recover_seconds, other.recover_seconds) if item is not None]
        self.recover_seconds = max(both, default=None)


class Table:
    """All rows of a run, in the order they were made; several processes may write to one file."""

    def __init__(self, file: Path) -> None:
        """Write to `file`: a list of objects with the names of `Row`."""
        self._file = file
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Forget the rows of an earlier run."""
        self._file.unlink(missing_ok=True)

    def add(self, row: Row) -> None:
        """Add a run; written at once, so that none is lost."""
        with self._lock, self._alone():
            rows = {item.fault: item for item in self.rows()}
            if row.fault in rows:
                rows[row.fault].add(row)
            else:
                rows[row.fault] = row
            listed = [asdict(item) for item in rows.values()]
            self._file.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def rows(self) -> list[Row]:
        """Read what was written."""
        try:
            return [Row(**item) for item in json.loads(self._file.read_text())]
        except FileNotFoundError:
            return []

    def lines(self) -> Iterable[str]:
        """Give the table as text."""
        cells = [[_text(getattr(row, name)) for name in COLUMNS] for row in self.rows()]
        heads = [name.replace("_", " ") for name in COLUMNS]
        widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
        for cell in (heads, *cells):
            first, *numbers = cell
            right = (text.rjust(width) for text, width in zip(numbers, widths[1:], strict=True))
            yield "  ".join([first.ljust(widths[0]), *right])


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)

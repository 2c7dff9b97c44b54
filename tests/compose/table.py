"""The table of `make compose-test`: what was done with the containers, and what held."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from unicodedata import east_asian_width

FAILED = "FAILED"


@dataclass
class Row:
    """One thing that was done. `held` is for people; `seconds` how long it took."""

    done: str
    held: str = FAILED
    seconds: float = 0


class Table:
    """Rows in the order they were made; the file has them as JSON, too."""

    def __init__(self, file: Path) -> None:
        """Write to `file`, from the first row on."""
        self._file = file
        self.rows: list[Row] = []

    @contextmanager
    def doing(self, done: str) -> Iterator[Row]:
        """Make a row: the test says in `held` what held; what it doesn't get to say has failed."""
        row = Row(done)
        self.rows.append(row)
        began = time.monotonic()
        try:
            yield row
        except BaseException:
            row.held = FAILED
            raise
        finally:
            row.seconds = row.seconds or round(time.monotonic() - began, 1)
            self._file.parent.mkdir(parents=True, exist_ok=True)
            listed = [asdict(item) for item in self.rows]
            self._file.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")

    def lines(self) -> Iterator[str]:
        """Give the table as text."""
        width = max(_width(row.done) for row in self.rows)
        for row in self.rows:
            padding = " " * (width - _width(row.done))
            yield f"{row.done}{padding}  {row.seconds:6.1f} s  {row.held}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)

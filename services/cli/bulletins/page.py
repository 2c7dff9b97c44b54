"""A bulletin in one language, before it has a format: what is said, in which order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Numbers stand to the right."""

    head: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every cell is one or more lines. `total` is its last row, set apart."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What the figure of this number means."""

    number: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered section: sentences, its figures as a table, further tables, notes."""

    heading: str
    sentences: tuple[str, ...]
    figures: Table | None
    tables: tuple[Table, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole bulletin."""

    lang: str
    issuer: str
    title: str
    state: str
    """Draft, published or restated, with its as-of time."""
    draft: bool
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    notes_heading: str
    signed: tuple[str, ...]
    """Who and when, at the end on the right."""
    closing: tuple[str, ...]
    as_of: datetime

    def notes(self) -> Iterator[Note]:
        """Give the notes of all sections."""
        for section in self.sections:
            yield from section.notes

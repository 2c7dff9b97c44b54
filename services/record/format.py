"""What a record file is: its lines, its manifest, and what can be wrong with one. Pure.

README.md says the same to people, field by field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

FORMAT = "fuyuan-record/1"
Json = Mapping[str, Any]

FIELDS: Mapping[str, frozenset[str]] = {
    "budget": frozenset({"division", "year", "amount_fen"}),
    "member": frozenset({"division", "name", "office", "post", "role", "since"}),
    "case": frozenset({"filer", "filing"}),
    "project": frozenset({"division", "name", "act", "body"}),
    "meeting": frozenset({
        "division", "type", "reference", "title", "on", "chaired_by", "attendees", "decisions",
        "cases", "reviews",
    }),
    "instruction": frozenset({
        "division", "number", "office", "text", "issued_by", "issued_on", "due_on", "case",
        "meeting",
    }),
    "instruction_closed": frozenset({"division", "number", "office", "result", "closed_on"}),
}  # fmt: skip
"""Kind of line → its fields, besides `line` and `day`. Within a day lines come in this order."""
MAY: Mapping[str, frozenset[str]] = {"case": frozenset({"acts", "then", "desk"})}
"""Kind of line → fields that are left out where there is nothing to say."""
ORDER: Mapping[str, int] = {kind: place for place, kind in enumerate(FIELDS)}
ACTS = frozenset({"receive", "accept", "progress", "information", "return", "resolve"})
"""What an office does about an assignment, as at an agency's service."""
PROJECT_ACTS = frozenset({"stage", "funding", "disputes", "meetings"})
"""What is done about a project: POST /v1/projects/{id}/<act> of the tracker."""


class RecordError(ValueError):
    """A record can't be used; the text says why, for a person."""


class ManifestMissingError(RecordError):
    """There is no manifest beside the file."""


class ManifestForeignError(RecordError):
    """The manifest is none of a record, or of another version."""


class ManifestMismatchError(RecordError):
    """The manifest is of another file, or the file was changed."""


class CutError(RecordError):
    """The file ends too early."""


class LineError(RecordError):
    """A line is not one of a record."""


class OrderError(RecordError):
    """A line's day lies before that of the line above it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record: what happens on a day."""

    number: int
    """From 1."""
    kind: str
    """One of FIELDS."""
    day: date
    """What the clock shows."""
    said: Json
    """The whole line, as JSON."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What belongs to a record file and says what is in it."""

    scale: str
    seed: int
    sha256: str
    size: int
    """Bytes."""
    lines: int
    cases: int
    closed: int
    """Cases that have ended on the last day; `open` have not."""
    open: int
    calls: int
    """Lines that are no cases."""
    days: tuple[date, ...]
    end: date
    """The day after it all, as of which the figures hold."""
    figures: Sequence[Json]
    """Each with `id`, `period`, `division`, `value`, `published`, …; as the bulletin has them."""
    said: Json
    """All of it, as JSON."""


def manifest_of(file: Path) -> Path:
    """Name the manifest of a record file: the same name with `.manifest.json` after it."""
    return file.with_name(f"{file.name}.manifest.json")

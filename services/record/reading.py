"""Reads a record: checks it whole against its manifest before the first line is given."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from services.record.format import (
    ACTS,
    FIELDS,
    FORMAT,
    MAY,
    PROJECT_ACTS,
    CutError,
    Json,
    Line,
    LineError,
    Manifest,
    ManifestForeignError,
    ManifestMismatchError,
    ManifestMissingError,
    OrderError,
    manifest_of,
)

SHOWN = 60
"""Of a line that can't be read, so many characters are shown."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was found whole, and as its manifest says."""

    path: Path
    manifest: Manifest

    def lines(self, since: date | None = None) -> Iterator[Line]:
        """Give the lines in order, those before `since` left out."""
        with self.path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                line = read_line(number, raw)
                if since is None or line.day >= since:
                    yield line

    def days(self, since: date | None = None) -> Iterator[tuple[date, Sequence[Line]]]:
        """Give the days there is a line of, each with its lines."""
        for day, lines in groupby(self.lines(since), key=lambda line: line.day):
            yield day, tuple(lines)


def open_record(path: Path) -> Record:
    """Check a record file against its manifest, from the first line to the last.

    Raises RecordError (its subclasses say what is wrong), FileNotFoundError where the file isn't.
    """
    manifest = read_manifest(path)
    _check(path, manifest)
    return Record(path, manifest)


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a record file. Raises ManifestMissingError, ManifestForeignError."""
    file = manifest_of(path)
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ManifestMissingError(f"{file} is missing: a record has its manifest there") from error
    except (ValueError, RecursionError) as error:
        raise ManifestForeignError(f"{file} can't be read as JSON: {error}") from error
    found = said.get("format") if isinstance(said, dict) else None
    if found != FORMAT:
        raise ManifestForeignError(f"{file}: expected the format {FORMAT}, found {found!r}")
    try:
        return _manifest(said)
    except (KeyError, TypeError, ValueError) as error:
        raise ManifestForeignError(f"{file} lacks or garbles {error}") from error


def read_line(number: int, raw: bytes) -> Line:
    """Read one line. Raises LineError."""
    try:
        said: Any = json.loads(raw)
        kind, day = said["line"], date.fromisoformat(said["day"])
        fields = FIELDS.get(kind)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        shown = raw[:SHOWN].decode("utf-8", "replace")
        raise LineError(f"line {number} is none of a record: {shown}…") from error
    if fields is None:
        known = ", ".join(FIELDS)
        raise LineError(f"line {number}: there is no kind of line {kind!r}; there are {known}")
    there = said.keys() - {"line", "day"}
    if wrong := (fields - there) | (there - fields - MAY.get(kind, frozenset())):
        raise LineError(f"line {number}: missing or unknown in {kind}: {', '.join(sorted(wrong))}")
    if unknown := _acts(kind, said) - (PROJECT_ACTS if kind == "project" else ACTS):
        raise LineError(f"line {number}: nobody can {', '.join(sorted(map(str, unknown)))} here")
    return Line(number, kind, day, said)


def _acts(kind: str, said: Json) -> set[str]:
    if kind == "project":
        return {said["act"]}
    rounds = (acts for rounds in said.get("acts", {}).values() for acts in rounds)
    return {act.get("act") for acts in rounds for act in acts}


def _manifest(said: Json) -> Manifest:
    file = said["record"]
    return Manifest(
        scale=str(said["scale"]),
        seed=int(said["seed"]),
        sha256=str(file["sha256"]),
        size=int(file["bytes"]),
        lines=int(file["lines"]),
        cases=int(said["cases"]),
        closed=int(said["closed"]),
        open=int(said["open"]),
        calls=int(said["calls"]),
        days=tuple(date.fromisoformat(day) for day in said["days"]),
        end=date.fromisoformat(said["end"]),
        figures=tuple(said["figures"]),
        said=said,
    )


def _check(path: Path, manifest: Manifest) -> None:
    digest, size, number = hashlib.sha256(), 0, 0
    before: Line | None = None
    cases, days = 0, list[date]()
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            digest.update(raw)
            size += len(raw)
            if not raw.endswith(b"\n"):
                raise CutError(f"{path} is cut in line {number}: {size} of {manifest.size} bytes")
            line = read_line(number, raw)
            if before and line.day < before.day:
                raise OrderError(f"line {number}: {line.day} comes after {before.day}")
            if before is None or line.day != before.day:
                days.append(line.day)
            cases += line.kind == "case"
            before = line
    if number < manifest.lines:
        raise CutError(f"{path} ends after line {number}: its manifest says {manifest.lines}")
    counted = (digest.hexdigest(), cases, number - cases, tuple(days))
    if counted != (manifest.sha256, manifest.cases, manifest.calls, manifest.days):
        raise ManifestMismatchError(
            f"{path} ({number} lines, {cases} of cases, sha256 {digest.hexdigest()}) is not what "
            f"its manifest describes ({manifest.lines} lines, {manifest.cases} of cases, sha256 "
            f"{manifest.sha256})"
        )

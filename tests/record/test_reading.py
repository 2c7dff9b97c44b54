"""A record is read only when it is whole, in order, and what its manifest says."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.record import format as f
from services.record.reading import open_record

LINES: list[dict[str, Any]] = [
    {"line": "budget", "day": "2022-12-05", "division": "410500", "year": 2022, "amount_fen": 1},
    {"line": "case", "day": "2022-12-05", "filer": "court.410502", "filing": {}},
    {
        "line": "case", "day": "2022-12-08", "filer": "court.410502", "filing": {},
        "acts": {"tax_relief": [[{"on": "2022-12-08", "act": "receive"}]]},
    },
]  # fmt: skip


def written(path: Path, lines: list[dict[str, Any]], **changes: Any) -> Path:
    """Write lines with a manifest that fits them, but for the changes."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    path.write_bytes(text)
    manifest: dict[str, Any] = {
        "format": f.FORMAT, "scale": "0.01", "seed": 1, "figures": [], "end": "2024-07-01",
        "record": {
            "bytes": len(text), "lines": len(lines), "sha256": hashlib.sha256(text).hexdigest(),
        },
        "cases": sum(line.get("line") == "case" for line in lines), "closed": 0, "open": 2,
        "calls": sum(line.get("line") != "case" for line in lines),
        "days": list(dict.fromkeys(line.get("day") for line in lines)),
    }  # fmt: skip
    f.manifest_of(path).write_text(json.dumps(manifest | changes), encoding="utf-8")
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path / "record.jsonl", LINES)


def test_lines_are_given_in_order_and_by_day(good: Path) -> None:
    record = open_record(good)
    assert [(line.number, line.kind) for line in record.lines()] == [
        (1, "budget"), (2, "case"), (3, "case"),
    ]  # fmt: skip
    assert [(day.isoformat(), len(lines)) for day, lines in record.days()] == [
        ("2022-12-05", 2),
        ("2022-12-08", 1),
    ]
    second = record.manifest.days[1]
    assert [line.number for line in record.lines(second)] == [3]


def _no_manifest(path: Path) -> None:
    f.manifest_of(path).unlink()


def _no_json(path: Path) -> None:
    f.manifest_of(path).write_text("{", encoding="utf-8")


def _other_format(path: Path) -> None:
    written(path, LINES, format="fuyuan-record/2")


def _a_list(path: Path) -> None:
    f.manifest_of(path).write_text("[]", encoding="utf-8")


def _lacking(path: Path) -> None:
    f.manifest_of(path).write_text(json.dumps({"format": f.FORMAT}), encoding="utf-8")


def _another_file(path: Path) -> None:
    other = written(path.with_name("other.jsonl"), [*LINES[:2], LINES[1]])
    f.manifest_of(other).replace(f.manifest_of(path))


def _changed(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"tax_relief", b"tax_belief"))


def _longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + json.dumps(LINES[2]).encode() + b"\n")


def _cut_in_a_line(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _cut_between_lines(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _unknown_kind(path: Path) -> None:
    written(path, [*LINES, {"line": "gift", "day": "2022-12-08"}])


def _no_line(path: Path) -> None:
    written(path, [*LINES, {"day": "2022-12-08"}])


def _field_missing(path: Path) -> None:
    written(path, [*LINES, {"line": "case", "day": "2022-12-08", "filer": "court.410502"}])


def _field_unknown(path: Path) -> None:
    written(path, [*LINES, LINES[1] | {"day": "2022-12-08", "price": 1}])


def _unknown_act(path: Path) -> None:
    written(path, [*LINES, LINES[2] | {"acts": {"tax_relief": [[{"act": "sleep"}]]}}])


def _unknown_act_of_a_project(path: Path) -> None:
    of = {"line": "project", "day": "2022-12-08", "division": "410505", "name": "合成"}
    written(path, [*LINES, of | {"act": "sell", "body": {}}])


def _out_of_order(path: Path) -> None:
    written(path, [LINES[2], LINES[1]])


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (_no_manifest, f.ManifestMissingError, "manifest.json is missing"),
        (_no_json, f.ManifestForeignError, "can't be read as JSON"),
        (_other_format, f.ManifestForeignError, "expected the format fuyuan-record/1"),
        (_a_list, f.ManifestForeignError, "expected the format"),
        (_lacking, f.ManifestForeignError, "lacks or garbles 'record'"),
        (_another_file, f.ManifestMismatchError, "not what its manifest describes"),
        (_changed, f.ManifestMismatchError, "not what its manifest describes"),
        (_longer, f.ManifestMismatchError, "4 lines"),
        (_cut_in_a_line, f.CutError, "is cut in line 3"),
        (_cut_between_lines, f.CutError, "ends after line 2: its manifest says 3"),
        (_empty, f.CutError, "ends after line 0"),
        (_unknown_kind, f.LineError, "line 4: there is no kind of line 'gift'"),
        (_no_line, f.LineError, "line 4 is none of a record"),
        (_field_missing, f.LineError, "line 4: missing or unknown in case: filing"),
        (_field_unknown, f.LineError, "line 4: missing or unknown in case: price"),
        (_unknown_act, f.LineError, "line 4: nobody can sleep"),
        (_unknown_act_of_a_project, f.LineError, "line 4: nobody can sell"),
        (_out_of_order, f.OrderError, "line 2: 2022-12-05 comes after 2022-12-08"),
    ],
)
def test_what_is_wrong_is_said(
    good: Path, spoil: Callable[[Path], None], error: type[f.RecordError], said: str
) -> None:
    spoil(good)
    with pytest.raises(error, match=said.replace("(", r"\(")):
        open_record(good)


def test_a_file_that_is_not_there_is_no_cut_record(good: Path) -> None:
    good.unlink()
    with pytest.raises(FileNotFoundError):
        open_record(good)

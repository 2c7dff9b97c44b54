"""Writes a record and its manifest: whole or not at all."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from services.record.counting import closed, entries
from services.record.days import END, acting_days
from services.record.defined import PERIODS
from services.record.figures import Sums, figures
from services.record.format import FORMAT, RecordError, manifest_of
from services.record.generating import generate
from services.record.making import Json
from services.record.plan import MADE_UP, Plan
from services.record.published import ALSO, PUBLISHED

NOTE = {
    "zh": "合成数据：单位与行政区划之外的姓名、名称、编号、日期均为虚构；按所列公开数字生成。",
    "en": "Synthetic: but for offices and divisions every name, number and date is made up.",
}
ROUNDING = "value × scale, halves rounded up, at least 1 where the printed value is not 0"
Told = Callable[[int], None]


class Writing:
    """What is known of a file while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin with nothing."""
        self._file, self._digest = file, hashlib.sha256()
        self.lines: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.days: list[date] = []
        self.size = self.closed = self.tasks = 0
        self.sums = Sums()

    def add(self, line: Json) -> None:
        """Write one line, and count it."""
        raw = json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)
        written = raw.encode() + b"\n"
        self._file.write(written)
        self._digest.update(written)
        self.size += len(written)
        self.lines[line["line"]] += 1
        if not self.days or self.days[-1] != line["day"]:
            self.days.append(line["day"])
        if line["line"] == "case":
            self.kinds[line["filing"]["details"]["kind"]] += 1
            self.tasks += len(line["acts"])
            self.closed += closed(line)
        self.sums.add(entries(line))

    @property
    def sha256(self) -> str:
        """What the file's bytes come to."""
        return self._digest.hexdigest()


def write_record(path: Path, plan: Plan, told: Told = lambda _: None) -> Json:
    """Write the record of a plan, and give its manifest; `told` hears how many lines there are.

    What was there before stays until all is written. Raises OSError; RecordError where the lines
    don't come to the plan's figures.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            writing = Writing(file)
            for number, line in enumerate(generate(plan), 1):
                writing.add(line)
                told(number)
        check(writing.sums, plan.counts)
        manifest = manifest_for(path.name, plan, writing)
        text = json.dumps(manifest, ensure_ascii=False, indent=1, default=date.isoformat) + "\n"
        beside = unfinished.with_name(f"{unfinished.name}.manifest")
        beside.write_text(text, encoding="utf-8")
        unfinished.replace(path)
        beside.replace(manifest_of(path))
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def check(sums: Sums, counts: Mapping[str, int]) -> None:
    """Compare what the lines come to with what was planned. Raises RecordError."""
    for name, item in PUBLISHED.items():
        found, _ = sums.over(name, PERIODS[item.period])
        if item.scaled and found != counts[name]:
            raise RecordError(f"{name}: the lines come to {found}, the plan says {counts[name]}")


def manifest_for(name: str, plan: Plan, writing: Writing) -> dict[str, Any]:
    """Say what is in a file."""
    cases = writing.lines["case"]
    fixed = {of: plan.counts[of] for of, item in PUBLISHED.items() if not item.scaled}
    return {
        "format": FORMAT,
        "synthetic": True,
        "note": NOTE,
        "scale": text_of(plan.scale),
        "seed": plan.seed,
        "rounding": ROUNDING,
        "record": {
            "name": name, "lines": writing.lines.total(), "bytes": writing.size,
            "sha256": writing.sha256,
        },
        "cases": cases,
        "closed": writing.closed,
        "open": cases - writing.closed,
        "calls": writing.lines.total() - cases,
        "tasks": writing.tasks,
        "kinds": dict(sorted(writing.kinds.items())),
        "lines": dict(sorted(writing.lines.items())),
        "days": writing.days,
        "acting_days": acting_days(),
        "first": writing.days[0],
        "last": acting_days()[-1],
        "end": END,
        "figures": list(figures(writing.sums, fixed)),
        "also": [
            {"id": of, "value": plan.counts[of], "published": item.value, "said": item.said}
            for of, item in ALSO.items()
        ],
        "made_up": {of: plan.counts[of] for of in MADE_UP},
    }  # fmt: skip


def text_of(scale: Fraction) -> str:
    """Write a scale as a decimal, or as a fraction where it is none."""
    plain = f"{float(scale):.12f}".rstrip("0").rstrip(".")
    return plain if Fraction(plain) == scale else str(scale)

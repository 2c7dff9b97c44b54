"""The sample cases: what is filed, what each office answers, which way the case goes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.stack.local import ROOT

Json = dict[str, Any]
SAMPLES = ROOT / "deploy" / "samples" / "report-cases.jsonl"
"""The cases the city's report names."""
ENDED = ("resolved", "returned", "failed", "recalled")


@dataclass
class Sample:
    """A line of the sample file, and what became of it."""

    filer: str
    filing: Json
    answers: dict[str, Json]
    """Task → outcome. A task without one stays with its office."""
    before: dict[str, list[Json]] = field(default_factory=dict)
    """Task → what its officer does first: `{act: progress|information, body, answer?}`."""
    desk: dict[str, Json] = field(default_factory=dict)
    """Task → where the liaison officer sends what no rule could route: `{office, reason}`."""
    then: list[Json] = field(default_factory=list)
    """What the filer does in the end: `{conclude: …}` or `{withdraw: {reason}}`."""
    links: list[Json] = field(default_factory=list)
    """`{reference, relation, reason}`: another sample of the same filer."""
    attach: list[Json] = field(default_factory=list)
    """`{name, media_type, text}`."""
    case_id: str = ""
    status: Json = field(default_factory=dict)

    @property
    def number(self) -> str:
        """Give the filer's own number of the case."""
        return str(self.filing["reference"])

    @property
    def state(self) -> str:
        """Give the case's state, as routing names it."""
        return str(self.status["state"]["code"]) if self.status else "unknown"

    @property
    def assignments(self) -> list[Json]:
        """Give its assignments, as routing shows them."""
        return list(self.status.get("assignments", ()))

    @property
    def offices_done(self) -> bool:
        """Whether every office has been reached, and has answered what the sample has for it."""
        return (
            bool(self.assignments)
            and not self.status["desk"]
            and all(
                item["state"]["code"] in ENDED
                or (item["task"] not in self.answers and item["delivered_at"])
                for item in self.assignments
            )
        )

    @property
    def ended(self) -> bool:
        """Whether it is closed, or waits for offices that have no answer in the sample."""
        return self.state == "closed" or (self.offices_done and not self.then)


def read_samples(file: Path) -> list[Sample]:
    """Read a sample file: JSON Lines of `{filer, filing, answers, …}`.

    Raises ValueError naming the line and what is wrong with it.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    return [_sample(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _sample(number: int, line: str) -> Sample:
    try:
        return Sample(**json.loads(line))
    except (TypeError, ValueError) as error:
        raise ValueError(f"line {number}: {error}") from error


def acts_of(sample: Sample, task: str) -> Iterator[Mapping[str, Any]]:
    """Give what the officer of a task does, in order, up to its end."""
    yield {"act": "accept", "body": {}}
    yield from sample.before.get(task, ())
    yield {"act": "resolve", "body": {"outcome": sample.answers[task]}}

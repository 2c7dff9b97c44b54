"""What the product does about a case, as the processes of the limit are given it.

`recording.py` measures it: which service, on which message, writes documents of which sizes and
says messages of which sizes.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = "root"
"""Stands for the filing itself, which is no message."""


@dataclass
class Step:
    """What a service does on a message: the sizes of its commits and views, and what it says."""

    commits: list[int] = field(default_factory=list)
    views: list[int] = field(default_factory=list)
    says: list[int] = field(default_factory=list)


@dataclass
class Trace:
    """One case. `messages` are `[exchange, routing key, bytes]`, numbered by their place."""

    messages: list[tuple[str, str, int]] = field(default_factory=list)
    steps: dict[str, dict[str, Step]] = field(default_factory=dict)
    """Service → number of the message (or `root`) → what it does."""

    def step(self, service: str, cause: str) -> Step:
        """Give a step to be added to."""
        return self.steps.setdefault(service, {}).setdefault(cause, Step())


def save(file: Path, found: list[Trace]) -> None:
    """Write traces for the processes of the limit."""
    file.write_text(json.dumps([asdict(trace) for trace in found]))


def load(file: Path | str) -> list[Trace]:
    """Read them."""
    return [
        Trace(
            [tuple(item) for item in said["messages"]],
            {service: {cause: Step(**step) for cause, step in steps.items()}
             for service, steps in said["steps"].items()},
        )
        for said in json.loads(Path(file).read_text())
    ]  # fmt: skip

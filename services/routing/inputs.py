"""What is decided on: what the filer, the offices, the liaison officer or the clock say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.routing.facts import Act
from services.routing.liaison_facts import Standing
from services.routing.link_facts import Cluster, Side
from services.routing.rulebook import Filing, Rulebook, Timing


@dataclass(frozen=True, slots=True)
class File:
    """A filing has come in."""

    filing: Filing
    rulebook: Rulebook


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The filer takes the case back."""

    reason: str
    withdrawn_on: date
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Conclude:
    """The filer says how the case ended, as JSON: `kind`, `concluded_on` and the kind's own."""

    conclusion: Mapping[str, Any]
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Attach:
    """A file was added, as JSON: `attachment_id, name, media_type, size, sha256`."""

    attachment: Mapping[str, Any]
    office: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """The filer answers what an office has asked."""

    assignment_id: str
    request: int
    answer: str
    rulebook: Rulebook
    attachments: tuple[Mapping[str, Any], ...] = ()
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """An office says something about its assignment; `office` is who really sent it."""

    act: Act
    assignment_id: str
    office: str
    rulebook: Rulebook
    by: str | None = None
    text: str | None = None
    """The reason of a return, the note of a progress, the question, the error of a failure."""
    better_office: str | None = None
    outcome: Mapping[str, Any] | None = None
    """JSON of a resolution's outcome: `task`, `concluded_on` and what the task asks for."""
    step: Mapping[str, Any] | None = None
    request: int | None = None
    said: str = "?"
    """What its message is called, for the answer when it is refused."""
    message_id: str = "?"
    sequence: int | None = None
    """Its number among what the office says of this assignment, where its sender counts so."""
    wrong: tuple[str, str] | None = None
    """It doesn't fit its schema: the first field at fault, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Route:
    """A liaison officer gives a task that waits at the desk to an office."""

    task: str
    office: str
    reason: str
    rulebook: Rulebook
    by: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A liaison officer moves a task from the office that has it to another."""

    task: str
    office: str
    reason: str
    rulebook: Rulebook
    by: str


@dataclass(frozen=True, slots=True)
class Recall:
    """A liaison officer takes an assignment back; its task waits at the desk."""

    assignment_id: str
    reason: str
    rulebook: Rulebook
    by: str


@dataclass(frozen=True, slots=True)
class Urge:
    """A liaison officer urges an office; `desk` is the officer's liaison office."""

    assignment_id: str
    reason: str
    by: str
    desk: str


@dataclass(frozen=True, slots=True)
class Instruct:
    """The liaison room says how an instruction about the case stands."""

    instruction_id: str
    number: str
    office: str
    due_on: date
    standing: Standing
    assignment_id: str | None = None
    text: str | None = None
    issued_by: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A person links the case to another (`side` from), or was heard to have done so there (to)."""

    other: str
    relation: str
    reason: str
    side: Side = "from"
    by: str | None = None


@dataclass(frozen=True, slots=True)
class LikeCases:
    """Cases alike to this one were counted; `least` cases make a cluster."""

    clusters: tuple[Cluster, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: do what is due."""

    timing: Timing


Input = (
    File | Withdraw | Conclude | Attach | Supply | Report | Route | Transfer | Recall | Urge | Link
    | LikeCases | Instruct | Tick
)  # fmt: skip

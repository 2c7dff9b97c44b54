"""A case as far as its people are told about it, and what its events mean here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.notices.vocabulary import Event


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one side of a case is told. Its id is derived from the event that said it."""

    id: str
    event: Event
    to: str
    """`filer`, or a scope."""
    at: datetime
    why: str | None = None
    """What exactly: `assignment`, `information`, `conclusion`, `receipt`, `withdrawn` …"""
    task: str | None = None
    office: str | None = None
    due: datetime | None = None
    number: str | None = None
    """Of an instruction: its document number 文号."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What a notice may say of a case: never its details or its people."""

    filer: str
    division: str
    kind: str
    reference: str
    title: str
    tasks: tuple[str, ...]
    filer_concludes: bool
    """Whether the case waits for its filer's conclusion when every task is done."""
    type: Literal["filed"] = "filed"


@dataclass(frozen=True, slots=True)
class Issued:
    """A task given to an office."""

    assignment: str
    task: str
    office: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Routed:
    """Tasks have found their offices."""

    issued: tuple[Issued, ...]
    type: Literal["routed"] = "routed"


@dataclass(frozen=True, slots=True)
class ToDesk:
    """Tasks need the liaison office: no rule routes them, or they were escalated."""

    event: Event
    division: str
    tasks: tuple[str, ...]
    why: tuple[str, ...]
    office: str | None = None
    type: Literal["to_desk"] = "to_desk"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline is near or has passed."""

    event: Event
    division: str
    office: str
    task: str
    what: str
    due: datetime
    type: Literal["deadline"] = "deadline"


@dataclass(frozen=True, slots=True)
class Urged:
    """An office was urged."""

    office: str
    task: str
    what: str
    due: datetime
    type: Literal["urged"] = "urged"


@dataclass(frozen=True, slots=True)
class Instructed:
    """An instruction was issued, has become overdue, or was closed; `division` follows it up."""

    division: str
    office: str
    number: str
    standing: str
    due: datetime
    type: Literal["instructed"] = "instructed"


@dataclass(frozen=True, slots=True)
class Recalled:
    """An office has nothing to do any more."""

    assignment: str
    office: str
    task: str
    why: str
    type: Literal["recalled"] = "recalled"


@dataclass(frozen=True, slots=True)
class Returned:
    """An office has given a task back."""

    assignment: str
    type: Literal["returned"] = "returned"


@dataclass(frozen=True, slots=True)
class Resolved:
    """An office has done its task."""

    assignment: str
    task: str
    type: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True)
class Asked:
    """An office waits for an answer of the filer."""

    office: str
    task: str
    type: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class Answered:
    """The filer has answered; the office goes on."""

    office: str
    task: str
    due: datetime | None
    type: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The filer has taken the case back; its end follows."""

    type: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True)
class Closed:
    """The case has ended."""

    ending: str
    type: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody is to be told."""

    notice: Notice
    type: Literal["told"] = "told"


@dataclass(frozen=True, slots=True)
class Spread:
    """These notices lie with the subscriptions that want them."""

    ids: tuple[str, ...]
    type: Literal["spread"] = "spread"


Happening = (
    Filed | Routed | ToDesk | Deadline | Urged | Instructed | Recalled | Returned | Resolved
    | Asked | Answered | Withdrawn | Closed
)  # fmt: skip
"""What a case's events mean here."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event was heard: `key` names it, so that a notice made of it has an id for ever."""

    key: str
    at: datetime
    happening: Happening


@dataclass(frozen=True, slots=True)
class Case:
    """A case as far as its people are told about it; or an instruction that is about none."""

    id: str
    filing: Filed | None = None
    offices: Mapping[str, str] = field(default_factory=dict)
    """Assignment → office, of those that have or had a part and didn't give it up."""
    done: frozenset[str] = frozenset()
    """Tasks that were resolved."""
    asked_to_conclude: bool = False
    ended: bool = False
    pending: tuple[Notice, ...] = ()
    """Not spread yet."""

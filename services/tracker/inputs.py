"""What the tracker decides on."""

from dataclasses import dataclass
from datetime import date

from services.tracker.parts import NOTHING_SAID, About, Funder, Limit, Meeting, Stage


@dataclass(frozen=True, slots=True)
class Link:
    """A case names the project; the first one opens its file."""

    case_id: str
    kind: str
    division: str
    name: str
    about: About = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody says the project is in another stage since `on`."""

    to: Stage
    on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fund:
    """Money for the project. `reference` is unique in its ledger."""

    reference: str
    source: Funder
    amount_fen: int
    on: date


@dataclass(frozen=True, slots=True)
class Reverse:
    """The whole of the entry `reverses` is taken back."""

    reference: str
    reverses: str
    on: date


@dataclass(frozen=True, slots=True)
class Dispute:
    """`count` disputes of buyers came up on a day. `reference` is unique in the project."""

    reference: str
    count: int
    on: date
    limit: Limit


@dataclass(frozen=True, slots=True)
class Sue:
    """A case of `count` house-sale disputes names the project, which may have no file yet."""

    link: Link
    count: int
    on: date
    limit: Limit


@dataclass(frozen=True, slots=True)
class Meet:
    """One of the weekly meetings dealt with the project."""

    meeting: Meeting
    on: date
    decisions: tuple[str, ...] = ()
    moved_because: str | None = None
    """Why it wasn't held on its own day of the week."""


Input = Link | Move | Fund | Reverse | Dispute | Sue | Meet

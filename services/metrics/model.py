"""What metrics knows of a subject: a case, a project, a meeting, an instruction, a parked message.

None means "not heard of (yet)". Every field only ever grows or settles, whatever comes first: see
`joining`. Tuples that are compared begin with their time, so that the earliest one stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from services.metrics.published import Bulletin

Scalar = str | int | bool
Counted = Mapping[str, Scalar]
"""What is counted of details or of a step: enums, offices, days (`YYYY-MM-DD`), numbers."""
Items = tuple[tuple[str, Scalar], ...]
"""The same of what is joined as a whole (an outcome, a conclusion): in order of the names."""


class Stuck(NamedTuple):
    """A task at the liaison office's desk."""

    at: datetime
    task: str
    why: str


class Escalation(NamedTuple):
    """A task raised to the liaison office. `office` is empty where none is named."""

    at: datetime
    task: str
    why: str
    office: str
    level: str = ""


class Closing(NamedTuple):
    """How a case ended."""

    at: datetime
    concluded_on: date
    ending: str = "done"
    conclusion: Items = ()


class Return(NamedTuple):
    """Why an assignment was given back."""

    at: datetime
    reason: str


class Recall(NamedTuple):
    """Why an assignment was taken back from its office."""

    at: datetime
    why: str


class Resolution(NamedTuple):
    """How an assignment was resolved, and on which business date."""

    at: datetime
    concluded_on: date
    result: str
    outcome: Items = ()


class Urge(NamedTuple):
    """The office was urged once more, by the clock or by the liaison office."""

    at: datetime
    what: str
    by: str


class Entry(NamedTuple):
    """An entry of a project's ledger."""

    at: datetime
    source: str
    amount_fen: int
    on: date


class Move(NamedTuple):
    """A project moved to a stage. `before` is empty where it was not noted."""

    on: date
    at: datetime
    after: str
    before: str


class Review(NamedTuple):
    """What a loss review found of one lost lawsuit."""

    causes: int
    remedies: int
    recurrent: bool


class Carried(NamedTuple):
    """An instruction was carried out."""

    at: datetime
    closed_on: date
    in_time: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """One assignment. Dues are the server's; times are when routing heard of it.

    The resolution is due at the last of the dues heard of: it only ever moves on, while information
    is awaited. Requests are by number, with when they were asked and answered.
    """

    task: str | None = None
    agency: str | None = None
    office: str | None = None
    issued_at: datetime | None = None
    receipt_due: datetime | None = None
    resolution_dues: frozenset[datetime] = frozenset()
    delivered_at: datetime | None = None
    received_at: datetime | None = None
    accepted_at: datetime | None = None
    progressed_at: datetime | None = None
    failed_at: datetime | None = None
    returned: Return | None = None
    resolved: Resolution | None = None
    recalled: Recall | None = None
    asked: Mapping[int, datetime] = field(default_factory=dict)
    answered: Mapping[int, datetime] = field(default_factory=dict)
    overdue: frozenset[str] = frozenset()
    overdue_at: Mapping[str, datetime] = field(default_factory=dict)
    urges: Mapping[int, Urge] = field(default_factory=dict)
    marks: Mapping[str, Counted] = field(default_factory=dict)
    """Counted steps of progress, such as `penalty_stage.filed`."""

    @property
    def resolution_due(self) -> datetime | None:
        """The deadline as far as it is known here."""
        return max(self.resolution_dues, default=None)


@dataclass(frozen=True, slots=True)
class Case:
    """One case and its assignments by id."""

    kind: str | None = None
    division: str | None = None
    lane: str | None = None
    filed_on: date | None = None
    filed_at: datetime | None = None
    routed_at: datetime | None = None
    closed: Closing | None = None
    unroutable: frozenset[Stuck] = frozenset()
    escalated: frozenset[Escalation] = frozenset()
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    filer: str | None = None
    details: Counted = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """One stalled project. Stages by the first business date they were reached on; all moves."""

    division: str | None = None
    name: str | None = None
    registered_at: datetime | None = None
    stages: Mapping[str, date] = field(default_factory=dict)
    ledger: Mapping[str, Entry] = field(default_factory=dict)
    meetings: frozenset[tuple[date, str]] = frozenset()
    risks: frozenset[date] = frozenset()
    stalled_since: date | None = None
    case_id: str | None = None
    moves: frozenset[Move] = frozenset()


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting of the liaison office. Reviews by the lost lawsuit's case."""

    division: str | None = None
    meeting: str | None = None
    on: date | None = None
    recorded_at: datetime | None = None
    attendees: int | None = None
    decisions: int | None = None
    cases: frozenset[str] = frozenset()
    reviews: Mapping[str, Review] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: who owns it, by when, and whether it was done."""

    division: str | None = None
    office: str | None = None
    case_id: str | None = None
    meeting_id: str | None = None
    issued_on: date | None = None
    due_on: date | None = None
    issued_at: datetime | None = None
    overdue_at: datetime | None = None
    carried: Carried | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message that was set aside; times of each parking and each replay."""

    queue: str | None = None
    reason: str | None = None
    parked: frozenset[datetime] = frozenset()
    replayed: frozenset[datetime] = frozenset()

    @property
    def waiting(self) -> bool:
        """Whether it lies with the operators now: parked more often than sent again."""
        return len(self.parked) > len(self.replayed)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of one id."""

    id: str
    case: Case | None = None
    project: Project | None = None
    meeting: Meeting | None = None
    instruction: Instruction | None = None
    message: Message | None = None
    bulletin: Bulletin | None = None

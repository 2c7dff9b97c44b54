"""What an office's service decides on: what routing says, and what officers do."""

from dataclasses import dataclass
from datetime import datetime

from services.agencies.parts import NOTHING_DECLARED, Given, Json, Policy, RecallWhy, What


@dataclass(frozen=True, slots=True)
class Issue:
    """交办 arrived in the inbox of office `inbox`."""

    given: Given
    inbox: str
    policy: Policy = NOTHING_DECLARED


@dataclass(frozen=True, slots=True)
class Act:
    """What an officer of `office` does; `by` is their name."""

    office: str
    by: str


@dataclass(frozen=True, slots=True)
class Receive(Act):
    """签收."""


@dataclass(frozen=True, slots=True)
class Accept(Act):
    """受理."""


@dataclass(frozen=True, slots=True)
class Progress(Act):
    """进展."""

    note: str
    step: Json | None = None
    """JSON of the contracts' step, where one that is counted was taken."""


@dataclass(frozen=True, slots=True)
class Ask(Act):
    """要求补充材料: ask the filer."""

    question: str


@dataclass(frozen=True, slots=True)
class Return(Act):
    """退回: not this office's matter."""

    reason: str
    better_office: str | None = None


@dataclass(frozen=True, slots=True)
class Resolve(Act):
    """办结. `outcome` is JSON of the contracts' outcome of the task."""

    outcome: Json


@dataclass(frozen=True, slots=True)
class Fail:
    """The service could not process the assignment that arrived for `office`."""

    office: str
    case_id: str
    error: str


@dataclass(frozen=True, slots=True)
class Told:
    """News of an assignment, in the inbox of office `inbox`. It may overtake the assignment."""

    inbox: str


@dataclass(frozen=True, slots=True)
class Recall(Told):
    """撤回交办."""

    why: RecallWhy
    reason: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse(Told):
    """Routing did not take something the office said."""

    said: str
    message_id: str
    error: str
    field: str | None = None
    number: int | None = None
    """Which of the assignment's facts was said in that message; None for one not known here."""


@dataclass(frozen=True, slots=True)
class Supply(Told):
    """The filer has answered a request."""

    request: int
    answer: str
    attachments: tuple[Json, ...] = ()
    resolution_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attach(Told):
    """A file was added to the case."""

    attachment: Json


@dataclass(frozen=True, slots=True)
class Cluster(Told):
    """The case was found alike to others."""

    clusters: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Urge(Told):
    """催办: the clock or a liaison officer (`reason`) urges the office."""

    number: int
    what: What
    due: datetime
    reason: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Instruct(Told):
    """批示: a leader's instruction about the assignment, as JSON."""

    instruction: Json


@dataclass(frozen=True, slots=True)
class Link(Told):
    """A person has linked the case to another."""

    link: Json


Input = Issue | Act | Fail | Told

"""What a room tells the engine about itself, and what the engine works on.

A *subject* (a case, an assignment, a project) has a stream of facts. `decide(state, input, now)`
gives new facts, `evolve(state, fact)` the next state; both are pure. A fact leaves as at most one
message (`to_wire`). The engine stores facts as commits, publishes, acknowledges.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from fuyuan_contracts.channels import EVT
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import Data

S = TypeVar("S")
"""A room's state of one subject."""
Q = TypeVar("Q")
"""What a room decides on."""
F = TypeVar("F")
"""What a room's decisions give."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that is decided on. `(source, subject, sequence)` is counted once, for ever."""

    source: str
    subject: str
    sequence: int
    id: str


@dataclass(frozen=True, slots=True)
class Work(Generic[Q]):
    """One decision to take. `cause` is None for a command over HTTP or a timer."""

    subject: str
    input: Q
    cause: Cause | None = None
    by: str | None = None
    """Who asked, for the audit trail: an access key's id, a timer's name."""
    traceparent: str | None = None
    first: bool = False
    """Most likely nothing is known of the subject yet: so it is assumed, and the insert tells."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A message that is sent on as it came (a replay): its bytes and its own id."""

    body: bytes
    message_id: str
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send: the engine adds id, sequence, time, causation and correlation."""

    source: str
    data: "Data | Raw"
    correlation: str
    """The case or project the conversation is about."""
    exchange: str = EVT
    key: str = ""
    user: str | None = None
    """The broker user to send as; None is the service's own (an agency sends as its offices)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A queue a room reads. `office` is whose queue it is; None for the services' own."""

    queue: str
    user: str = ""
    """The broker user to read it as; empty is the service's own."""
    office: str | None = None
    inbox: bool = False
    """True: what comes is for `office`, from routing. False: what comes is what `office` says."""
    awaited: bool = False
    """It may not be declared yet (a new office's): read as soon as it is, missed by no check."""
    urgent: bool = False
    """Somebody waits for what becomes of it: it isn't held for company (`collect`)."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that could be read."""

    envelope: Envelope
    data: Data
    source: Source
    attempts: int = 0
    """How often it has been up the retry ladder already."""

    @property
    def office(self) -> str | None:
        """Whose queue it came through: the only identity of an office that counts."""
        return self.source.office

    def cause(self) -> Cause:
        """Give the cause of a decision on this message."""
        return _cause(self.envelope, self.source)

    def work(self, subject: str, input_: Q, *, first: bool = False) -> Work[Q]:
        """Make the decision on this message, to be taken on `subject` (`first`: see `Work`)."""
        trace = self.envelope.traceparent
        return Work(subject, input_, self.cause(), traceparent=trace, first=first)


@dataclass(frozen=True, slots=True)
class Unfit:
    """A message whose envelope could be read, and whose data don't fit their schema."""

    envelope: Envelope
    source: Source
    field: str
    """The first field at fault."""
    error: str
    """What is wrong with each; the input itself is never repeated."""

    def work(self, subject: str, input_: Q) -> Work[Q]:
        """Make the decision on this message, to be taken on `subject`."""
        cause = _cause(self.envelope, self.source)
        return Work(subject, input_, cause, traceparent=self.envelope.traceparent)


@dataclass(frozen=True)
class Stream(Generic[S, Q, F]):
    """A kind of subject: how it starts, decides, changes, speaks and is listed.

    `F` is a union of frozen dataclasses, each with a `type: Literal["..."]` field: the name it is
    stored under. `view` gives the projection's document (without `_id`), or None for no listing.
    """

    initial: Callable[[str], S]
    decide: Callable[[S, Q, datetime], Sequence[F]]
    evolve: Callable[[S, F], S]
    facts: TypeAdapter[F]
    to_wire: Callable[[S, F], Outgoing | None]
    view: Callable[[S], dict[str, Any] | None] = lambda _state: None


def _cause(envelope: Envelope, source: Source) -> Cause:
    said_by_office = source.office and not source.inbox
    name = f"/offices/{source.office}" if said_by_office else envelope.source
    return Cause(name, envelope.subject, envelope.sequence, envelope.id)


@dataclass(slots=True)
class Seen:
    """Which sequence numbers of one source were counted: all up to `upto`, and those `above`."""

    upto: int = 0
    above: frozenset[int] = frozenset()

    def __contains__(self, number: int) -> bool:
        """Tell whether a number was counted."""
        return number <= self.upto or number in self.above

    def add(self, number: int) -> "Seen":
        """Count a number. The watermark moves up over numbers without a gap."""
        if number == self.upto + 1 and not self.above:  # as nearly always
            return Seen(number)
        if number in self:
            return self
        above, upto = set(self.above) | {number}, self.upto
        while upto + 1 in above:
            upto += 1
            above.discard(upto)
        return Seen(upto, frozenset(above))


@dataclass(slots=True)
class Folded(Generic[S]):
    """A subject as its commits leave it."""

    state: S
    rev: int = 0
    """Number of the last commit; 0 when there is none."""
    count: int = 0
    """Facts so far: the next fact's sequence number is `count + 1`."""
    head: str = ""
    """Hash of the last commit, which the next one carries as `prevhash`."""
    seen: Mapping[str, Seen] = field(default_factory=dict)
    trace: str | None = None
    """The `traceparent` of the last decision that had one."""


@dataclass(frozen=True, slots=True)
class Done(Generic[S, F]):
    """What became of a piece of work: the facts it gave (none for a repeat) and the state after."""

    facts: Sequence[F]
    state: S
    repeated: bool = False

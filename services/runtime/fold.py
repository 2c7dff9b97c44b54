"""Folding commits into a state, and a state plus work into the next commit. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic

from bson import encode
from bson.raw_bson import RawBSONDocument

from services.runtime.domain import RefusedError
from services.runtime.streams import (
    Cause,
    Done,
    F,
    Folded,
    Outgoing,
    Q,
    S,
    Seen,
    Stream,
    Work,
)

SEEN_BOUND = 10_000
"""Numbers of one source kept above its watermark; a sender that leaves more gaps is faulty."""

MAX_COMMIT_BYTES = 12 * 1024 * 1024
"""MongoDB takes documents of up to 16 MiB."""

_ID = len("00-") + 32
"""A `traceparent` so far names its trace; what follows, the span."""

Commit = dict[str, Any]
"""`{_id: "<subject>/<rev>", subject, rev, first, decisions, out, prevhash, batch, at}`.

`first` is the number of its first fact; a decision is `{time, facts, cause?, by?, trace?, skip?}`
(`skip` numbers are given up, see `skipping`); `out` counts its messages; `batch` names the
writer's attempt; `at` is the real clock.
"""


class CommitTooLargeError(Exception):
    """More was decided on one subject at once than a document holds: up the ladder, in parts."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A message with all that its envelope needs."""

    outgoing: Outgoing
    subject: str
    sequence: int
    time: datetime
    causation: str | None
    traceparent: str | None


@dataclass(slots=True)
class Draft(Generic[S]):
    """What a batch has decided on one subject so far: the commit to be."""

    folded: Folded[S]
    decisions: list[dict[str, Any]] = field(default_factory=list)
    sendings: list[Sending] = field(default_factory=list)
    first: int = 1


def digest(commit: Commit) -> str:
    """Hash a commit as stored (SHA-256 of its BSON, in hex): the next one's `prevhash`."""
    return hashlib.sha256(encode(commit)).hexdigest()


def fold(stream: Stream[S, Q, F], subject: str, commits: Iterable[Commit]) -> Folded[S]:
    """Fold a subject's commits, oldest first."""
    return _fold(stream, subject, commits, None)


def sendings(
    stream: Stream[S, Q, F], subject: str, commits: Sequence[Commit]
) -> dict[int, list[Sending]]:
    """Give the messages of a subject's commits again, by commit (`rev`)."""
    found: list[tuple[int, Sending]] = []
    _fold(stream, subject, commits, found)
    by_rev: dict[int, list[Sending]] = {}
    for rev, sending in found:
        by_rev.setdefault(rev, []).append(sending)
    return by_rev


def causes(commits: Iterable[Commit]) -> dict[str, Seen]:
    """Tell what was decided on (as `Folded.seen`), without folding the facts."""
    seen: dict[str, Seen] = {}
    for commit in commits:
        for decision in commit["decisions"]:
            if cause := decision.get("cause"):
                _count(seen, Cause(*cause))
    return seen


def numbers(commits: Sequence[Commit]) -> int:
    """Tell the last number a subject's commits have used, for a fact or to give it up."""
    if not commits:
        return 0
    last = commits[-1]
    here = sum(len(item["facts"]) + item.get("skip", 0) for item in last["decisions"])
    found: int = last["first"] - 1 + here
    return found


def skipping(folded: Folded[S], upto: int, by: str, now: datetime) -> Draft[S]:
    """Draft a commit that gives up the numbers to `upto`: the subject's next fact has the next one.

    A database that was restored has lost facts that others were told: their numbers must never
    stand for anything else. `upto` has to be above `folded.count`.
    """
    decision = {"time": now, "facts": [], "skip": upto - folded.count, "by": by}
    moved = replace(folded, count=upto)
    return Draft(moved, [decision], first=folded.count + 1)


def _fold(
    stream: Stream[S, Q, F],
    subject: str,
    commits: Iterable[Commit],
    sent: list[tuple[int, Sending]] | None,
) -> Folded[S]:
    state, rev, count, head = stream.initial(subject), 0, 0, ""
    trace: str | None = None
    seen: dict[str, Seen] = {}
    for commit in commits:
        rev, head = commit["rev"], digest(commit)
        for decision in commit["decisions"]:
            cause = decision.get("cause")
            if cause:
                _count(seen, Cause(*cause))
            count += decision.get("skip", 0)
            trace = decision.get("trace") or trace
            for stored in decision["facts"]:
                fact = stream.facts.validate_python(stored)
                state = stream.evolve(state, fact)
                count += 1
                if sent is not None and (outgoing := stream.to_wire(state, fact)):
                    sent.append((rev, _sending(outgoing, subject, count, decision)))
    return Folded(state, rev, count, head, seen, trace)


def decide(stream: Stream[S, Q, F], draft: Draft[S], work: Work[Q], now: datetime) -> Done[S, F]:
    """Take one decision and add it to the draft. What it raises leaves the draft as it was."""
    folded = draft.folded
    if work.cause and is_seen(folded.seen, work.cause):
        return Done((), folded.state, repeated=True)
    facts = stream.decide(folded.state, work.input, now)
    if not facts and work.cause is None:
        return Done((), folded.state)
    decision: dict[str, Any] = {"time": now, "facts": []}
    if work.cause:
        cause = work.cause
        decision["cause"] = [cause.source, cause.subject, cause.sequence, cause.id]
    if work.by:
        decision["by"] = work.by
    if trace := trace_of(folded, work):
        decision["trace"] = trace
    state, count, out = folded.state, folded.count, []
    for fact in facts:
        state = stream.evolve(state, fact)
        count += 1
        decision["facts"].append(stream.facts.dump_python(fact, mode="json"))
        if outgoing := stream.to_wire(state, fact):
            out.append(_sending(outgoing, work.subject, count, decision))
    seen = dict(folded.seen)
    if work.cause:
        _count(seen, work.cause)
    draft.folded = Folded(state, folded.rev, count, folded.head, seen, trace)
    draft.decisions.append(decision)
    draft.sendings += out
    return Done(facts, state)


def trace_of(folded: Folded[S], work: Work[Q]) -> str | None:
    """Tell which trace a decision belongs to: `traceparent` of what it comes after.

    A service's event says it. What a person, a timer or an office says about a subject goes on in
    the subject's own trace, whichever it came with: so there is one from filing to closing.
    """
    given, known = work.traceparent, folded.trace
    if not given or not known:
        return given or known
    heard = work.cause is not None and not work.cause.source.startswith("/offices/")
    return given if heard or given[:_ID] == known[:_ID] else known


def commit_of(subject: str, draft: Draft[S], at: datetime, batch: str) -> RawBSONDocument:
    """Make the commit of a draft, as it is stored, and move the draft's fold onto it.

    Raises what BSON can't take: bson.errors.BSONError, OverflowError, UnicodeEncodeError; and
    CommitTooLargeError.
    """
    folded = draft.folded
    rev = folded.rev + 1
    commit: Commit = {
        "_id": f"{subject}/{rev}",
        "subject": subject,
        "rev": rev,
        "first": draft.first,
        "decisions": draft.decisions,
        "out": len(draft.sendings),
        "prevhash": folded.head,
        "batch": batch,
        "at": at,
    }
    stored = encode(commit)
    if len(stored) > MAX_COMMIT_BYTES:
        raise CommitTooLargeError(f"{len(stored)} bytes decided on {subject} at once")
    head = hashlib.sha256(stored).hexdigest()
    draft.folded = Folded(folded.state, rev, folded.count, head, folded.seen, folded.trace)
    return RawBSONDocument(stored)


def is_seen(seen: Mapping[str, Seen], cause: Cause) -> bool:
    """Tell whether a cause was counted before."""
    known = seen.get(_stream_of(cause))
    return known is not None and cause.sequence in known


def _count(seen: dict[str, Seen], cause: Cause) -> None:
    added = seen.get(_stream_of(cause), Seen()).add(cause.sequence)
    if len(added.above) > SEEN_BOUND:
        msg = f"{cause.source} has left over {SEEN_BOUND} gaps in its sequence on {cause.subject}"
        raise RefusedError(msg)
    seen[_stream_of(cause)] = added


def _stream_of(cause: Cause) -> str:
    return f"{cause.source}\n{cause.subject}"


def _sending(outgoing: Outgoing, subject: str, sequence: int, decision: dict[str, Any]) -> Sending:
    cause = decision.get("cause")
    return Sending(
        outgoing,
        subject,
        sequence,
        decision["time"],
        cause[3] if cause else None,
        decision.get("trace"),
    )

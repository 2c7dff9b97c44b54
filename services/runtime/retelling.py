"""What a service has said, what it has heard, and saying it again: the halves of a comparison.

Nothing that was said is ever deleted (it is in the commits), so a broker whose disk is lost, or a
reader whose database is older than what it was told, is mended by saying it again. `fuyuan
reconcile` compares the services with each other; each answers here for itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, cast

from aiormq.abc import AbstractChannel

from fuyuan_contracts.events import AccessRevoked
from services.runtime.auth import IsRevoked
from services.runtime.engine import Engine
from services.runtime.fold import (
    Sending,
    causes,
    commit_of,
    fold,
    is_seen,
    numbers,
    sendings,
    skipping,
)
from services.runtime.inlet import Delivery, Inlet
from services.runtime.streams import F, Q, Raw, Received, S, Source, Work
from services.runtime.wires import wire

TRIES = 5


@dataclass(frozen=True, slots=True)
class Told:
    """A message as it was sent: where to, and its body."""

    subject: str
    """Of the stream it comes from."""
    source: str
    sequence: int
    id: str
    type: str
    exchange: str
    key: str
    body: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that a service should know, and through whose queue it would have come."""

    body: str
    office: str | None = None
    """None: through the service's own queue."""
    inbox: bool = False
    """Of an office's two queues its inbox, not the one it speaks into."""


class NotSkippedError(Exception):
    """The subject is not known here, or changes too fast."""


class Retelling(Generic[S, Q, F]):
    """One service's answers."""

    def __init__(self, engine: Engine[S, Q, F], is_revoked: IsRevoked) -> None:
        """Answer for the engine's service; `is_revoked` is its own list of keys."""
        self._engine = engine
        self._is_revoked = is_revoked

    def now(self) -> datetime:
        """Give the real time, in UTC, as commits are dated with."""
        return self._engine.clock.real()

    async def page(self, after: str, limit: int) -> list[str]:
        """List subjects in order, beginning after `after`."""
        return await self._engine.commits.subjects_after(after, limit)

    async def said(self, subjects: Sequence[str], until: datetime) -> list[Told]:
        """Give every message of these subjects that was stored before `until`."""
        found = []
        for subject, commits in (await self._engine.commits.load(subjects)).items():
            times = {commit["rev"]: commit["at"] for commit in commits}
            for rev, messages in sendings(self._engine.stream, subject, commits).items():
                if times[rev] < until:
                    found += [told for item in messages if (told := _told(item))]
        return found

    async def heard(self, subjects: Sequence[str]) -> dict[tuple[str, str], int]:
        """Tell what these subjects decided on: by source and subject, the highest number."""
        found: dict[tuple[str, str], int] = {}
        for commits in (await self._engine.commits.load(subjects)).values():
            for stream, seen in causes(commits).items():
                source, _, about = stream.partition("\n")
                name, highest = (source, about), max(seen.above, default=seen.upto)
                found[name] = max(found.get(name, 0), highest)
        return found

    async def known(self, subjects: Sequence[str]) -> dict[str, int]:
        """Tell the last number each subject has used; 0 for one that is not known."""
        loaded = await self._engine.commits.load(subjects)
        return {subject: numbers(commits) for subject, commits in loaded.items()}

    async def unheard(self, asked: Sequence[Asked]) -> list[int]:
        """Find the messages that this service has not decided on and would: their places.

        What it wouldn't take from any queue (it can't be read, say) is among them; what it took
        from an inbox and could not handle is not: it is kept here (`Commits.keep_failed`).
        """
        heard: dict[int, Received] = {}
        wanted: dict[int, Sequence[Work[Q]]] = {}
        missing = set()
        for place, item in enumerate(asked):
            try:
                found = self._engine.hear(_delivery(item, self._engine.name))
                if isinstance(found, Received):
                    heard[place] = found
                    found = self._engine.works(found)
                wanted[place] = found
            except Exception:  # noqa: BLE001 - whatever stood against it: it was not decided on
                missing.add(place)
        missing |= {place for place, item in heard.items() if not await self._revoked(item)}
        missing |= await self._undecided(wanted)
        names = {place: item.envelope.id for place, item in heard.items() if place in missing}
        kept = await self._engine.commits.given_up(list(names.values()))
        return sorted(place for place in missing if names.get(place) not in kept)

    async def _revoked(self, heard: Received) -> bool:
        """Tell whether a key is closed here, if the message closes one: it leads to no decision."""
        key = heard.data.key_id if isinstance(heard.data, AccessRevoked) else None
        return key is None or await self._is_revoked(key)

    async def _undecided(self, wanted: Mapping[int, Sequence[Work[Q]]]) -> set[int]:
        subjects = {work.subject for works in wanted.values() for work in works}
        loaded = await self._engine.commits.load(list(subjects))
        seen = {subject: causes(commits) for subject, commits in loaded.items()}
        return {
            place
            for place, works in wanted.items()
            for work in works
            if work.cause and not is_seen(seen[work.subject], work.cause)
        }

    async def resend(self, wanted: Mapping[str, Collection[int]]) -> int:
        """Send messages again, by subject their numbers; gives how many the broker confirmed."""
        found = []
        for subject, commits in (await self._engine.commits.load(list(wanted))).items():
            for messages in sendings(self._engine.stream, subject, commits).values():
                found += [wire(item) for item in messages if item.sequence in wanted[subject]]
        return sum(await self._engine.bus.publish(found, lane=1)) if found else 0

    async def skip(self, subject: str, upto: int, by: str) -> int:
        """Give up a subject's numbers to `upto`; gives how many that were (none: it is past them).

        Raises NotSkippedError for a subject that is not known.
        """
        engine = self._engine
        for _ in range(TRIES):
            commits = (await engine.commits.load([subject]))[subject]
            if not commits:
                raise NotSkippedError(f"{subject} is not known here")
            folded = fold(engine.stream, subject, commits)
            if folded.count >= upto:
                return 0
            draft = skipping(folded, upto, by, engine.now())
            commit = commit_of(subject, draft, engine.clock.real(), f"skip.{upto}")
            if not await engine.commits.append([commit]):
                return upto - folded.count
        raise NotSkippedError(f"{subject} changes too fast: try again")


def _told(sending: Sending) -> Told | None:
    """Word a message as it was sent; None for what was only passed on: its own sender says it."""
    outgoing, sent = sending.outgoing, wire(sending)
    if isinstance(outgoing.data, Raw):
        return None
    return Told(
        sending.subject, outgoing.source, sending.sequence, sent.message_id, outgoing.data.TYPE,
        sent.exchange, sent.key, sent.body.decode(),
    )  # fmt: skip


def _delivery(asked: Asked, service: str) -> Delivery:
    """Make a message as it would come out of the queue."""
    queue = f"q.{service}" if asked.office is None else f"q.office.{asked.office}"
    source = Source(queue, office=asked.office, inbox=asked.inbox)
    return Delivery(
        body=asked.body.encode(),
        message_id=None,
        content_type=None,
        headers={},
        exchange="",
        key="",
        given_back=0,
        tag=0,
        channel=cast("AbstractChannel", None),  # nothing here is acknowledged
        inlet=Inlet(source, 1, lambda _source: None),
    )

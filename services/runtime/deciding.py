"""One batch on its way: its items, the drafts of its subjects' commits, and what became of each."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic

from services.runtime import metrics
from services.runtime.fold import Draft, Sending, commit_of, decide, trace_of
from services.runtime.inlet import Delivery
from services.runtime.streams import Done, F, Folded, Q, Received, S, Stream, Work
from services.runtime.tracing import Span, Tracer

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Item(Generic[Q]):
    """A message or a command in a batch."""

    work: Work[Q] | None = None
    delivery: Delivery | None = None
    received: Received | None = None
    future: "asyncio.Future[Any] | None" = None
    error: Exception | None = None
    """Why a message could not be handled."""
    done: Done[Any, Any] | None = None
    result: str = ""
    span: Span | None = None


class Batch(Generic[S, Q, F]):
    """The items of one batch and the drafts they lead to."""

    def __init__(
        self,
        stream: Stream[S, Q, F],
        items: Sequence[Item[Q]],
        nonce: str,
        tracer: Tracer | None = None,
    ) -> None:
        """Sort the items by subject; nothing is decided yet."""
        self.items = items
        self.written: dict[str, list[Sending]] = {}
        self._stream = stream
        self._nonce = nonce
        self._tracer = tracer
        self._by_subject: dict[str, list[Item[Q]]] = {}
        self._loaded: dict[str, Folded[S]] = {}
        self._drafts: dict[str, Draft[S]] = {}
        for item in items:
            if item.work is not None:
                self._by_subject.setdefault(item.work.subject, []).append(item)

    def subjects(self) -> set[str]:
        """Give the subjects to decide on."""
        return set(self._by_subject)

    def is_commanded(self, subject: str) -> bool:
        """Tell whether a person or a timer asks: they are answered from what is stored now."""
        return any(item.work and item.work.cause is None for item in self._by_subject[subject])

    def is_first(self, subject: str) -> bool:
        """Tell whether most likely nothing is known of a subject yet."""
        return any(item.work and item.work.first for item in self._by_subject[subject])

    def load(self, states: Mapping[str, Folded[S]]) -> None:
        """Take subjects' states to decide from."""
        self._loaded.update(states)

    def decide(self, subjects: set[str], trusted: set[str], now: datetime) -> set[str]:
        """Decide on these subjects from the start; give those whose "no" may be out of date."""
        stale = set()
        for subject in subjects:
            loaded = self._loaded[subject]
            draft = Draft(loaded, first=loaded.count + 1)
            self.written.pop(subject, None)
            for item in self._by_subject[subject]:
                item.error, item.done = None, None
                try:
                    work = _work(item) if self._tracer is None else self._traced(item, draft)
                    item.done = decide(self._stream, draft, work, now)
                except Exception as error:  # noqa: BLE001 - one bad message must not fail its batch
                    item.error = error
                    if subject in trusted:
                        stale.add(subject)
            self._drafts[subject] = draft
        return stale

    def _traced(self, item: Item[Q], draft: Draft[S]) -> Work[Q]:
        """Give the work of an item as one that belongs to a span of its own.

        Who decides once more (a lost race) stays in the span, where it has the same parent.
        """
        work = _work(item)
        parent = trace_of(draft.folded, work)
        if self._tracer and (item.span is None or item.span.parent != parent):
            item.span = self._tracer.deciding(work, parent, item.received)
        return replace(work, traceparent=item.span.traceparent) if item.span else work

    def commits(self, subjects: set[str], at: datetime) -> list[Mapping[str, Any]]:
        """Make the commits of the subjects that changed."""
        made: list[Mapping[str, Any]] = []
        for subject in subjects:
            draft = self._drafts[subject]
            if draft.decisions:
                try:
                    made.append(commit_of(subject, draft, at, self._nonce))
                except Exception as error:  # noqa: BLE001 - facts that can't be stored fail alone
                    self._drop(subject, error)
                else:
                    self.written[subject] = draft.sendings
        return made

    def _drop(self, subject: str, error: Exception) -> None:
        """Take back what was decided on a subject: none of it is stored."""
        self._drafts[subject] = Draft(self._loaded[subject])
        for item in self._by_subject[subject]:
            item.error, item.done = item.error or error, None

    def has_changed(self, subject: str) -> bool:
        """Tell whether a subject got a commit."""
        return bool(self._drafts[subject].decisions)

    def folded(self, subject: str) -> Folded[S]:
        """Give a subject's state after its commit."""
        return self._drafts[subject].folded

    def settle(self) -> None:
        """Answer the commands: what they asked for is stored, and so it is logged."""
        drafts = self._drafts
        if log.isEnabledFor(logging.INFO):
            self._tell()
        self.written = {
            f"{subject}/{drafts[subject].folded.rev}": sendings
            for subject, sendings in self.written.items()
        }
        for item in self.items:
            if item.future is None or item.future.done():
                continue
            if item.error is not None:
                item.future.set_exception(item.error)
            else:
                item.future.set_result(item.done)

    def _tell(self) -> None:
        """Log a line a commit: what it is about, what happened, and the traces it belongs to.

        Of one that says nothing to anybody (it was heard, and is counted) only when debugging.
        """
        debugged = log.isEnabledFor(logging.DEBUG)
        for subject, sendings in self.written.items():
            if not sendings and not debugged:
                continue
            draft = self._drafts[subject]
            facts = [fact["type"] for item in draft.decisions for fact in item["facts"]]
            traces = {item["trace"] for item in draft.decisions if "trace" in item}
            about = draft.sendings[0].outgoing.correlation if draft.sendings else subject
            extra = {"subject": subject, "case": about, "trace": " ".join(sorted(traces))}
            log.info("stored %s", ", ".join(facts) or "that it was heard", extra=extra)

    def failures(self) -> list[Item[Q]]:
        """Give the messages that could not be handled, each once however many subjects it has."""
        failed = [item for item in self.items if item.error is not None and item.delivery]
        return list({id(item.delivery): item for item in reversed(failed)}.values())[::-1]

    def count(self) -> None:
        """Count what became of the messages, and end their spans."""
        results = Counter(_result(item) for item in self.items if item.delivery)
        for result, number in results.items():
            metrics.MESSAGES.labels(result).inc(number)
        if self._tracer is not None:
            for item in self.items:
                if item.span is not None:
                    item.span.end(_result(item), item.error)


def fail(items: Sequence[Item[Q]], error: Exception) -> None:
    """Answer all commands that wait with an error."""
    for item in items:
        if item.future is not None and not item.future.done():
            item.future.set_exception(error)


def _work(item: Item[Q]) -> Work[Q]:
    if item.work is None:
        raise TypeError
    return item.work


def _result(item: Item[Q]) -> str:
    if item.result:
        return item.result
    if item.done is None:
        return "ignored"
    return "repeated" if item.done.repeated else "decided"

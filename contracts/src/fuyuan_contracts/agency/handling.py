"""Runs the office's code: from the store, several assignments at a time, each in its order."""

import asyncio
import logging

from fuyuan_contracts.agency import works
from fuyuan_contracts.agency.assignment import Assignment
from fuyuan_contracts.agency.declared import Declarations
from fuyuan_contracts.agency.errors import EndedError, StoreError
from fuyuan_contracts.agency.model import OPEN, Kept, Stage
from fuyuan_contracts.agency.store import Store
from fuyuan_contracts.agency.waking import Waking
from fuyuan_contracts.agency.works import Work
from fuyuan_contracts.events import AssignmentFailed
from fuyuan_contracts.personal import masked

log = logging.getLogger("fuyuan.agency")
POLL_SECONDS = 0.5
"""Another program may have changed the store, or a wait may be over."""
MAX_WAIT_SECONDS = 300
MAX_ERROR = 1000


class Handling:
    """The office's code at work."""

    def __init__(
        self, store: Store, declared: Declarations, *, at_once: int, retry_seconds: float
    ) -> None:
        """Run up to `at_once` assignments at the same time."""
        self._store = store
        self._declared = declared
        self._at_once = at_once
        self._retry_seconds = retry_seconds
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self, waking: Waking, stop_seconds: float) -> None:
        """Work until it is told to stop; then finish what is in hand, for so long at most."""
        if not self._declared.wanted:
            await waking.stopping.wait()
        while not waking.stopping.is_set():
            try:
                await self._begin()
            except StoreError as error:
                log.error("%s", error)  # noqa: TRY400 -- it says all
            await waking.wait(POLL_SECONDS, *self._running.values())
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=stop_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _begin(self) -> None:
        for name in [name for name, task in self._running.items() if task.done()]:
            self._running.pop(name).result()
        if len(self._running) >= self._at_once:
            return
        found = await asyncio.to_thread(
            works.next_works,
            self._store,
            self._declared.wanted,
            self._declared.tasks,
            frozenset(self._running),
        )
        for work in found[: self._at_once - len(self._running)]:
            task = asyncio.create_task(self._run(work))
            self._running[work.assignment_id] = task

    async def _run(self, work: Work) -> None:
        try:
            await self._attempt(work)
        except StoreError as error:  # it is tried again
            log.error("%s", error, extra={"assignment": work.assignment_id})  # noqa: TRY400

    async def _attempt(self, work: Work) -> None:
        kept = await asyncio.to_thread(self._store.kept, work.assignment_id)
        if (result := _needless(work, kept)) is not None:
            await asyncio.to_thread(works.finish, self._store, work, result)
            return
        if work.attempts > self._retries(work):
            await self._give_up(work, kept, "the program ended while it was handled")
            return
        await asyncio.to_thread(works.begin, self._store, work)
        about = {"assignment": work.assignment_id, "case": kept.issued.case_id, "event": work.hook}
        result, error = "done", None
        try:
            await self._call(work, Assignment(self._store, kept, work.n))
        except asyncio.CancelledError as cancelled:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # it has to stop; else the code's own doing
                works.interrupted(self._store, work)
                raise
            await self._retry(work, kept, cancelled)
            return
        except EndedError as ended:
            result, error = "ended", str(ended)
        except Exception as raised:  # noqa: BLE001 -- whatever an office's code raises
            await self._retry(work, kept, raised)
            return
        await asyncio.to_thread(works.finish, self._store, work, result, error)
        log.info("handled: %s", result, extra=about)

    async def _retry(self, work: Work, kept: Kept, raised: BaseException) -> None:
        text = masked(f"{type(raised).__name__}: {raised}")[:MAX_ERROR]
        about = {"assignment": work.assignment_id, "case": kept.issued.case_id, "event": work.hook}
        log.warning("attempt %d: %s", work.attempts + 1, type(raised).__name__, extra=about)
        if work.attempts >= self._retries(work):
            await self._give_up(work, kept, text)
        else:
            wait = min(self._retry_seconds * 2**work.attempts, MAX_WAIT_SECONDS)
            await asyncio.to_thread(works.put_off, self._store, work, wait, text)

    async def _call(self, work: Work, given: Assignment) -> None:
        if work.hook != works.ISSUED:
            event = await asyncio.to_thread(works.message_of, self._store, work)
            await self._declared.hooks[work.hook](given, event)
        elif handler := self._declared.of(work.task):
            await handler.call(given)

    def _retries(self, work: Work) -> int:
        handler = self._declared.of(work.task) if work.hook == works.ISSUED else None
        return handler.retries if handler else self._declared.retries

    async def _give_up(self, work: Work, kept: Kept, error: str) -> None:
        """Leave it to a person; routing is told where an assignment as such could not be done."""
        about = {"assignment": work.assignment_id, "case": kept.issued.case_id, "event": work.hook}
        log.error("given up; `parked` says why", extra=about)
        if work.hook == works.ISSUED:
            said = AssignmentFailed(assignment_id=work.assignment_id, error=error)
            try:
                await asyncio.to_thread(self._store.say, said, work.n)
            except EndedError as ended:
                error = f"{error}; {ended}"
        await asyncio.to_thread(works.finish, self._store, work, "gave_up", error)


def _needless(work: Work, kept: Kept) -> str | None:
    """Tell why an issued assignment needn't be handled any more."""
    if work.hook != works.ISSUED or kept.stage in OPEN:
        return None
    return "recalled" if kept.stage is Stage.RECALLED else "ended"

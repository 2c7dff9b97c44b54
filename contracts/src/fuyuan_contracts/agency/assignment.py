"""An assignment as an office's code meets it: what was given, and what may be said about it."""

import asyncio
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from fuyuan_contracts import events as e
from fuyuan_contracts.agency.acts import same
from fuyuan_contracts.agency.errors import ActError
from fuyuan_contracts.agency.model import Kept, Report, Request, Stage
from fuyuan_contracts.agency.reading import explain
from fuyuan_contracts.agency.store import Store
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.personal import masked
from fuyuan_contracts.steps import AnyStep


class Assignment:
    """One assignment of the store.

    Each act is on the disk when its `await` returns; the running consumer sends it. The same said
    twice is sent once. An act raises RecalledError after a recall, EndedError after the end, and
    ActError, naming the field, for what routing would refuse.
    """

    def __init__(self, store: Store, kept: Kept, work: int | None = None) -> None:
        """Show what is kept. `work`: the number of the handler's work this is made for."""
        self._store = store
        self._kept = kept
        self._work = work
        # What a run of this work that was cut short has said: the next run says it again.
        self._before = [report.said for report in kept.valid if work and report.work == work]

    @property
    def id(self) -> str:
        """`<case>.<task>.<round>`."""
        return self._kept.id

    @property
    def issued(self) -> e.AssignmentIssued:
        """All that routing gave."""
        return self._kept.issued

    @property
    def case_id(self) -> str:
        """The case's id."""
        return self.issued.case_id

    @property
    def task(self) -> str:
        """What the office is asked to do, such as `tax_clearance`."""
        return self.issued.task

    @property
    def reason(self) -> str:
        """Why it was given to this office."""
        return self.issued.reason

    @property
    def case(self) -> e.CaseBody:
        """The filing as it was passed on; `case.details` are those of its kind."""
        return self.issued.case

    @property
    def receipt_due(self) -> datetime:
        """When it has to be received (签收)."""
        return self.issued.receipt_due

    @property
    def resolution_due(self) -> datetime:
        """When it has to be resolved (办结), after the times the clock stood still."""
        return self._kept.resolution_due

    @property
    def stage(self) -> Stage:
        """How far it is."""
        return self._kept.stage

    @property
    def recalled(self) -> e.AssignmentRecalled | None:
        """The recall, where there is one."""
        return self._kept.recalled

    @property
    def requests(self) -> tuple[Request, ...]:
        """What the filer was asked, with the answers."""
        return self._kept.requests

    @property
    def attachments(self) -> tuple[e.Attachment, ...]:
        """The files of the case; their bytes are fetched from intake."""
        return self._kept.attachments

    @property
    def clusters(self) -> tuple[e.Cluster, ...]:
        """类案: cases alike."""
        return self._kept.clusters

    @property
    def links(self) -> tuple[e.CaseLinked, ...]:
        """关联: the cases that a person has linked to this one; ids and why, no more."""
        return self._kept.links

    @property
    def reports(self) -> tuple[Report, ...]:
        """What the office has said, when it was sent, and what was refused."""
        return self._kept.reports

    def refresh(self) -> None:
        """Read it again: another program may have acted, or news may have come."""
        self._kept = self._store.kept(self.id)

    async def receive(self, *, by: str | None = None) -> None:
        """签收: a person has it, or the office's declared policy says so."""
        await self._say(e.AssignmentReceived, by=by)

    async def accept(self, *, by: str | None = None) -> None:
        """受理: the office takes it on."""
        await self._say(e.AssignmentAccepted, by=by)

    async def progress(
        self, note: str, *, step: AnyStep | None = None, by: str | None = None
    ) -> None:
        """进展: it moves; `step` for those that are counted."""
        await self._say(e.AssignmentProgressed, note=note, step=step, by=by)

    async def request_information(self, question: str, *, by: str | None = None) -> None:
        """要求补充材料: ask the filer; the clock stops until the answer (`on_supplied`)."""
        await self._say(e.InformationRequested, question=question, request=1, by=by)

    async def resolve(self, outcome: AnyOutcome, *, by: str | None = None) -> None:
        """办结, with the outcome of this very task."""
        await self._say(e.AssignmentResolved, outcome=outcome, by=by)

    async def return_(
        self, reason: str, *, better_office: str | None = None, by: str | None = None
    ) -> None:
        """退回: not this office's matter."""
        await self._say(e.AssignmentReturned, reason=reason, better_office=better_office, by=by)

    async def fail(self, error: str) -> None:
        """Say that the office's program can't process it; a person still can."""
        await self._say(e.AssignmentFailed, error=masked(error))

    async def _say(self, report: type[e.AssignmentReport], **fields: Any) -> None:  # noqa: ANN401
        try:
            said = report.model_validate({"assignment_id": self.id, **fields})
        except ValidationError as error:
            raise ActError(explain(error)) from None
        for done in self._before:
            if same(done, said):
                self._before.remove(done)
                return
        self._kept = await asyncio.to_thread(self._store.say, said, self._work)

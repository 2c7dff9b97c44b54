"""What an office knows about one assignment: a fold of what came and what it said. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fuyuan_contracts.data import Data
from fuyuan_contracts.events import (
    AssignmentAccepted,
    AssignmentDelivered,
    AssignmentFailed,
    AssignmentIssued,
    AssignmentProgressed,
    AssignmentRecalled,
    AssignmentReceived,
    AssignmentReport,
    AssignmentResolved,
    AssignmentReturned,
    Attachment,
    CaseAttached,
    CaseClustered,
    CaseLinked,
    Cluster,
    InformationRequested,
    InformationSupplied,
)


class Stage(StrEnum):
    """How far an assignment is."""

    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    FAILED = "failed"
    """The program could not process it; a person still can."""
    RESOLVED = "resolved"
    RETURNED = "returned"
    RECALLED = "recalled"


OPEN = (Stage.DELIVERED, Stage.RECEIVED, Stage.ACCEPTED, Stage.FAILED)
"""Stages that wait for the office."""
STAGES: dict[type[AssignmentReport], Stage] = {
    AssignmentReceived: Stage.RECEIVED,
    AssignmentAccepted: Stage.ACCEPTED,
    AssignmentProgressed: Stage.ACCEPTED,
    InformationRequested: Stage.ACCEPTED,
    AssignmentFailed: Stage.FAILED,
    AssignmentResolved: Stage.RESOLVED,
    AssignmentReturned: Stage.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Report:
    """Something the office has said."""

    sequence: int
    id: str
    said: AssignmentReport
    at: datetime
    sent_at: datetime | None = None
    """When the broker had confirmed it."""
    refused: str | None = None
    """Why routing did not take it (`assignment.refused`)."""
    work: int | None = None
    """Number of the handler's work that said it; None for what came from elsewhere."""


@dataclass(frozen=True, slots=True)
class Request:
    """要求补充材料, and its answer when there is one."""

    number: int
    question: str
    answer: InformationSupplied | None


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is stored about one assignment, in the order it happened."""

    id: str
    issued: AssignmentIssued
    """As issued last: the same again with new deadlines replaces it."""
    cause: str
    """Id of the message that issued it first."""
    reports: tuple[Report, ...] = ()
    heard: tuple[Data, ...] = ()
    """What came about it besides."""

    @property
    def valid(self) -> tuple[Report, ...]:
        """The reports that were not refused."""
        return tuple(report for report in self.reports if report.refused is None)

    @property
    def recalled(self) -> AssignmentRecalled | None:
        """The recall, where there is one."""
        found = [event for event in self.heard if isinstance(event, AssignmentRecalled)]
        return found[0] if found else None

    @property
    def stage(self) -> Stage:
        """How far it is. A recall is the last word; a refused report was never said."""
        if self.recalled is not None:
            return Stage.RECALLED
        stage = Stage.UNKNOWN
        for report in self.valid:
            if stage in (Stage.RESOLVED, Stage.RETURNED):
                break
            if isinstance(report.said, AssignmentDelivered):
                stage = Stage.DELIVERED if stage in (Stage.UNKNOWN, Stage.FAILED) else stage
            elif not (isinstance(report.said, AssignmentReceived) and stage is Stage.ACCEPTED):
                stage = STAGES[type(report.said)]
        return stage

    @property
    def requests(self) -> tuple[Request, ...]:
        """What the filer was asked, with the answers."""
        answers = {
            item.request: item for item in self.heard if isinstance(item, InformationSupplied)
        }
        asked = [item.said for item in self.valid if isinstance(item.said, InformationRequested)]
        return tuple(
            Request(item.request, item.question, answers.get(item.request)) for item in asked
        )

    @property
    def resolution_due(self) -> datetime:
        """The deadline, after the times the clock stood still for an answer."""
        moved = [
            item.resolution_due
            for item in self.heard
            if isinstance(item, InformationSupplied) and item.resolution_due
        ]
        return max((self.issued.resolution_due, *moved))

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files of the case: those it was issued with, and later ones."""
        answers = (item for item in self.heard if isinstance(item, InformationSupplied))
        later = (item.attachment for item in self.heard if isinstance(item, CaseAttached))
        given = (*self.issued.attachments, *(one for item in answers for one in item.attachments))
        return tuple({item.attachment_id: item for item in (*given, *later)}.values())

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """类案, as told last."""
        found = [event.clusters for event in self.heard if isinstance(event, CaseClustered)]
        return found[-1] if found else ()

    @property
    def links(self) -> tuple[CaseLinked, ...]:
        """关联: the cases that a person has linked to this one."""
        return tuple(event for event in self.heard if isinstance(event, CaseLinked))

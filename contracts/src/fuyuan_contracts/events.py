"""Every event by its wire name: the one place to look one up or to read one.

One definition per event. An added optional field keeps the version; anything else is a new one.
"""

from typing import Any

from fuyuan_contracts.assignment_events import (
    AssignmentAccepted,
    AssignmentContext,
    AssignmentDelivered,
    AssignmentDueSoon,
    AssignmentFailed,
    AssignmentIssued,
    AssignmentOverdue,
    AssignmentProgressed,
    AssignmentRecalled,
    AssignmentReceived,
    AssignmentRefused,
    AssignmentReport,
    AssignmentResolved,
    AssignmentReturned,
    AssignmentUrged,
    InformationRequested,
    InformationSupplied,
)
from fuyuan_contracts.case_events import (
    CaseBody,
    CaseClosed,
    CaseConcluded,
    CaseEscalated,
    CaseFiled,
    CaseRouted,
    CaseUnroutable,
    CaseWithdrawn,
    Issued,
    Unrouted,
)
from fuyuan_contracts.data import Agency, Data, PersonRef, Task
from fuyuan_contracts.liaison_events import (
    InstructionClosed,
    InstructionData,
    InstructionIssued,
    InstructionOverdue,
    MeetingRecorded,
    MeetingType,
    Reviewed,
)
from fuyuan_contracts.link_events import (
    Attachment,
    AttachmentId,
    CaseAttached,
    CaseClustered,
    CaseLinked,
    Cluster,
    Relation,
)
from fuyuan_contracts.project_events import (
    FundingSource,
    MeetingHeld,
    ProjectFunded,
    ProjectRegistered,
    ProjectRiskRaised,
    ProjectStage,
    ProjectStageChanged,
)
from fuyuan_contracts.system_events import (
    AccessRevoked,
    AuditAnchored,
    MessageParked,
    MessageReplayed,
)

__all__ = [
    "EVENTS",
    "REPORTS",
    "AccessRevoked",
    "Agency",
    "AssignmentAccepted",
    "AssignmentContext",
    "AssignmentDelivered",
    "AssignmentDueSoon",
    "AssignmentFailed",
    "AssignmentIssued",
    "AssignmentOverdue",
    "AssignmentProgressed",
    "AssignmentRecalled",
    "AssignmentReceived",
    "AssignmentRefused",
    "AssignmentReport",
    "AssignmentResolved",
    "AssignmentReturned",
    "AssignmentUrged",
    "Attachment",
    "AttachmentId",
    "AuditAnchored",
    "CaseAttached",
    "CaseBody",
    "CaseClosed",
    "CaseClustered",
    "CaseConcluded",
    "CaseEscalated",
    "CaseFiled",
    "CaseLinked",
    "CaseRouted",
    "CaseUnroutable",
    "CaseWithdrawn",
    "Cluster",
    "Data",
    "FundingSource",
    "InformationRequested",
    "InformationSupplied",
    "InstructionClosed",
    "InstructionData",
    "InstructionIssued",
    "InstructionOverdue",
    "Issued",
    "MeetingHeld",
    "MeetingRecorded",
    "MeetingType",
    "MessageParked",
    "MessageReplayed",
    "PersonRef",
    "ProjectFunded",
    "ProjectRegistered",
    "ProjectRiskRaised",
    "ProjectStage",
    "ProjectStageChanged",
    "Relation",
    "Reviewed",
    "Task",
    "UnknownEventError",
    "Unrouted",
    "parse",
    "schema_urn",
    "short_name",
]

REPORTS: frozenset[str] = frozenset(
    event.TYPE
    for event in (
        AssignmentDelivered,
        AssignmentReceived,
        AssignmentAccepted,
        AssignmentReturned,
        AssignmentProgressed,
        AssignmentResolved,
        AssignmentFailed,
        InformationRequested,
    )
)
"""What an office may say."""


def _leaves(base: type[Data]) -> list[type[Data]]:
    found = [] if "TYPE" not in vars(base) else [base]
    return found + [leaf for child in base.__subclasses__() for leaf in _leaves(child)]


EVENTS: dict[str, type[Data]] = {event.TYPE: event for event in _leaves(Data)}
"""Every event by its wire name."""


class UnknownEventError(ValueError):
    """The type, or this version of it, is not in this library."""


def parse(type_: str, data: dict[str, Any]) -> Data:
    """Read an event's data by its wire name.

    A field this version doesn't know is ignored at any depth, also in the parts that a filing over
    HTTP has to get exactly right. Raises UnknownEventError for a type or version not listed here,
    pydantic.ValidationError for data that doesn't fit.
    """
    event = EVENTS.get(type_)
    if event is None:
        msg = f"unknown event type or version: {type_}"
        raise UnknownEventError(msg)
    return event.model_validate(data, extra="ignore")


def short_name(type_: str) -> str:
    """`cn.fuyuan.case.filed.v1` → `case.filed`, the front of its routing key."""
    return type_.removeprefix("cn.fuyuan.").rsplit(".v", 1)[0]


def schema_urn(type_: str) -> str:
    """Name the `dataschema` of an event; its JSON Schema is the file of that name in `schemas/`."""
    return f"urn:fuyuan:schema:{type_}"

"""What joins cases to each other and to files: links, clusters of like cases, attachments."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from fuyuan_contracts.cases import Kind
from fuyuan_contracts.data import Data, Number
from fuyuan_contracts.identifiers import AssignmentId, CaseId, DivisionCode, Line, OfficeId, Text
from fuyuan_contracts.times import Day

AttachmentId = Annotated[str, StringConstraints(pattern=r"^f[a-z2-7]{24}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Relation = Literal["same_matter", "same_party", "same_project", "same_action", "continues", "other"]


class CaseLinked(Data):
    """关联: a person has linked two cases (seed brief row 16). `side` tells which end this is."""

    TYPE = "cn.fuyuan.case.linked.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    other: CaseId
    relation: Relation
    reason: Text
    side: Literal["from", "to"] = "from"
    by: Line | None = None
    assignment_ids: tuple[AssignmentId, ...] = ()
    """On the way to an office's inbox: its own open assignments of the case. Of the other case it
    is told the id and no more, since it may not see what isn't its own."""


class Cluster(Data):
    """Cases alike within a window: the same party, project or agency action."""

    alike: Literal["party", "project", "action"]
    what: Line
    """The party's name, the project's, or the action, as the case's details have it."""
    size: Number
    """How many cases, this one included."""
    window_days: Number
    since: Day
    """The day the earliest of them was filed."""
    cases: Annotated[tuple[CaseId, ...], Field(max_length=20)] = ()
    """The latest others; ids only, since an office may not see what isn't its own."""


class CaseClustered(Data):
    """类案: a case was found alike to others; sent again when a cluster has grown."""

    TYPE = "cn.fuyuan.case.clustered.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    clusters: Annotated[tuple[Cluster, ...], Field(max_length=20)]
    assignment_ids: tuple[AssignmentId, ...] = ()
    """On the way to an office's inbox: its own open assignments of the case."""


class Attachment(Data):
    """A file of a case. The bytes stay with intake (claim check); `sha256` tells them apart."""

    attachment_id: AttachmentId
    name: Line
    media_type: Line
    size: Number
    """Bytes."""
    sha256: Sha256


class CaseAttached(Data):
    """附件: a file was added to a case."""

    TYPE = "cn.fuyuan.case.attached.v1"
    case_id: CaseId
    kind: Kind
    division: DivisionCode
    attachment: Attachment
    office: OfficeId | None = None
    """Who added it: the filer, or an office with an assignment of the case."""
    by: Line | None = None
    assignment_ids: tuple[AssignmentId, ...] = ()
    """On the way to an office's inbox: its own open assignments of the case."""

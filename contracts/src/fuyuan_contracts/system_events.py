"""What happens to the system itself: keys revoked, messages parked, histories anchored."""

from typing import Annotated

from pydantic import Field, StringConstraints

from fuyuan_contracts.data import Data
from fuyuan_contracts.identifiers import Line, OfficeId


class AccessRevoked(Data):
    """A key is void from now on; every token got with it, too."""

    TYPE = "cn.fuyuan.access.revoked.v1"
    key_id: Line
    office: OfficeId | None = None


class MessageParked(Data):
    """A message could not be handled and lies with the operators."""

    TYPE = "cn.fuyuan.message.parked.v1"
    parked_id: Line
    queue: Line
    reason: Line


class MessageReplayed(Data):
    """An operator has sent a parked message again."""

    TYPE = "cn.fuyuan.message.replayed.v1"
    parked_id: Line
    queue: Line


class AuditAnchored(Data):
    """A service has listed the ends of the histories it has added to; others keep the digest.

    Who changes a history in that service's database, or cuts its end off, can't change what they
    keep (`fuyuan audit verify`).
    """

    TYPE = "cn.fuyuan.audit.anchored.v1"
    list_id: Line
    number: Annotated[int, Field(ge=1)]
    """Counts the service's lists."""
    commits: Annotated[int, Field(ge=1)]
    """How many entries of histories the list covers."""
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the list."""

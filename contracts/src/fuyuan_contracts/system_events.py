"""What happens to the system itself: keys revoked, messages parked and replayed."""

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

"""From the bytes of an inbox to what they say and whom they concern, or why they can't be read."""

from dataclasses import dataclass

from pydantic import ValidationError

from fuyuan_contracts.data import Data
from fuyuan_contracts.envelope import Envelope, decode
from fuyuan_contracts.events import (
    AccessRevoked,
    AssignmentIssued,
    AssignmentRecalled,
    AssignmentRefused,
    AssignmentUrged,
    CaseAttached,
    CaseClustered,
    CaseLinked,
    InformationSupplied,
    InstructionIssued,
    UnknownEventError,
    parse,
)
from fuyuan_contracts.ids import AssignmentKey, assignment_key

ISSUED = "cn.fuyuan.assignment.issued.v"
"""Front of the type, of any version."""
MAX_ERROR = 1000


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that could be read."""

    envelope: Envelope
    data: Data
    concerns: tuple[str, ...]
    """The assignments it is about."""


class UnreadableError(Exception):
    """A message that can't be read, however often it comes."""

    def __init__(self, reason: str, error: str, envelope: Envelope | None = None) -> None:
        """Keep a short reason (`not_json`, `unknown_type`, …); `error` never repeats the input."""
        super().__init__(error[:MAX_ERROR])
        self.reason = reason
        self.envelope = envelope

    def assignment(self, office: str) -> tuple[str, AssignmentKey] | None:
        """Tell which assignment of the office it would have issued, if that much can be read."""
        envelope = self.envelope
        if envelope is None or not envelope.type.startswith(ISSUED):
            return None
        name = envelope.data.get("assignment_id")
        try:
            key = assignment_key(name if isinstance(name, str) else "")
        except ValueError:
            return None
        return (str(name), key) if envelope.data.get("office") == office else None


def read(body: bytes, office: str) -> Heard:
    """Read a message of the inbox of `office`. Raises UnreadableError."""
    try:
        envelope = decode(body)
    except ValidationError as error:
        kinds = {item["type"] for item in error.errors()}
        reason = "not_json" if "json_invalid" in kinds else "not_an_envelope"
        raise UnreadableError(reason, explain(error)) from error
    try:
        data = parse(envelope.type, envelope.data)
    except UnknownEventError as error:
        raise UnreadableError("unknown_type", str(error), envelope) from error
    except ValidationError as error:
        raise UnreadableError("wrong_data", explain(error), envelope) from error
    return Heard(envelope, data, _concerns(data, office))


def _concerns(data: Data, office: str) -> tuple[str, ...]:
    match data:
        case AssignmentIssued():
            if data.office != office:
                raise UnreadableError("not_ours", f"is for {data.office}, not for {office}")
            return (data.assignment_id,)
        case AssignmentRecalled() | AssignmentRefused() | AssignmentUrged() | InformationSupplied():
            return (data.assignment_id,)
        case InstructionIssued():
            return (data.assignment_id,) if data.assignment_id else ()
        case CaseAttached() | CaseClustered() | CaseLinked():
            return data.assignment_ids
        case AccessRevoked():
            return ()
        case _:
            raise UnreadableError("not_for_an_inbox", f"{data.TYPE} is nothing an office is sent")


def explain(error: ValidationError) -> str:
    """Name each wrong field and what was expected; the input itself is never repeated."""
    listed = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in listed)

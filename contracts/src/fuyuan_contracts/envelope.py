"""The envelope every message travels in: CloudEvents 1.0, structured JSON."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from fuyuan_contracts.identifiers import LINE
from fuyuan_contracts.times import Instant

CONTENT_TYPE = "application/cloudevents+json"

Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
TraceParent = Annotated[
    str, StringConstraints(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
]


class Envelope(BaseModel):
    """One event on the wire.

    `source` and `subject` together name a stream of events; `sequence` counts up in it from 1, and
    `id` is derived from the three (`ids.event_id`). An unknown field is ignored: a newer sender may
    say more than this version knows.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    MEDIA_TYPE: ClassVar[str] = CONTENT_TYPE

    specversion: Literal["1.0"] = "1.0"
    id: Short
    source: Annotated[Short, StringConstraints(pattern=r"^/[a-z0-9/._-]+$")]
    """`/services/routing`, `/offices/tax.410526`."""
    type: Annotated[Short, StringConstraints(pattern=r"^[a-z][a-z0-9_.]*\.v[1-9][0-9]*$")]
    """`cn.fuyuan.assignment.issued.v1`."""
    subject: Short
    """What the stream is about: a case; for what an office says, the assignment; a project."""
    time: Instant
    dataschema: Short | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
    """A number, within CloudEvents' Integer; counts up per source and subject."""
    causationid: Short | None = None
    """The `id` of the event this one answers."""
    correlationid: Short | None = None
    """The case (or project) the whole conversation is about."""
    traceparent: TraceParent | None = None
    """W3C Trace Context: one trace from filing to closing."""
    data: dict[str, Any]

    @model_validator(mode="after")
    def _says_what_it_is(self, info: ValidationInfo) -> Self:
        """On the wire `specversion` is required; in the program it goes without saying."""
        if info.mode == "json" and "specversion" not in self.model_fields_set:
            msg = "specversion is required"
            raise ValueError(msg)
        return self

    def encode(self) -> bytes:
        """Return the bytes for the wire (UTF-8 JSON, absent attributes left out)."""
        return self.model_dump_json(exclude_none=True).encode()


def decode(body: bytes) -> Envelope:
    """Read an envelope. Raises pydantic.ValidationError naming each wrong field."""
    return Envelope.model_validate_json(body)

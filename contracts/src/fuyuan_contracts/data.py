"""What the events are made of."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from fuyuan_contracts.identifiers import Line

Task = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,39}$")]
"""What an office is asked to do: a need or a measure of the case, such as `tax_clearance`."""
Agency = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,31}$")]
"""The front of an office's id, such as `tax`."""
Number = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]


class Data(BaseModel):
    """The `data` of an event: frozen; a field this version doesn't know is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    TYPE: ClassVar[str]


class PersonRef(Data):
    """A person as the bus may know one: never a resident id or a phone number.

    `ref` is what an office asks intake with; `digest` (keyed) finds the same person exactly.
    """

    ref: Line
    name: Line
    digest: Line | None = None

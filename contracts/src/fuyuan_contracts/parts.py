"""What filings and answers are made of."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fuyuan_contracts.identifiers import CreditCode, DivisionCode, Line

Count = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]
Flag = Annotated[bool, Field(strict=True)]


class Strict(BaseModel):
    """A part of a filing or an answer: frozen, and a field nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Lane(StrEnum):
    """Green channel (绿色通道) cases have shorter deadlines."""

    ORDINARY = "ordinary"
    GREEN = "green"


class Organisation(Strict):
    """A legal person."""

    name: Line
    credit_code: CreditCode | None = None


class ProjectRef(Strict):
    """A housing project, known by its division and its name (`ids.project_id`)."""

    division: DivisionCode
    name: Line


class Party(Strict):
    """当事人: who is in dispute, owes or applies. Never a resident id or a phone number here."""

    name: Line
    type: Literal["person", "organisation", "group"] = "person"
    """A group is known by its name and its representative, such as 某村二十余户."""
    credit_code: CreditCode | None = None


class Participant(Party):
    """One of the "2+N" who sit at a mediation (seed brief row 20)."""

    role: Literal["applicant", "organ", "mediator", "court", "expert", "community", "other"]


Parties = Annotated[tuple[Party, ...], Field(max_length=500)]


def no_repeats(asked: tuple[StrEnum, ...], name: str = "needs") -> None:
    """Refuse a list that asks for the same thing twice. Raises ValueError."""
    if len(set(asked)) != len(asked):
        msg = f"{name} names the same one twice"
        raise ValueError(msg)

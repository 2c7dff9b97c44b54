"""What filers, officers and operators send over HTTP, and how a filing is checked and stored."""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from fuyuan_contracts.cases import Details, Lane
from fuyuan_contracts.identifiers import (
    DivisionCode,
    Line,
    OfficeId,
    Phone,
    Reference,
    ResidentId,
    Text,
)
from fuyuan_contracts.times import Day
from services.intake import model as m
from services.intake import rules
from services.intake.store import Vault
from services.runtime.auth import OF_AN_OFFICE, Role
from services.runtime.http import Body, FieldError
from services.runtime.personal import SAY_IT_ELSEWHERE, holds_personal, holds_resident_id

REFERENCE, CREDIT_CODE = "reference", "credit_code"


class ContactBody(Body):
    """The person an office may turn to. Phone and resident id are encrypted, never passed on."""

    name: Line
    phone: Phone | None = Field(None, repr=False)
    resident_id: ResidentId | None = Field(None, repr=False)


class FilingBody(Body):
    """案件提请: one case. The filer is the caller's own office."""

    reference: Reference
    title: Line
    summary: Text | None = None
    division: DivisionCode
    lane: Lane = Lane.ORDINARY
    filed_on: Day
    details: Details
    contact: ContactBody | None = None
    synthetic: Annotated[tuple[Line, ...], Field(max_length=100)] = ()
    """Fields whose values are made up (samples and rehearsals)."""


class DisclosureBody(Body):
    """An officer asks for a personal value, and says what for."""

    field: m.Personal
    purpose: Text


class KeyBody(Body):
    """An operator makes an access key."""

    role: Role
    office: OfficeId | None = None
    division: DivisionCode | None = None
    name: Line
    expires_days: Annotated[int, Field(ge=1, le=3650)] = 365

    @model_validator(mode="after")
    def _scoped(self) -> Self:
        if self.role in OF_AN_OFFICE and self.office is None:
            msg = f"office is required for the role {self.role}"
            raise ValueError(msg)
        if self.role is Role.LIAISON and self.division is None:
            msg = "division is required for the role liaison"
            raise ValueError(msg)
        if self.office and self.division not in (None, self.office_division):
            msg = f"division is not that of {self.office}"
            raise ValueError(msg)
        return self

    @property
    def office_division(self) -> str | None:
        """The division the office's id ends in."""
        return self.office.rpartition(".")[2] if self.office else None


class TokenBody(Body):
    """An access key, to be changed for an access token."""

    key: Annotated[SecretStr, Field(max_length=200)]


def errors_of(body: FilingBody, divisions: Collection[str], today: date) -> list[FieldError]:
    """Say what a well-formed filing gets wrong. No value is repeated in a message."""
    found = [
        FieldError(field, message)
        for field, message in rules.refusals(body.model_dump(), divisions, today).items()
    ]
    shown = body.model_dump(exclude={"contact": {"phone", "resident_id"}})
    return found + [
        FieldError(path, f"{SAY_IT_ELSEWHERE}: say it in contact")
        for path, value in rules.leaves(shown)
        if isinstance(value, str) and _is_personal(path, value)
    ]


async def filing_of(body: FilingBody, filer: str, vault: Vault) -> m.Filing:
    """Make the filing that is stored: personal values sealed, all else as it was said."""
    return m.Filing(
        filer=filer,
        reference=body.reference,
        title=body.title,
        summary=body.summary,
        division=body.division,
        lane=body.lane.value,
        filed_on=body.filed_on,
        details=body.details.model_dump(mode="json"),
        contact=await _contact(body.contact, vault) if body.contact else None,
        synthetic=body.synthetic,
    )


async def _contact(body: ContactBody, vault: Vault) -> m.Contact:
    phone = await vault.seal("phone", body.phone) if body.phone else None
    resident_id = await vault.seal("resident_id", body.resident_id) if body.resident_id else None
    return m.Contact(body.name, phone, resident_id)


def _is_personal(path: str, text: str) -> bool:
    field = path.rpartition(".")[2]
    if field == CREDIT_CODE:
        return False  # also 18 characters, with a check of its own
    if field == REFERENCE:  # eleven digits may well be a case's number
        return holds_resident_id(text)
    return holds_personal(text)

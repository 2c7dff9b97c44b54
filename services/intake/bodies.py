"""What filers, officers and operators send over HTTP, and how a filing is checked and stored."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from fuyuan_contracts.assignment_events import RequestNumber
from fuyuan_contracts.cases import Details, Lane
from fuyuan_contracts.conclusions import AnyConclusion
from fuyuan_contracts.identifiers import (
    AssignmentId,
    DivisionCode,
    Line,
    OfficeId,
    Phone,
    Reference,
    ResidentId,
    Text,
)
from fuyuan_contracts.link_events import AttachmentId
from fuyuan_contracts.times import Day
from services.intake import facts as f
from services.intake import rules
from services.intake.store import Vault
from services.runtime.auth import OF_AN_OFFICE, Role
from services.runtime.http import Body, FieldError
from services.runtime.personal import SAY_IT_ELSEWHERE, holds_personal, holds_resident_id

REFERENCES = frozenset({"reference", "basis", "decision", "number", "lawsuit", "continues"})
"""Fields that hold a number of the filer's or a court's own."""
CREDIT_CODE = "credit_code"
MAX_ATTACHED = 200


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

    field: f.Personal
    purpose: Text


class WithdrawBody(Body):
    """撤回: the filer takes the case back."""

    reason: Text


class ConcludeBody(Body):
    """结案: the filer says how the case ended."""

    conclusion: AnyConclusion


class AnswerBody(Body):
    """补充材料: the filer answers an office's request; files are attached to the case before."""

    assignment_id: AssignmentId
    request: RequestNumber
    answer: Text
    attachments: Annotated[tuple[AttachmentId, ...], Field(max_length=MAX_ATTACHED)] = ()

    @field_validator("attachments")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            msg = "names the same one twice"
            raise ValueError(msg)
        return value


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
    return found + personal_errors(body.model_dump(exclude={"contact": {"phone", "resident_id"}}))


def personal_errors(values: Mapping[str, Any]) -> list[FieldError]:
    """Name the texts, at any depth, that hold a resident id or a phone number."""
    return [
        FieldError(path, f"{SAY_IT_ELSEWHERE}: it belongs in the filing's contact")
        for path, value in rules.leaves(values)
        if isinstance(value, str) and _is_personal(path, value)
    ]


async def filing_of(body: FilingBody, filer: str, vault: Vault) -> f.Filing:
    """Make the filing that is stored: personal values sealed, all else as it was said."""
    return f.Filing(
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


async def _contact(body: ContactBody, vault: Vault) -> f.Contact:
    phone = await vault.seal("phone", body.phone) if body.phone else None
    resident_id = await vault.seal("resident_id", body.resident_id) if body.resident_id else None
    return f.Contact(body.name, phone, resident_id)


def _is_personal(path: str, text: str) -> bool:
    field = path.rpartition(".")[2]
    if field == CREDIT_CODE:
        return False  # also 18 characters, with a check of its own
    if field in REFERENCES:  # eleven digits may well be a case's number
        return holds_resident_id(text)
    return holds_personal(text)

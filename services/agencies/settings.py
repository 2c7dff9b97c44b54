"""What an agency's service is told, beside what every service is."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from fuyuan_contracts.events import Agency
from fuyuan_contracts.identifiers import OfficeId
from services.runtime.settings import Settings

OTHERS = "others"
"""In place of an agency: the offices may be of any, served together in one process."""


class Office(BaseModel):
    """An office's own way to the bus."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    office: OfficeId
    amqp_url: Annotated[str, Field(pattern=r"^amqps?://", repr=False)]
    """With the office's own user and password."""
    inbox: Annotated[str, Field(min_length=1, max_length=200, repr=False)]
    """The queue it reads; its name is a secret."""


class AgencySettings(Settings):
    """`AGENCY=tax OFFICES_FILE=… POLICY_FILE=…`, or `AGENCY=others` for offices of several."""

    agency: Agency
    offices_file: Path
    """JSON: a list of `{"office", "amqp_url", "inbox"}`, all of this agency (of any: others)."""
    policy_file: Path = Path("deploy/policies.yaml")

    @field_validator("amqp_url")
    @classmethod
    def _has_no_user_of_its_own(cls, _url: str) -> Literal[""]:
        return ""  # an agency speaks as its offices; AMQP_URL may be set for the stack around it

    def offices(self) -> tuple[Office, ...]:
        """Read the offices. Raises ValueError that says what is wrong, never a password."""
        try:
            found = _OFFICES.validate_json(self.offices_file.read_bytes())
        except ValidationError as error:
            wrong = [
                f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
                for item in error.errors(include_input=False, include_url=False)
            ]
            msg = f"{self.offices_file.name}: {'; '.join(wrong)}"
            raise ValueError(msg) from None  # its text would repeat the input
        names = [item.office for item in found]
        ours = "" if self.agency == OTHERS else f"{self.agency}."
        astray = [name for name in names if not name.startswith(ours)]
        if not found or astray or len(set(names)) < len(names):
            what = f"not of {self.agency}: {astray}" if astray else "none, or one twice"
            msg = f"{self.offices_file.name}: offices {what}"
            raise ValueError(msg)
        return found


_OFFICES = TypeAdapter(tuple[Office, ...])

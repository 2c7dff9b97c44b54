"""What the process of the offices is told by its environment."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from services.runtime.settings import Settings


class Credentials(BaseModel):
    """An office's own way to the bus."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    office: str
    amqp_url: str
    inbox: str


class OfficeSettings(Settings):
    """What the process is told, beside the common part (of which it needs the clock and port)."""

    offices_file: Path
    record_file: Path
    index_file: Path
    keep_file: Path

    def offices(self) -> tuple[Credentials, ...]:
        """Read the credentials."""
        return _OFFICES.validate_json(self.offices_file.read_bytes())


_OFFICES = TypeAdapter(tuple[Credentials, ...])

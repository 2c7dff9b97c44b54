"""What intake is told by its environment, beside what every service is told."""

import base64
import binascii
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from services.intake.files import TYPES
from services.runtime.settings import Settings

PERSONAL_KEY_BYTES = 96
"""What PyMongo's local key management asks for."""
MIN_CASE_KEY_BYTES = 16


class IntakeSettings(Settings):
    """Secrets, the divisions there are, and where a filer looks for a case's status."""

    case_key: SecretStr
    """Key of the hash that case ids are derived with: 16 bytes or more, in hex. Never changes."""
    personal_key: SecretStr
    """96 bytes in base64: the master key of personal data, and what its digests are keyed with."""
    token_private_key: SecretStr
    """Ed25519 private key that access tokens are signed with: PEM, or 32 bytes in base64."""
    bootstrap_key_hash: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    """SHA-256 in hex of the first operator's whole key, which makes the others; empty: none."""
    offices_file: Path = Path("deploy/offices.yaml")
    routing_url: str = "http://127.0.0.1:8081"
    """Where `status_url` points: routing owns a case's status."""

    attachment_bytes: int = Field(20 * 1024 * 1024, ge=1, le=1024**3)
    """Most bytes of a file that is attached to a case."""
    attachments_per_case: int = Field(200, ge=0, le=200)
    attachment_types: str = "pdf docx xlsx jpeg png txt"
    """The types of file that are taken, of those that can be checked (`files.TYPES`)."""
    attachment_seconds: float = Field(300, gt=0)
    """How long a file may take to come in."""
    orphan_seconds: float = Field(3600, ge=600)
    """After this long, bytes that no fact names are removed; no upload takes as long."""
    orphan_sweep_seconds: float = Field(600, gt=0)

    @field_validator("attachment_types")
    @classmethod
    def _checked_types(cls, value: str) -> str:
        if unknown := set(value.split()) - set(TYPES):
            msg = f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(TYPES)}"
            raise ValueError(msg)
        return value

    @field_validator("case_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        try:
            length = len(bytes.fromhex(value.get_secret_value()))
        except ValueError:
            length = 0
        if length < MIN_CASE_KEY_BYTES:
            msg = f"must be at least {MIN_CASE_KEY_BYTES} bytes in hex"
            raise ValueError(msg)
        return value

    @field_validator("personal_key")
    @classmethod
    def _right_length(cls, value: SecretStr) -> SecretStr:
        try:
            length = len(base64.b64decode(value.get_secret_value(), validate=True))
        except binascii.Error:
            length = 0
        if length != PERSONAL_KEY_BYTES:
            msg = f"must be {PERSONAL_KEY_BYTES} bytes in base64"
            raise ValueError(msg)
        return value

    def case_key_bytes(self) -> bytes:
        """Give the key of case ids."""
        return bytes.fromhex(self.case_key.get_secret_value())

    def personal_key_bytes(self) -> bytes:
        """Give the master key of personal data."""
        return base64.b64decode(self.personal_key.get_secret_value())

"""What intake is told by its environment, beside what every service is told."""

import base64
import binascii
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

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

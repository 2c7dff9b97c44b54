"""Every secret of a deployment, derived from one: nothing else is stored or kept in step."""

import hmac
import os
import secrets
from base64 import b32encode
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from services.stack.daemons import StackError

SECRET_BYTES = 32


@dataclass(frozen=True)
class Secrets:
    """HMAC-SHA256 of a label under the deployment secret."""

    key: bytes

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "Secrets(…)"

    @classmethod
    def random(cls) -> Self:
        """Make one that is kept nowhere."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read the deployment secret; the first time, make it, for its owner's eyes only (0600).

        Raises StackError when the file holds none.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            draft = file.with_name(f"{file.name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(SECRET_BYTES))
            # a link fails when someone else was first, and is never seen half written
            try:
                file.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return cls.from_hex(file.read_text(), str(file))

    @classmethod
    def from_hex(cls, text: str, where: str) -> Self:
        """Take the deployment secret. Raises StackError naming `where`, never its text."""
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != SECRET_BYTES:
            msg = f"{where} holds no deployment secret ({SECRET_BYTES} bytes in hex)"
            raise StackError(msg)
        return cls(key)

    def derive(self, label: str) -> bytes:
        """Derive 32 bytes for `label`."""
        return hmac.digest(self.key, label.encode(), "sha256")

    def text(self, label: str, length: int = 32) -> str:
        """Derive up to 52 characters of `a-z2-7` (5 bits each) for `label`."""
        return b32encode(self.derive(label)).decode().lower().rstrip("=")[:length]

    def broker_password(self, user: str, generation: int = 0) -> str:
        """Derive the password of a broker user: a service, an office, or `admin`.

        Each `generation` is another one: what comes after a password that others may know.
        """
        return self.text(f"broker/{user}/{generation}" if generation else f"broker/{user}")

    def inbox_suffix(self, office: str) -> str:
        """Derive the suffix of an office's inbox (80 bits)."""
        return self.text(f"inbox/{office}", 16)

    def case_key(self) -> bytes:
        """Derive the key case ids are made with."""
        return self.derive("case-id")


def write_private(file: Path, text: str) -> None:
    """Write a file for its owner's eyes only (0600), at once: no reader sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)

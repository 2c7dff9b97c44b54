"""Secrets that `make init` made: whether they are real, and each handed to its server alone.

A file of the host belongs to whoever ran `make init`; a server in a container reads its key as a
user of its own. So a container that may change owners, and that ends at once, copies each server's
files into a volume of that server. It is the first thing that runs: with a placeholder for a secret
nothing else starts.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from services.stack.daemons import StackError
from services.stack.secrets import Secrets

SECRET = "FUYUAN_SECRET"  # noqa: S105 - a variable's name
PASSWORDS = ("BROKER_ADMIN_PASSWORD", "DATABASE_ADMIN_PASSWORD")
SHORTEST = 16
"""Characters of a password; `make init` makes 48."""
FEWEST = 8
"""Different characters (or bytes): `changeme`, zeros and keyboard rows have fewer or are short."""
PLACEHOLDERS = ("change", "placeholder", "example", "secret", "password", "xxxx", "todo", "guest")
CA = "ca.pem"
SOON_DAYS = 30


@dataclass(frozen=True)
class Handed:
    """What one server is handed."""

    server: str
    files: Mapping[str, tuple[str, ...]]
    """File in its volume → the files it is put together from."""
    owner: int
    """Its user's id in its image; root drops its rights to it."""


OF_SERVERS = ("broker", "database", "entry")
HANDED = (
    Handed("broker", {"key.pem": ("broker.key",), "cert.pem": ("broker.pem",)}, 999),
    Handed(
        "database",
        {"server.pem": ("database.key", "database.pem"), "keyfile": ("database.keyfile",)},
        999,
    ),
    Handed("entry", {"key.pem": ("entry.key",), "cert.pem": ("entry.pem",)}, 0),
    # without keys, for the service that tells Prometheus when they end
    Handed("public", {f"{name}.pem": (f"{name}.pem",) for name in OF_SERVERS}, 10001),
)


def check_secrets(environ: Mapping[str, str]) -> Secrets:
    """Look whether every secret is there, and none is a placeholder.

    Raises StackError naming the variable, never its value.
    """
    secrets = Secrets.from_hex(environ.get(SECRET, ""), SECRET)
    if len(set(secrets.key)) < FEWEST:
        raise StackError(f"{SECRET} is a placeholder: `make init` makes a real one")
    for name in PASSWORDS:
        value = environ.get(name, "")
        if not value:
            raise StackError(f"{name} is not set: `make init` writes it to .env")
        simple = len(value) < SHORTEST or len(set(value)) < FEWEST
        if simple or any(word in value.lower() for word in PLACEHOLDERS):
            raise StackError(
                f"{name} is a placeholder or too simple (expected {SHORTEST} characters or more,"
                " made at random): `make init` makes a real one"
            )
    return secrets


def hand_out(given: Path, to: Path, *, now: datetime | None = None) -> list[str]:
    """Copy each server's files to `to/<server>`, readable by its user alone; gives what to tell.

    Raises StackError for a file that isn't there, a certificate that is over or isn't of this CA.
    """
    moment = now or datetime.now(UTC)
    authority = x509.load_pem_x509_certificate(_read(given / CA))
    told = {CA: _lasting(CA, authority, moment)}
    for handed in HANDED:
        folder = to / handed.server
        for name, parts in handed.files.items():
            content = b"".join(_read(given / part) for part in parts)
            certificates = [part for part in parts if part.endswith(".pem")]
            told |= {
                part: _checked(part, _read(given / part), authority, moment)
                for part in certificates
            }
            _put(folder / name, content, handed.owner, 0o400)
        _put(folder / CA, _read(given / CA), handed.owner, 0o444)
    return [text for text in told.values() if text]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise StackError(f"{file} can't be read ({error.strerror}): run `make init`") from error


def _checked(name: str, pem: bytes, authority: x509.Certificate, now: datetime) -> str:
    try:
        found = x509.load_pem_x509_certificate(pem)
        found.verify_directly_issued_by(authority)
    except Exception as error:  # what is wrong with it, cryptography says in many kinds
        raise StackError(f"{name} is no certificate of {CA}: {error!r}") from error
    return _lasting(name, found, now)


def _lasting(name: str, found: x509.Certificate, now: datetime) -> str:
    left = (found.not_valid_after_utc - now).days
    if left < 0:
        raise StackError(f"{name} was valid until {found.not_valid_after_utc:%F}: make a new one")
    return f"{name} is valid for {left} more days" if left < SOON_DAYS else ""


def _put(file: Path, content: bytes, owner: int, mode: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    os.chown(draft, owner, owner)
    draft.chmod(mode)
    draft.replace(file)


def trusting(file: Path) -> ssl.SSLContext:
    """Trust the certificates of one CA. Raises StackError for a file that holds none."""
    try:
        return ssl.create_default_context(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        raise StackError(f"{file} holds no CA certificate: {error}") from error

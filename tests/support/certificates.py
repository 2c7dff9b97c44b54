"""A certificate of a test's own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def made(directory: Path, days: int, name: str = "server.pem") -> Path:
    """Make one that ends after so many days."""
    key, now = Ed25519PrivateKey.generate(), datetime.now(UTC)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder(named, named, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(now).not_valid_after(now + timedelta(days=days))
    file = directory / name
    file.write_bytes(dated.sign(key, None).public_bytes(Encoding.PEM))
    return file

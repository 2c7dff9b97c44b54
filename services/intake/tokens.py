"""Access keys (opaque, long-lived, shown once) and access tokens (signed, 15 minutes)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.runtime.auth import ALGORITHM, AUDIENCE, ISSUER, Caller

LIFETIME = timedelta(minutes=15)
BOOTSTRAP = "bootstrap-"
"""Ids of keys that a setting gives begin so; the rest is the start of the hash."""


class NewKey(NamedTuple):
    """An access key that was just made. `text` is shown once and stored nowhere."""

    id: str
    text: str
    hash: str


def new_key() -> NewKey:
    """Make an access key: `fy_<key id>_<secret>`, the secret being 256 random bits."""
    id_ = secrets.token_hex(8)
    text = f"fy_{id_}_{secrets.token_urlsafe(32)}"
    return NewKey(id_, text, key_hash(text))


def key_hash(text: str) -> str:
    """Hash a whole key for storage (SHA-256, hex).

    A fast hash is enough: 256 random bits can't be guessed, so slowness would protect nothing
    and only make the token route a way to burn the CPU.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def is_key(text: str, hash_: str) -> bool:
    """Tell whether a key has this hash, in constant time."""
    return hmac.compare_digest(key_hash(text), hash_)


def key_id(text: str) -> str:
    """Take the key id out of a key; empty when it is none."""
    parts = text.split("_", 2)
    return parts[1] if len(parts) == len(("fy", "id", "secret")) and parts[0] == "fy" else ""


def bootstrap_id(hash_: str) -> str:
    """Name the key that a setting gives; another hash is another key."""
    return BOOTSTRAP + hash_[:8]


class Signer:
    """Signs access tokens."""

    def __init__(self, private_key: str) -> None:
        """Read the key: PEM, or 32 raw bytes in base64. Raises ValueError for anything else."""
        self._key = _read(private_key)

    def sign(self, caller: Caller, now: datetime, key_expires: datetime) -> tuple[str, int]:
        """Make a token for a key's holder; give it with its lifetime in seconds.

        It never outlives the key.
        """
        issued_at = int(now.timestamp())
        expires_at = int(min(now + LIFETIME, key_expires).timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": caller.key_id,
            "role": caller.role.value,
            "office": caller.office,
            "division": caller.division,
            "name": caller.name,
            "iat": issued_at,
            "exp": expires_at,
            "jti": secrets.token_hex(16),
        }
        token = jwt.encode(claims, self._key, algorithm=ALGORITHM)
        return token, expires_at - issued_at


def _read(setting: str) -> Ed25519PrivateKey:
    if "-----BEGIN" not in setting:
        try:
            return Ed25519PrivateKey.from_private_bytes(base64.b64decode(setting, validate=True))
        except (ValueError, binascii.Error) as error:
            msg = "TOKEN_PRIVATE_KEY is neither PEM nor 32 bytes in base64"
            raise ValueError(msg) from error
    key = load_pem_private_key(setting.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        msg = "TOKEN_PRIVATE_KEY is not an Ed25519 key"
        raise ValueError(msg)  # noqa: TRY004 - a setting's value is wrong, whatever its class
    return key

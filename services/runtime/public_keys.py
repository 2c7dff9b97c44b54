"""The public keys that access tokens are verified with, as a setting gives them."""

import base64
import binascii
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


def public_keys(setting: str) -> tuple[Ed25519PublicKey, ...]:
    """Read Ed25519 public keys: PEM blocks, or raw keys in base64 with spaces or commas between.

    Raises ValueError for an empty setting or another kind of key.
    """
    blocks = _PEM.findall(setting)
    keys = [_pem(block) for block in blocks] or [_raw(part) for part in _parts(setting)]
    if not keys:
        msg = "no public key is set (TOKEN_PUBLIC_KEY)"
        raise ValueError(msg)
    return tuple(keys)


def _parts(setting: str) -> list[str]:
    return [part for part in re.split(r"[\s,]+", setting) if part]


def _pem(block: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(block.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = "TOKEN_PUBLIC_KEY is not a PEM public key"
        raise ValueError(msg) from error
    if not isinstance(key, Ed25519PublicKey):
        msg = "TOKEN_PUBLIC_KEY is not an Ed25519 key"
        raise ValueError(msg)  # noqa: TRY004 - a setting's value is wrong, whatever its class
    return key


def _raw(part: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(part, validate=True))
    except (ValueError, binascii.Error) as error:
        msg = "TOKEN_PUBLIC_KEY is neither PEM nor 32 bytes in base64"
        raise ValueError(msg) from error

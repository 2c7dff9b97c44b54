"""Secrets and tokens of subscriptions, derived from the service's key: none of them is stored."""

import hashlib
import hmac
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

from services.notices.model import Subscription
from services.notices.vocabulary import Channel

SIGNATURE = "Fuyuan-Signature"
NOTICE = "Fuyuan-Notice"
SECRET_CHARACTERS = 48
TOKEN_CHARACTERS = 32
ID_CHARACTERS = 24


@dataclass(frozen=True)
class Keys:
    """HMAC-SHA256 of a label under the key (`NOTICES_KEY`)."""

    key: bytes

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "Keys(…)"

    def subscription(self, scope: str, channel: Channel, target: str) -> str:
        """Name a subscription: the same target of the same side is the same one."""
        return "s" + self._text(f"subscription\n{scope}\n{channel.value}\n{target}", ID_CHARACTERS)

    def secret(self, subscription: str, version: int) -> str:
        """Give what a webhook's messages are signed with."""
        return "fysec_" + self._text(f"secret\n{subscription}\n{version}", SECRET_CHARACTERS)

    def challenge(self, subscription: str, version: int) -> str:
        """Give what an endpoint has to answer with."""
        return self._text(f"challenge\n{subscription}\n{version}", TOKEN_CHARACTERS)

    def confirmation(self, subscription: str, version: int) -> str:
        """Give the token that confirms a mail address: only who reads its mail has it."""
        return self._text(f"confirm\n{subscription}\n{version}", TOKEN_CHARACTERS)

    def unsubscription(self, subscription: str) -> str:
        """Give the token of the link every mail ends with."""
        return self._text(f"unsubscribe\n{subscription}", TOKEN_CHARACTERS)

    def signature(self, state: Subscription, body: bytes, now: datetime) -> str:
        """Sign a body: `t=<Unix seconds>,v1=<hex>`, with a second `v1` while a secret changes."""
        moment = int(now.timestamp())
        versions = [state.version]
        if state.old_until is not None and now < state.old_until:
            versions.append(state.version - 1)
        signed = [sign(self.secret(state.id, version), moment, body) for version in versions]
        return ",".join([f"t={moment}", *(f"v1={one}" for one in signed)])

    def _text(self, label: str, length: int) -> str:
        derived = hmac.digest(self.key, label.encode(), hashlib.sha256)
        return b32encode(derived).decode().lower().rstrip("=")[:length]


def sign(secret: str, moment: int, body: bytes) -> str:
    """HMAC-SHA256 of `<moment>.<body>` in hex."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def equal(given: str, expected: str) -> bool:
    """Compare tokens without telling by the time it takes how much of one was right."""
    return hmac.compare_digest(given.encode(), expected.encode())

"""What this room is told by its environment, beside what every service is told."""

import ssl
from datetime import timedelta
from typing import Literal

import httpx
from pydantic import Field, SecretStr, field_validator

from services.notices.addresses import Policy, networks
from services.notices.digests import Limits
from services.notices.mail import Relay
from services.notices.webhook import Patience
from services.runtime.settings import ListenerSettings

LEAST_KEY_BYTES = 16


class NoticesSettings(ListenerSettings):
    """Where links lead, the mail relay, what webhooks are allowed, how often is tried."""

    notices_key: SecretStr
    """Key that secrets and tokens of subscriptions are derived with: hex. Never changes."""
    public_url: str = "http://127.0.0.1:8102"
    """Where people reach routing: a notice links to a case's status there."""
    notices_url: str = "http://127.0.0.1:8106"
    """Where people reach this service: the links of mails."""
    notices_allow_http: bool = False
    """For a lab: webhooks without TLS."""
    notices_allow_networks: str = ""
    """For a lab: CIDR blocks that webhooks may lead to, though they are private."""
    notices_ports: tuple[int, ...] = (443, 8443)
    """Ports of webhooks; an empty list is any."""
    notices_ca_file: str = ""
    """Certificates that webhooks are checked with, in place of the usual ones."""
    connect_seconds: float = Field(3, gt=0)
    whole_seconds: float = Field(10, gt=0)
    smtp_host: str = ""
    """The mail relay; empty: no mail is offered."""
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: str = ""
    smtp_from: str = "府院联动 <fuyuan@localhost>"
    retry_base_seconds: float = Field(5, gt=0)
    retry_cap_seconds: float = Field(3600, gt=0)
    give_up_seconds: float = Field(86_400, gt=0)
    """From the first try on; a subscription that fails as long is suspended."""
    failing_after: int = Field(5, ge=1)
    flood_notices: int = Field(20, ge=1)
    flood_seconds: float = Field(600, gt=0)
    secret_overlap_seconds: int = Field(86_400, ge=0)
    most_subscriptions: int = Field(50, ge=1)
    """Of one office or division."""
    dispatch_seconds: float = Field(0.5, gt=0)

    @field_validator("notices_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        try:
            length = len(bytes.fromhex(value.get_secret_value()))
        except ValueError:
            length = 0
        if length < LEAST_KEY_BYTES:
            raise ValueError(f"must be at least {LEAST_KEY_BYTES} bytes in hex")
        return value

    @field_validator("notices_allow_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks(value)
        return value

    def key(self) -> bytes:
        """Give the key."""
        return bytes.fromhex(self.notices_key.get_secret_value())

    def policy(self) -> Policy:
        """Give what webhooks are allowed."""
        allowed = networks(self.notices_allow_networks)
        return Policy(self.notices_allow_http, self.notices_ports, allowed)

    def patience(self) -> Patience:
        """Give how long a webhook may take."""
        return Patience(self.connect_seconds, self.whole_seconds)

    def limits(self) -> Limits:
        """Give what the rules of sending take."""
        return Limits(
            flood_notices=self.flood_notices,
            flood_window=timedelta(seconds=self.flood_seconds),
            base=timedelta(seconds=self.retry_base_seconds),
            cap=timedelta(seconds=self.retry_cap_seconds),
            give_up=timedelta(seconds=self.give_up_seconds),
            failing_after=self.failing_after,
        )

    def relay(self) -> Relay | None:
        """Give the mail relay, None where there is none."""
        if not self.smtp_host:
            return None
        return Relay(
            self.smtp_host,
            self.smtp_port,
            self.smtp_tls,
            self.smtp_from,
            self.smtp_user,
            self.smtp_password.get_secret_value(),
            context=_tls(self.smtp_ca_file),
        )

    def tls(self) -> ssl.SSLContext:
        """Give what webhooks' certificates are checked with."""
        return _tls(self.notices_ca_file)


def _tls(ca_file: str) -> ssl.SSLContext:
    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    return httpx.create_ssl_context(trust_env=False)

"""What a consumer is told: its office, its broker, its inbox, its store."""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from fuyuan_contracts.addresses import each_address
from fuyuan_contracts.agency.errors import SettingsError

_OFFICE = re.compile(r"[a-z][a-z_]{1,31}\.[1-8][0-9]{5}")


@dataclass(frozen=True, slots=True)
class Settings:
    """From the credentials (`office.env`) or written out."""

    office: str
    url: str = field(default="", repr=False)
    """`amqps://user:password@host:5671/vhost`; the nodes of a cluster with commas between them."""
    inbox: str = field(default="", repr=False)
    """The queue to read; its name is a secret."""
    store: Path = Path()
    ca: Path | None = None
    """PEM file of who signed the broker's certificate; None: the system's own list."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read FUYUAN_OFFICE, FUYUAN_AMQP_URL, FUYUAN_INBOX, FUYUAN_STORE and FUYUAN_CA."""
        office = environ.get("FUYUAN_OFFICE", "")
        ca = environ.get("FUYUAN_CA")
        return cls(
            office=office,
            url=environ.get("FUYUAN_AMQP_URL", ""),
            inbox=environ.get("FUYUAN_INBOX", ""),
            store=Path(environ.get("FUYUAN_STORE") or f"{office}.sqlite3"),
            ca=Path(ca) if ca else None,
        )

    def check(self) -> None:
        """See whether a store can be opened with it. Raises SettingsError."""
        if not _OFFICE.fullmatch(self.office):
            raise SettingsError(f"FUYUAN_OFFICE: {self.office!r} is no office such as tax.410526")
        if self.store == Path():
            raise SettingsError("FUYUAN_STORE: name the file to keep things in")

    def check_broker(self) -> None:
        """See whether it is enough to connect. Raises SettingsError; never says a password."""
        self.check()
        parts = urlsplit(self.url)
        if parts.scheme not in ("amqp", "amqps") or not parts.hostname:
            raise SettingsError("FUYUAN_AMQP_URL: expected amqps://user:password@host:5671/vhost")
        if not self.inbox.startswith(f"q.office.{self.office}.in."):
            raise SettingsError(f"FUYUAN_INBOX: is not an inbox of {self.office}")
        if self.encrypted:
            self.tls()

    @property
    def encrypted(self) -> bool:
        """Whether the connection is by TLS."""
        return urlsplit(self.url).scheme == "amqps"

    @property
    def urls(self) -> tuple[str, ...]:
        """The broker's nodes, one URL each."""
        return each_address(self.url)

    @property
    def source(self) -> str:
        """What the office calls itself in an envelope."""
        return f"/offices/{self.office}"

    def tls(self) -> ssl.SSLContext:
        """Make the context that checks the broker's name and certificate. Raises SettingsError."""
        try:
            return ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(f"FUYUAN_CA: can't read {self.ca}: {error}") from error

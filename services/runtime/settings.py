"""What every service is told by its environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from environment variables of the same names in capitals (`AMQP_URL`, `HTTP_PORT`)."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    amqp_url: str = ""
    """This service's own broker user, `amqp://user:password@host:port/vhost`; a cluster's
    nodes with commas between them (`host:port,host:port`)."""
    mongo_url: str = "mongodb://127.0.0.1:27017/?replicaSet=fuyuan"
    mongo_driver: str = "pymongo"
    database_prefix: str = "fuyuan_"
    """A service's database is this and its name."""
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    trusted_proxies: str = ""
    """Addresses or networks of the proxies that are believed whom a request came from
    (`X-Forwarded-For`), with commas between; `*`: whoever connects, where only a proxy can."""
    token_public_key: str = ""
    """Ed25519 public key (PEM) that access tokens are verified with."""
    clock_file: Path | None = None
    """Holds the business time of a data set that replays the past (see `clock`)."""
    failpoints: Path | None = None
    """For fault tests alone: the folder that arms points to die at (see `failpoints`)."""
    log_level: str = "INFO"
    otel_exporter_otlp_endpoint: str = ""
    """Where spans are sent by OTLP/HTTP, `http://collector:4318`; empty: none are made."""
    batch_messages: int = Field(250, ge=1, le=2000)
    """Most messages handled in one batch."""
    batch_wait_ms: int = Field(20, ge=0, le=1000)
    """How long a batch that isn't full, and that nobody waits for, is held for more."""
    sweep_seconds: float = Field(5, gt=0)
    """How often the sweeper looks for what was stored but not sent."""
    anchor_seconds: float = Field(60, gt=0)
    """How often the ends of histories are listed (`anchors`)."""
    anchor_after_seconds: float = Field(60, ge=0)
    """How old an entry is then: no insert may take as long."""
    project_seconds: float = Field(0.5, gt=0)
    """How far a projection may lag; up to six times as long while much changes."""
    project_quiet_seconds: float = Field(0.2, ge=0)
    """Without a change for so long it is written at once."""
    roll_seconds: float = Field(5, gt=0)
    """How often what has changed is rolled up (`rollups`)."""
    health_seconds: float = Field(2, gt=0)
    """How often database, broker and consumers are looked at while all is well."""
    drain_seconds: float = Field(10, gt=0)
    """Grace between SIGTERM and giving up on work under way."""
    body_seconds: float = Field(30, gt=0)
    """In which a request's body must have come in."""
    body_idle_seconds: float = Field(20, gt=0)
    """How long nothing may come of a body that is read piece by piece (a file)."""
    header_seconds: float = Field(10, gt=0)
    """In which a request's head must have come in, on a connection that is open."""
    http_connections: int = Field(1000, ge=10)
    """Connections open at once; on more, a request is answered 503."""
    rate_caller: float = Field(200, ge=0)
    """Requests a second of one access key, to this copy of the service; 0: no limit."""
    rate_caller_burst: int = Field(1000, ge=1)
    """How many of them may come at once."""
    rate_stranger: float = Field(50, ge=0)
    """Requests a second without a valid token, by address; 0: no limit."""
    rate_stranger_burst: int = Field(500, ge=1)
    rate_wrong_keys: int = Field(10, ge=0)
    """Exchanges of a wrong access key that an address is answered 401 in a minute; 0: all."""


class ListenerSettings(Settings):
    """Of a room that only listens, so that nobody waits for what it makes of a message.

    What happens to a case within the wait becomes one commit, one listed document.
    """

    batch_messages: int = Field(500, ge=1, le=2000)
    batch_wait_ms: int = Field(400, ge=0, le=1000)

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
    token_public_key: str = ""
    """Ed25519 public key (PEM) that access tokens are verified with."""
    clock_file: Path | None = None
    """Holds the business time of a data set that replays the past (see `clock`)."""
    failpoints: Path | None = None
    """For fault tests alone: the folder that arms points to die at (see `failpoints`)."""
    log_level: str = "INFO"
    batch_messages: int = Field(250, ge=1, le=2000)
    """Most messages handled in one batch."""
    batch_wait_ms: int = Field(10, ge=0, le=1000)
    """How long a batch that isn't full waits for more."""
    sweep_seconds: float = Field(5, gt=0)
    """How often the sweeper looks for what was stored but not sent."""
    anchor_seconds: float = Field(60, gt=0)
    """How often the ends of histories are listed (`anchors`)."""
    anchor_after_seconds: float = Field(60, ge=0)
    """How old an entry is then: no insert may take as long."""
    project_seconds: float = Field(0.5, gt=0)
    """How far a projection may lag."""
    project_when_idle: bool = False
    """Write projections at once when there is nothing else to do: they may then lag for longer."""
    health_seconds: float = Field(2, gt=0)
    """How often database, broker and consumers are looked at while all is well."""
    drain_seconds: float = Field(10, gt=0)
    """Grace between SIGTERM and giving up on work under way."""

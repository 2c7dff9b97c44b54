"""What routing is told by its environment, beside what every service is told."""

from pathlib import Path

from pydantic import Field

from services.routing.rulebook import Timing
from services.runtime.settings import Settings


class RoutingSettings(Settings):
    """Where rules and offices are, and when an undelivered assignment is issued again."""

    rules_file: Path = Path("deploy/routing.yaml")
    offices_file: Path = Path("deploy/offices.yaml")
    redeliver_seconds: float = Field(120, gt=0)
    """The first wait for a delivery; each further one is twice as long."""
    redeliver_times: int = Field(5, ge=0, le=20)
    """How often it is issued again before the liaison office is told."""
    tick_seconds: float = Field(1, gt=0)
    """How often deadlines are looked at."""

    def timing(self) -> Timing:
        """Give the part that decisions need."""
        return Timing(self.redeliver_seconds, self.redeliver_times)

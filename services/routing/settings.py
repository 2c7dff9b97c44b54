"""What routing is told by its environment, beside what every service is told."""

from pathlib import Path

from pydantic import Field

from services.routing.clusters import Sizing
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
    rules_seconds: float = Field(0.5, gt=0)
    """How often each copy looks for a new version of the rules and offices."""
    cluster_window_days: int = Field(90, ge=0, le=3650)
    """How many days apart like cases may be filed to be a cluster."""
    cluster_size: int = Field(3, ge=2, le=1000)
    """How many like cases are a cluster."""
    cluster_seconds: float = Field(2, gt=0)
    """How often the cases that came in are compared with others."""
    tick_seconds: float = Field(1, gt=0)
    """How often deadlines are looked at."""

    def sizing(self) -> Sizing:
        """Give what makes a cluster."""
        return Sizing(self.cluster_window_days, self.cluster_size)

    def timing(self) -> Timing:
        """Give the part that decisions need."""
        return Timing(self.redeliver_seconds, self.redeliver_times)

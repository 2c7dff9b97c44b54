"""What the parking service is told by its environment, beside what every service is."""

from pathlib import Path

from services.runtime.settings import Settings as Common


class Settings(Common):
    """Which services a deployment lacks: they have no queue of dead letters either."""

    without: tuple[str, ...] = ()
    """JSON: a list of services' names."""
    certificates: tuple[Path, ...] = ()
    """JSON: PEM files whose ends are told to Prometheus."""

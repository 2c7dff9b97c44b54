"""What metrics is told by its environment, beside what every service is told."""

from pathlib import Path

from pydantic import Field

from services.runtime.settings import ListenerSettings


class MetricsSettings(ListenerSettings):
    """How often the figures on `/metrics` are computed, and how many names they may have."""

    refresh_seconds: float = Field(3, gt=0)
    """Least time between two computations; a slow one is followed by a longer pause."""
    label_names: int = Field(60, ge=1, le=1000)
    """Most agencies (or kinds, or reasons) told apart; the rest is counted as `other`."""
    office_names: int = Field(500, ge=1, le=10_000)
    """Most offices told apart there."""
    offices_file: Path = Path("deploy/offices.yaml")
    """Divisions, agencies and offices by name."""
    scorecard_file: Path = Path("deploy/scorecard.yaml")
    """What each component of the yearly scorecard weighs."""

"""What the tracker is told, beside what every service is."""

from pydantic import Field

from services.runtime.settings import ListenerSettings
from services.tracker.model import MAX_DISPUTES, Limit


class TrackerSettings(ListenerSettings):
    """When disputes are a risk of group litigation (群体性诉讼风险)."""

    risk_threshold: int = Field(10, ge=1, le=MAX_DISPUTES)
    risk_window_days: int = Field(30, ge=1, le=3650)

    def limit(self) -> Limit:
        """Give both as what the rules take."""
        return Limit(self.risk_threshold, self.risk_window_days)

"""What the liaison office's room is told, beside what every service is."""

from pydantic import Field

from services.runtime.settings import Settings


class LiaisonSettings(Settings):
    """Where routing is asked, and how often instructions' days are looked at."""

    routing_url: str = "http://127.0.0.1:8081"
    routing_seconds: float = Field(10, gt=0)
    """How long routing may take to answer."""
    tick_seconds: float = Field(1, gt=0)

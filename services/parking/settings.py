"""What the parking service is told by its environment: what every service is."""

from services.runtime.settings import Settings

__all__ = ["Settings"]

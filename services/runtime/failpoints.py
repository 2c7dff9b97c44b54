"""Points at which a test can end the process as `kill -9` would, between two steps of a batch.

Off unless `FAILPOINTS` names a folder. There a file `<service>.<point>` arms a point; its content
is how many hits are let pass first. The process removes the file and kills itself: what is started
again in its place finds nothing armed.
"""

import os
import signal
from pathlib import Path

AFTER_READ = "after_read"
AFTER_WRITE = "after_write"
AFTER_PUBLISH = "after_publish"
"""Confirmed by the broker, and not yet listed as sent."""
AFTER_MARK = "after_mark"
"""Listed as sent, and not yet acknowledged."""
POINTS = (AFTER_READ, AFTER_WRITE, AFTER_PUBLISH, AFTER_MARK)


class Failpoints:
    """The points of one service."""

    def __init__(self, directory: Path | None = None, service: str = "") -> None:
        """Look in `directory` for what is armed; None: nowhere, at no cost."""
        self._directory = directory
        self._service = service
        self._passed: dict[str, int] = {}

    def hit(self, point: str) -> None:
        """End the process here if the point is armed and has been passed often enough."""
        if self._directory is None:
            return
        file = self._directory / f"{self._service}.{point}"
        try:
            passes = int(file.read_text() or 0)
        except (FileNotFoundError, ValueError):
            return
        passed = self._passed[point] = self._passed.get(point, 0) + 1
        if passed > passes:
            file.unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)

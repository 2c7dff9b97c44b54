"""Logs as JSON lines: ids and what became of them, never a body, a name or a number of a person."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

EXTRAS = ("message_id", "event", "assignment", "assignments", "case")


class JsonFormatter(logging.Formatter):
    """One JSON object a line; line breaks in a message can't forge an entry."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as JSON."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "text": record.getMessage(),
        }
        entry |= {name: getattr(record, name) for name in EXTRAS if getattr(record, name, None)}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure() -> None:
    """Send logs to standard error, unless the program has set up its own."""
    if logging.getLogger().handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("fuyuan.agency").setLevel(logging.INFO)
    for library in ("aio_pika", "aiormq"):  # what happened to a connection is said here
        logging.getLogger(library).setLevel(logging.CRITICAL)

"""Logs as JSON lines, with the case and the trace where they are known. Never a body.

What a stranger can get into a line (a path, an error's text) is looked through for numbers of
persons and for credentials; ids are let be.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from fuyuan_contracts.personal import masked

EXTRAS = ("queue", "case", "trace", "subject", "status", "method", "path", "seconds")

_CREDENTIAL = re.compile(
    r"fy_[0-9a-z-]{4,}_[\w-]+"  # an access key
    r"|eyJ[\w-]{8,}(?:\.[\w-]*)*"  # a token
    r"|(?<=://)[^/@\s]+:[^/@\s]+(?=@)"  # a URL's user and password
)


def without_secrets(text: str) -> str:
    """Blot out numbers of persons and credentials."""
    return masked(_CREDENTIAL.sub("***", text))


class JsonFormatter(logging.Formatter):
    """One JSON object a line; line breaks in a message can't forge an entry."""

    def __init__(self, service: str) -> None:
        """Name the service in each line."""
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as JSON."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        entry |= {name: getattr(record, name) for name in EXTRAS if hasattr(record, name)}
        if "path" in entry:
            entry["path"] = without_secrets(str(entry["path"]))
        if record.exc_info:
            entry["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def configure(service: str, level: str) -> None:
    """Send all logs to standard error as JSON; libraries speak from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("services").setLevel(level)
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # the links say what happened
    # its warnings are of what strangers send (no HTTP, too many connections): they'd fill the disk
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)

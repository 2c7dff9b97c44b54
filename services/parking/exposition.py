"""What waits with the operators, for Prometheus."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from prometheus_client.core import Metric

from services.runtime.looking import gauge

_SECRET = re.compile(r"(?<=\.in)\.[A-Za-z0-9_-]{8,64}$")
"""The suffix of an inbox's name: whoever knows it may ask for its length (`channels`)."""


class Waiting(NamedTuple):
    """Messages that are parked and not sent again."""

    queue: str
    reason: str
    number: int


def families(waiting: Sequence[Waiting], last_backup: datetime | None = None) -> Iterable[Metric]:
    """Give the families of metrics; the first is there with 0, too."""
    total = sum(item.number for item in waiting)
    yield gauge("fuyuan_parked_messages", "Messages that wait with the operators", [((), total)])
    by: Counter[tuple[str, str]] = Counter()
    for item in waiting:
        by[_SECRET.sub("", item.queue), item.reason] += item.number
    text = "The same by the queue they were in and why"
    yield gauge("fuyuan_parked_by_reason", text, by.items(), ["queue", "reason"])
    if last_backup:  # that there is none is told by the absence of it
        text = "The moment the last backup is of that was read back and found whole"
        moment = [((), last_backup.timestamp())]
        yield gauge("fuyuan_backup_last_success_timestamp_seconds", text, moment)

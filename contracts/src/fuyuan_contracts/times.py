"""Business dates and instants as they are written on the wire (RFC 3339).

pydantic alone would also take a number, or a string of digits, for a Unix time; a date like that is
a sender's mistake, not a date. The years are bounded so that no arithmetic of zones overflows.
"""

import re
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

DAY = r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
INSTANT = (
    r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})$"
)


def _as_day(value: object) -> object:
    return _written(value, DAY, "a date such as 2024-09-06")


def _as_instant(value: object) -> object:
    return _written(value, INSTANT, "a time with its zone such as 2024-09-06T08:00:00Z")


def _written(value: object, pattern: str, expected: str) -> object:
    """Let dates through as they are, and text only where it is written the way it must be."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and not value.endswith("\n") and re.match(pattern, value):
        return value
    msg = f"expected {expected}"
    raise ValueError(msg)


Day = Annotated[date, BeforeValidator(_as_day), Field(json_schema_extra={"pattern": DAY})]
"""A business date (Asia/Shanghai), `YYYY-MM-DD`, 1900 to 2199."""

Instant = Annotated[
    AwareDatetime, BeforeValidator(_as_instant), Field(json_schema_extra={"pattern": INSTANT})
]
"""A point in time with its zone; the services write UTC."""

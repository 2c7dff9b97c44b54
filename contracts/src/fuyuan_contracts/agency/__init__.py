"""The kit: an office's own consumer in about ten lines (extra `[agency]`).

It keeps what it was given in SQLite before it acknowledges, says `delivered` by itself, drops
repeats, runs your code from the store, and sends what your code says until the broker has it.
"""

from fuyuan_contracts.agency.agency import Agency
from fuyuan_contracts.agency.assignment import Assignment
from fuyuan_contracts.agency.errors import (
    ActError,
    AgencyError,
    EndedError,
    RecalledError,
    SettingsError,
    StoreError,
    UnknownAssignmentError,
)
from fuyuan_contracts.agency.model import Report, Request, Stage

__all__ = [
    "ActError",
    "Agency",
    "AgencyError",
    "Assignment",
    "EndedError",
    "RecalledError",
    "Report",
    "Request",
    "SettingsError",
    "Stage",
    "StoreError",
    "UnknownAssignmentError",
]

"""Who may see and change which project."""

from services.runtime.auth import Caller, Role
from services.runtime.domain import division_prefix
from services.runtime.http import Problem

AGENCY = "housing"
"""住建: the agency that keeps the projects' files."""


def area(caller: Caller) -> str:
    """Give the prefix of the division codes a caller looks after; "" is everywhere.

    A city's office or liaison office (code ending in 00) looks after its counties too. Raises
    Problem (403) for an office of another agency.
    """
    if caller.role is Role.OPERATOR:
        return ""
    division = caller.division if caller.role is Role.LIAISON else _housing(caller)
    if not division:
        raise Problem(403, "this is for housing offices and liaison offices")
    return division_prefix(division)


def _housing(caller: Caller) -> str | None:
    agency, _, division = (caller.office or "").partition(".")
    return division if caller.role is Role.OFFICER and agency == AGENCY else None

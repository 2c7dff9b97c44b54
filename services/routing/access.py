"""Who may see which case."""

from services.routing.model import Case
from services.routing.store import Scope
from services.runtime.auth import Caller, Role
from services.runtime.domain import division_prefix


def may_see(caller: Caller, state: Case) -> bool:
    """Tell: a filer its own, an officer what its office has or had, a liaison its area's cases."""
    if state.filing is None:
        return False
    match caller.role:
        case Role.FILER:
            return caller.office == state.filing.filer
        case Role.OFFICER:
            offices = {given.issue.office for given in state.assignments.values()}
            return caller.office in offices
        case _:
            return caller.covers(state.filing.division)


def scope(caller: Caller) -> Scope:
    """Say the same as `may_see` for a list."""
    match caller.role:
        case Role.FILER:
            return Scope(filer=caller.office or "")
        case Role.OFFICER:
            return Scope(office=caller.office or "")
        case Role.LIAISON:
            return Scope(divisions=division_prefix(caller.division or "none"))
        case Role.OPERATOR:
            return Scope()

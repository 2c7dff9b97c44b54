"""Who may see which case, and whom a liaison officer may give one to."""

from services.routing.model import Case
from services.routing.rulebook import Office, city_of
from services.routing.searching import Scope
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


def may_send(caller: Caller, office: Office) -> bool:
    """Tell whether a liaison officer may give tasks to an office: of its division, or its city."""
    own = caller.division or ""
    return caller.covers(office.division) or office.division == city_of(own)


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

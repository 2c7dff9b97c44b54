"""What a service checks by itself: assignments that arrive, outcomes that go out. Pure."""

from datetime import date

from fuyuan_contracts.reports import late_day
from services.agencies.agency_profiles import PROFILES
from services.agencies.checks import between, refuse
from services.agencies.parts import Finding, Given, Json
from services.runtime.domain import RefusedError

__all__ = ["NOT_OURS", "PROFILES", "check_outcome", "findings"]

NOT_OURS = Finding(
    "task_not_ours", "本单位不承办该事项", "this agency does not handle tasks of this kind"
)


def findings(given: Given) -> tuple[Finding, ...]:
    """List what stands against handling an assignment without a person."""
    profile = PROFILES.get(given.agency)
    if profile is None:
        return ()
    if given.task not in profile.arrival:
        return (NOT_OURS,)
    found = (check(given.details) for check in profile.arrival[given.task])
    return tuple(finding for finding in found if finding)


def check_outcome(given: Given, outcome: Json, today: date) -> None:
    """Check an outcome. Raises RefusedError naming the field (`outcome.owed_fen`)."""
    if outcome.get("task") != given.task:
        refuse("task", f"the assignment's task is {given.task}")
    if wrong := late_day(outcome, "outcome", today):
        raise RefusedError(wrong.message, wrong.field)
    concluded = outcome["concluded_on"]
    between("concluded_on", concluded, given.filed_on, "the case was filed", today)
    profile = PROFILES.get(given.agency)
    for check in profile.leaving.get(given.task, ()) if profile else ():
        check(given, outcome, today)

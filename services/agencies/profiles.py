"""What each agency's service checks by itself: assignments that arrive, outcomes that go out.

Pure. An agency that is not in `PROFILES` has the general checks only. Nothing here decides a matter
of law: a check asks whether what is needed to begin is there, or whether an answer contradicts
itself or the case.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.agencies.model import Finding, Given
from services.runtime.domain import RefusedError

Details = Mapping[str, Any]
Outcome = Mapping[str, Any]
Arrival = Callable[[Details], Finding | None]
"""Looks at a case's details; gives what an officer has to see, or None."""
Leaving = Callable[[Details, Outcome, date], None]
"""Looks at details, outcome and today's date (Asia/Shanghai). Raises RefusedError with a field."""

NOT_OURS = Finding(
    "task_not_ours", "本单位不承办该事项", "this agency does not handle tasks of this kind"
)


@dataclass(frozen=True)
class Profile:
    """The tasks an agency handles, with its checks of each."""

    arrival: Mapping[str, tuple[Arrival, ...]]
    leaving: Mapping[str, tuple[Leaving, ...]] = field(default_factory=dict)


def findings(given: Given) -> tuple[Finding, ...]:
    """List what stands against handling an assignment without a person."""
    profile = PROFILES.get(given.agency)
    if profile is None:
        return ()
    if given.task not in profile.arrival:
        return (NOT_OURS,)
    found = (check(given.details) for check in profile.arrival[given.task])
    return tuple(finding for finding in found if finding)


def check_outcome(given: Given, outcome: Outcome, today: date) -> None:
    """Check an outcome. Raises RefusedError naming the field (`outcome.owed_fen`)."""
    if outcome.get("task") != given.task:
        refuse("task", f"the assignment's task is {given.task}")
    concluded = date.fromisoformat(outcome["concluded_on"])
    if concluded > today:
        refuse("concluded_on", f"must not be after today, {today}")
    if concluded < given.filed_on:
        refuse("concluded_on", f"must not be before the case was filed, {given.filed_on}")
    profile = PROFILES.get(given.agency)
    for check in profile.leaving.get(given.task, ()) if profile else ():
        check(given.details, outcome, today)


def refuse(name: str, message: str) -> None:
    """Refuse an outcome for its field `name`."""
    raise RefusedError(message, f"outcome.{name}")


def _finding(code: str, zh: str, en: str, missing: Callable[[Details], bool]) -> Arrival:
    found = Finding(code, zh, en)
    return lambda details: found if missing(details) else None


def _company(details: Details) -> Mapping[str, Any]:
    found: Mapping[str, Any] = details.get("debtor") or details.get("developer") or {}
    return found


def _amount(name: str) -> Leaving:
    """Money has to fit the result: none where it wasn't possible, some where it was done."""

    def check(_details: Details, outcome: Outcome, _today: date) -> None:
        if outcome[name] < 0:
            refuse(name, "must not be negative")
        if outcome["result"] == "not_possible" and outcome[name] > 0:
            refuse(name, "must be 0 where the result is not_possible")
        if outcome["result"] != "not_possible" and outcome[name] == 0:
            refuse(name, "must be above 0 unless the result is not_possible")

    return check


def _not_negative(name: str) -> Leaving:
    def check(_details: Details, outcome: Outcome, _today: date) -> None:
        if (outcome.get(name) or 0) < 0:
            refuse(name, "must not be negative")

    return check


def _at_most(name: str) -> Leaving:
    """No more people than the case names, where it names a number."""

    def check(details: Details, outcome: Outcome, _today: date) -> None:
        named = details.get(name)
        if named is not None and outcome[name] > named:
            refuse(name, f"the case names {named}")

    return check


def _needed(name: str) -> Leaving:
    def check(_details: Details, outcome: Outcome, _today: date) -> None:
        if outcome["result"] == "done" and not outcome.get(name):
            refuse(name, "is required where the result is done")

    return check


def _day(name: str, not_before: str) -> Leaving:
    """Need a day once done: none in the future, none before the case's `not_before`."""

    def check(details: Details, outcome: Outcome, today: date) -> None:
        _needed(name)(details, outcome, today)
        if not outcome.get(name):
            return
        day, earliest = date.fromisoformat(outcome[name]), details.get(not_before)
        if day > today:
            refuse(name, f"must not be after today, {today}")
        if earliest and day < date.fromisoformat(earliest):
            refuse(name, f"must not be before {not_before}, {earliest}")

    return check


CREDIT_CODE = _finding(
    "credit_code_missing",
    "缺少企业统一社会信用代码，无法核对登记信息",
    "the company's unified social credit code is missing, so it can't be looked up",
    lambda details: not _company(details).get("credit_code"),
)
ACCEPTED_ON = _finding(
    "accepted_on_missing",
    "缺少法院裁定受理破产申请的日期",
    "the day the court accepted the petition is missing",
    lambda details: not details.get("accepted_on"),
)
LIQUIDATION = _finding(
    "not_a_liquidation",
    "非破产清算程序，不能办理注销登记",
    "only a liquidation ends in deregistration",
    lambda details: details.get("procedure") != "liquidation",
)
GOES_ON = _finding(
    "company_ends",
    "破产清算企业不再存续，无信用可修复",
    "a company in liquidation does not go on, so there is no credit to repair",
    lambda details: details.get("procedure") == "liquidation",
)
PROJECT = _finding(
    "project_missing",
    "缺少楼盘项目信息",
    "the housing project is missing",
    lambda details: not details.get("project"),
)
EMPLOYEES = _finding(
    "employees_missing",
    "缺少涉及职工人数",
    "the number of employees is missing",
    lambda details: not details.get("employees"),
)
RETIREES = _finding(
    "retirees_missing",
    "缺少办理退休人数",
    "the number of employees to be retired is missing",
    lambda details: not details.get("retirees"),
)

PROFILES: Mapping[str, Profile] = {
    "tax": Profile(
        {"tax_clearance": (CREDIT_CODE,), "tax_relief": (CREDIT_CODE,)},
        {
            "tax_clearance": (_not_negative("owed_fen"),),
            "tax_relief": (_amount("relieved_fen"),),
        },
    ),
    "market_regulation": Profile(
        {
            "deregistration": (CREDIT_CODE, ACCEPTED_ON, LIQUIDATION),
            "credit_repair": (CREDIT_CODE, GOES_ON),
        },
        {
            "deregistration": (_day("deregistered_on", "accepted_on"),),
            "credit_repair": (_needed("repaired"),),
        },
    ),
    "housing": Profile(
        {
            "housing_continuation": (PROJECT,),
            "fire_acceptance": (PROJECT,),
            "project_funding": (PROJECT,),
            "project_resumption": (PROJECT,),
        },
        {
            "fire_acceptance": (_needed("certificate"),),
            "project_funding": (_amount("amount_fen"),),
            "project_resumption": (_day("resumed_on", "stalled_since"),),
        },
    ),
    "social_security": Profile(
        {"social_insurance": (EMPLOYEES,), "retirement": (RETIREES,)},
        {
            "social_insurance": (_at_most("employees"), _not_negative("owed_fen")),
            "retirement": (_at_most("retirees"),),
        },
    ),
}

"""What agencies' checks are made of: findings on arrival, and what an outcome must say. Pure.

Nothing here decides a matter of law: a check asks whether what is needed to begin is there, or
whether an answer contradicts itself or the case.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from services.agencies.parts import Finding, Given, Json
from services.runtime.domain import RefusedError

Arrival = Callable[[Json], Finding | None]
"""Looks at a case's details; gives what an officer has to see, or None."""
Leaving = Callable[[Given, Json, date], None]
"""Looks at what was given, outcome and today's date (Asia/Shanghai). Raises RefusedError with a
field."""


@dataclass(frozen=True)
class Profile:
    """The tasks an agency handles, with its checks of each."""

    arrival: Mapping[str, tuple[Arrival, ...]]
    leaving: Mapping[str, tuple[Leaving, ...]] = field(default_factory=dict)


def refuse(name: str, message: str) -> None:
    """Refuse an outcome for its field `name`."""
    raise RefusedError(message, f"outcome.{name}")


def finding(code: str, zh: str, en: str, stands: Callable[[Json], bool]) -> Arrival:
    """Make a check that finds something where `stands` holds of the details."""
    found = Finding(code, zh, en)
    return lambda details: found if stands(details) else None


def missing(name: str, zh: str, en: str) -> Arrival:
    """Make a check that finds `<name>_missing` where the details don't say it."""
    return finding(f"{name}_missing", zh, en, lambda details: not details.get(name))


def amount(name: str) -> Leaving:
    """Money has to fit the result: none where it wasn't possible, some where it was done."""

    def check(given: Given, outcome: Json, today: date) -> None:
        not_negative(name)(given, outcome, today)
        some(name)(given, outcome, today)

    return check


def some(name: str) -> Leaving:
    """Need a number that fits the result: 0 where it wasn't possible, else above 0."""

    def check(given: Given, outcome: Json, today: date) -> None:
        none_if_impossible(name)(given, outcome, today)
        if outcome["result"] != "not_possible" and outcome[name] == 0:
            refuse(name, "must be above 0 unless the result is not_possible")

    return check


def none_if_impossible(name: str) -> Leaving:
    """Nothing was reached where it wasn't possible: 0, or false."""

    def check(_given: Given, outcome: Json, _today: date) -> None:
        if outcome["result"] == "not_possible" and outcome.get(name):
            no = "false" if outcome[name] is True else 0
            refuse(name, f"must be {no} where the result is not_possible")

    return check


def not_negative(name: str) -> Leaving:
    """Refuse a number below 0."""

    def check(_given: Given, outcome: Json, _today: date) -> None:
        if (outcome.get(name) or 0) < 0:
            refuse(name, "must not be negative")

    return check


def at_most(name: str, named: str = "") -> Leaving:
    """No more than the case names (under `named`), where it names a number."""

    def check(given: Given, outcome: Json, _today: date) -> None:
        most = given.details.get(named or name)
        if most is not None and outcome[name] > most:
            refuse(name, f"the case names {most}")

    return check


def needed(name: str) -> Leaving:
    """Need something where the result is done."""

    def check(_given: Given, outcome: Json, _today: date) -> None:
        if outcome["result"] == "done" and not outcome.get(name):
            refuse(name, "is required where the result is done")

    return check


def day(name: str, not_before: str = "") -> Leaving:
    """Need a day once done: none in the future, none before the case's `not_before`."""

    def check(given: Given, outcome: Json, today: date) -> None:
        needed(name)(given, outcome, today)
        between(name, outcome.get(name), given.details.get(not_before), not_before, today)

    return check


def between(
    name: str, said: str | None, earliest: str | date | None, earliest_name: str, today: date
) -> None:
    """Refuse a day (if any is said) in the future, or before the earliest one (if there is one)."""
    if not said:
        return
    first = date.fromisoformat(earliest) if isinstance(earliest, str) else earliest
    if date.fromisoformat(said) > today:
        refuse(name, f"must not be after today, {today}")
    if first and date.fromisoformat(said) < first:
        refuse(name, f"must not be before {earliest_name}, {first}")

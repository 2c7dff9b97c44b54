"""Checks of single tasks' outcomes, where more than one field counts. Pure."""

from datetime import date

from services.agencies.checks import between, refuse
from services.agencies.parts import Given, Json


def detention(given: Given, outcome: Json, today: date) -> None:
    """Need a day with a detention, and only with one: not before the court asked."""
    detained, on = outcome["detained"], outcome.get("detained_on")
    if detained and not on:
        refuse("detained_on", "is required where somebody was detained")
    if on and not detained:
        refuse("detained_on", "must be left out where nobody was detained")
    between("detained_on", on, given.filed_on, "the court's request", today)


def penalty(given: Given, outcome: Json, today: date) -> None:
    """Keep the court's four stages after the penalty was decided, and after the organ asked."""
    decided, asked = given.details.get("decided_on"), given.filed_on
    for name in ("filed_on", "reviewed_on", "enforced_on", "closed_on"):
        between(name, outcome.get(name), decided, "the penalty was decided", today)
    between("filed_on", outcome["filed_on"], asked, "the organ asked", today)


def civil_mediation(given: Given, outcome: Json, today: date) -> None:
    """Fit what was settled to how it ended and to how many disputes there are."""
    disputes, settled, ended = (
        given.details.get("disputes", 1),
        outcome["settled"],
        outcome["ended"],
    )
    if settled > disputes:
        refuse("settled", f"the case names {disputes}")
    if (settled > 0) != (ended == "settled"):
        what = "above 0" if ended == "settled" else "0"
        refuse("settled", f"must be {what} where it ended {ended}")
    if outcome["as_group"] and disputes == 1:
        refuse("as_group", "must be false: the case is a single dispute")
    possible(given, outcome, today)


def administrative_mediation(given: Given, outcome: Json, today: date) -> None:
    """Count no more households than there are; rounds are held one after another."""
    rounds, households = outcome.get("rounds", ()), given.details.get("households")
    before: str | None = None
    for item in rounds:
        between("rounds", item["held_on"], before, "the round before", today)
        before = item["held_on"]
    for name in ("withdrew", "settled"):
        total = sum(item.get(name, 0) for item in rounds)
        if households is not None and total > households:
            refuse("rounds", f"{total} households {name}, the case names {households}")
    possible(given, outcome, today)


def possible(_given: Given, outcome: Json, _today: date) -> None:
    """Refuse what a mediation settled that wasn't possible."""
    if outcome["result"] == "not_possible" and outcome["ended"] == "settled":
        refuse("ended", "can't be settled where the result is not_possible")


def watch(given: Given, outcome: Json, _today: date) -> None:
    """Watch a limit on consumption once imposed, and no longer once lifted."""
    wanted = given.details.get("action") == "impose"
    if outcome["result"] == "done" and outcome["watched"] != wanted:
        said = given.details.get("action")
        refuse("watched", f"must be {str(wanted).lower()} where the action {said} is done")


def decision(_given: Given, outcome: Json, _today: date) -> None:
    """Refuse a decision that wasn't possible."""
    if outcome["result"] == "not_possible":
        refuse("result", "a decision says how it ended: done or partly")


def review(given: Given, outcome: Json, today: date) -> None:
    """Need a day on which the loss was reviewed, and its causes once that is done."""
    between("held_on", outcome["held_on"], given.filed_on, "the case was filed", today)
    if outcome["result"] == "done" and not outcome.get("causes"):
        refuse("causes", "is required where the result is done")

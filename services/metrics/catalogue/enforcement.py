"""Enforcement of judgments and of penalties, and credit discipline (seed brief rows 5 to 9)."""

from collections.abc import Iterator
from datetime import date

from services.metrics.catalogue.entries import (
    Entry,
    Stream,
    concluded,
    day,
    last,
    number,
    of,
    resolutions,
    seat,
    text,
)
from services.metrics.model import Case
from services.runtime.domain import business_day

LOOKUPS = {"find_person": "person", "find_vehicle": "vehicle", "find_property": "property"}
ASSISTS = (*LOOKUPS, "freeze_equity", "withhold_income", "detention_assist")
STAGES = ("filed", "reviewed", "enforced", "closed")


def closed(case: Case) -> Iterator[Entry]:
    """Cases the court has concluded, with what was recovered."""
    if found := concluded(case):
        on, said = found
        sums = {"n": 1, "fen": number(said.get("recovered_fen"))}
        role = text(case.details.get("debtor_role"))
        keys = {"role": role, "ended": text(said.get("ended")), "court": case.filer}
        yield Entry(on, of(case), sums, keys)


def measures(case: Case) -> Iterator[Entry]:
    """Measures of enforcement that offices assisted with, one an assignment."""
    for given, resolved, said in resolutions(case, *ASSISTS):
        detained = int(said.get("detained") is True)
        sums = {"n": 1, "detained": detained}
        sums |= {what: int(given.task == task) for task, what in LOOKUPS.items()}
        keys = {"task": given.task, "office": given.office}
        yield Entry(resolved.concluded_on, of(case), sums, keys)


def asked(case: Case) -> Iterator[Entry]:
    """Count measures that offices were asked for and have answered, or left until overdue.

    By the day of issue; those still running, given back or taken back say nothing of an office.
    """
    for given in case.assignments.values():
        if given.task in ASSISTS and given.issued_at and given.office:
            resolved = given.resolved
            if resolved or (
                "resolution" in given.overdue and not (given.returned or given.recalled)
            ):
                done = int(resolved is not None and resolved.result != "not_possible")
                on = business_day(given.issued_at)
                keys = {"office": given.office}
                yield Entry(on, seat(given.office), {"n": 1, "assisted": done}, keys)


def performed(case: Case) -> Iterator[Entry]:
    """Debts of administrative organs: concluded against one, or paid by it as its task."""
    office = text(case.details.get("debtor_office"))
    found = concluded(case)
    if office and found:
        on, said = found
        done = int(said.get("ended") in {"performed", "settled"})
        yield Entry(on, of(case), {"n": 1, "done": done}, {"office": office})


def credit(case: Case) -> Iterator[Entry]:
    """Count listings imposed, ended (lifted, repaired) and incentives, by their day of effect."""
    on = day(case.details.get("effective_on"))
    if on is None or _void(case):
        return
    action = text(case.details.get("action"))
    imposed = int(action == "impose")
    ended = int(action in {"lift", "repair"})
    sums = {"n": 1, "imposed": imposed, "in_force": imposed - ended}
    sums |= {name: int(action == name) for name in ("lift", "repair", "incentive")}
    yield Entry(on, of(case), sums, {"list": text(case.details.get("list"))})


def _void(case: Case) -> bool:
    """Tell whether a listing never was: withdrawn by its filer, or revoked."""
    end = case.closed
    if end is None:
        return False
    return end.ending == "withdrawn" or dict(end.conclusion).get("ended") == "revoked"


def penalties(case: Case) -> Iterator[Entry]:
    """Penalties a court decided on, with the days between the four stages."""
    if found := last(case, "penalty_enforcement"):
        given, resolved, said = found
        days = {stage: day(said.get(f"{stage}_on")) for stage in STAGES}
        filed, reviewed, enforced, ended = (days[stage] for stage in STAGES)
        sums = {"n": 1, "allowed": int(said.get("allowed") is True)}
        for name, span in (
            ("review", _days(filed, reviewed)),
            ("enforce", _days(reviewed, enforced)),
            ("close", _days(enforced, ended)),
            ("whole", _days(filed, ended)),
        ):
            if span is not None:
                sums |= {name: 1, f"{name}_days": span}
        yield Entry(resolved.concluded_on, of(case), sums, {"office": given.office})


def _days(begin: date | None, end: date | None) -> int | None:
    return (end - begin).days if begin and end else None


JUDGMENTS = frozenset({"judgment_enforcement"})
SPANS = ("review", "enforce", "close", "whole")
STREAMS: tuple[Stream[Case], ...] = (
    Stream("enforcement", closed, JUDGMENTS, ("n", "fen"), ("role", "ended", "court")),
    Stream(
        "measures",
        measures,
        JUDGMENTS,
        ("n", "detained", *LOOKUPS.values()),
        ("task", "office"),
        single=False,
    ),
    Stream("asked", asked, JUDGMENTS, ("n", "assisted"), ("office",), single=False),
    Stream("debts", performed, JUDGMENTS, ("n", "done"), ("office",)),
    Stream(
        "credit",
        credit,
        frozenset({"credit_discipline"}),
        ("n", "imposed", "in_force", "lift", "repair", "incentive"),
        ("list",),
    ),
    Stream(
        "penalties",
        penalties,
        frozenset({"penalty_enforcement"}),
        ("n", "allowed", *SPANS, *(f"{span}_days" for span in SPANS)),
        ("office",),
    ),
)

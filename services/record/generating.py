"""All lines of a record, day by day; only the few that are no cases are held in memory. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date

from services.record import (
    companies,
    credit,
    lawsuits,
    lookups,
    mediations,
    meetings,
    organ_debts,
    penalties,
    people,
    projects,
    reconsiderations,
    ways,
)
from services.record.days import Round, acting_days, rounds
from services.record.format import ORDER
from services.record.making import Json
from services.record.plan import Plan

MECHANISMS: tuple[Callable[[Plan, Round], Iterator[Json]], ...] = (
    projects.lines,
    companies.lines,
    lawsuits.lines,
    reconsiderations.lines,
    mediations.lines,
    penalties.lines,
    organ_debts.lines,
    lookups.lines,
    credit.lines,
    ways.lines,
)


def generate(plan: Plan) -> Iterator[Json]:
    """Give the lines in the order of the file. The same plan gives the same lines."""
    others: dict[date, list[Json]] = defaultdict(list)
    for line in (*people.lines(plan), *projects.about(plan), *meetings.lines(plan)):
        others[line["day"]].append(line)
    filing = {round_.monday: round_ for round_ in rounds()}
    for day in acting_days():
        listed = sorted(others.pop(day, ()), key=lambda line: ORDER[line["line"]])
        yield from (line for line in listed if ORDER[line["line"]] < ORDER["case"])
        if round_ := filing.get(day):
            for mechanism in MECHANISMS:
                yield from mechanism(plan, round_)
        yield from (line for line in listed if ORDER[line["line"]] > ORDER["case"])
    if others:
        raise AssertionError(f"the clock never shows {sorted(others)}")

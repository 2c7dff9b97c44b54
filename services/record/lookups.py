"""The police help the courts to find people (brief row 8): a case a person look-up."""

from collections.abc import Iterator
from random import Random
from typing import Any

from services.record.city import POLICE_ROOMS, ROOM_SHARES, court_number
from services.record.days import Round, later, within
from services.record.dealing import percent, spread
from services.record.handling import Handling, handle
from services.record.making import Json, case, conclude, filing, resolve
from services.record.naming import person
from services.record.plan import SPANS, Plan

NAME = "lookups.person"
NUMBERS = 400_000
ENDS = ("performed", "settled", "suspended", "suspended", "terminated")


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the enforcement cases of a round in which a person is looked for."""
    days = within(round_, SPANS[NAME])
    for index in plan.indexes(NAME, round_):
        chance = plan.dice(NAME, index)
        place = chance.choices(POLICE_ROOMS, ROOM_SHARES)[0]
        filed_on = chance.choice(days)
        measures = _measures(plan, index)
        court = f"court.{place}"
        claim = chance.randrange(2_000_00, 900_000_00, 100)
        details = {
            "kind": "judgment_enforcement",
            "basis": court_number(place, filed_on.year, "执", index + 1),
            "debtor": person(chance, NUMBERS + index),
            "debtor_role": "individual",
            "claim_fen": claim,
            "measures": measures,
        }
        done = handle(chance, round_, place, at_once=85)
        ended_on = later(filed_on, chance.randrange(4), done.on)
        acts = {
            task: [
                [*done.before, resolve(done.on, task, ended_on, **_found(chance, task, ended_on))]
            ]
            for task in measures
        }
        title = "协助查找被执行人"
        filed = filing(f"执-{index + 1:06d}", title, place, filed_on, details)
        yield case(round_.monday, court, filed, acts, [_end(chance, done, ended_on, claim)])


def _measures(plan: Plan, index: int) -> list[str]:
    number = plan.counts[NAME]
    measures = ["find_person"]
    if spread(index, number, plan.counts["lookups.vehicle"]):
        measures.append("find_vehicle")
    if spread((index + number // 2) % number, number, plan.counts["detentions.assisted"]):
        measures.append("detention_assist")
    return measures


def _found(chance: Random, task: str, on: Any) -> Json:  # noqa: ANN401 - a date, as JSON has it
    match task:
        case "find_person":
            return {"found": percent(chance, 70)}
        case "find_vehicle":
            return {"vehicles": chance.randrange(3)}
        case _:
            return {"detained": True, "detained_on": on}


def _end(chance: Random, done: Handling, ended_on: Any, claim: int) -> Json:  # noqa: ANN401
    how = chance.choice(ENDS)
    share = {"performed": 100, "settled": chance.randrange(40, 90)}.get(how, chance.randrange(20))
    concluded_on = later(ended_on, chance.randrange(1, 30), done.filer)
    recovered = claim * share // 100
    return conclude(
        done.filer, "judgment_enforcement", concluded_on, ended=how, recovered_fen=recovered
    )

"""Administrative lawsuits (rows 15, 19 and 21).

The basic courts' first instances of half a year and of the two half-years before it, and the
intermediate court's lawsuits of both instances over three years.
The intermediate court has no first instance in 2024 here: so the city's 266 and its own 1,706 are
sets apart, however somebody counts the city's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from services.record.city import (
    ALL_HEADS,
    CITY,
    INTERMEDIATE,
    NAMES,
    SHARES,
    court_number,
    division,
    organ,
)
from services.record.days import Round, later, rounds, within
from services.record.dealing import percent, spread
from services.record.making import Json, case, conclude, filing, receive, resolve
from services.record.naming import company, person
from services.record.plan import SPANS, Plan

TASK = "respond_to_suit"
GROUPS = {
    "lawsuits.filed": ("lawsuits.lost", "24", 600_000),
    "lawsuits.2023_1": ("lawsuits.2023_1_lost", "231", 610_000),
    "lawsuits.2023_2": ("lawsuits.2023_2_lost", "232", 620_000),
}
"""The basic courts': how many are lost, a mark in their references, where their names begin."""
NAME = "lawsuits.intermediate"
NOT_LOST = {"won": 45, "dismissed": 20, "withdrawn": 22, "mediated": 13}
GROUP_CASE = "安罗高速公路项目征地补偿"
"""The land case in 滑县 that was settled in rounds (row 18)."""
SECOND_ONLY = date(2023, 12, 5)


@dataclass(frozen=True, slots=True)
class Lost:
    """A lawsuit of a basic court that an organ lost in the half-year, and when that was entered."""

    filer: str
    reference: str
    on: date
    defendant: str
    cause: str


@dataclass(frozen=True, slots=True)
class _Drawn:
    chance: Random
    place: str
    defendant: str
    cause: str
    lost: bool
    grouped: bool


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the lawsuits of a round."""
    for name in GROUPS:
        for index in plan.indexes(name, round_):
            yield _basic(plan, name, index, round_)
    for index in plan.indexes(NAME, round_):
        yield _intermediate(plan, index, round_)


def lost(plan: Plan) -> list[Lost]:
    """List the half-year's lost ones in the order in which they were entered."""
    found: list[Lost] = []
    for round_ in rounds():
        for index in plan.indexes("lawsuits.filed", round_):
            it = _draw(plan, "lawsuits.filed", index)
            if it.lost:
                reference = f"合成-{_reference('lawsuits.filed', index)}"
                on = _concluding(round_, lost=True)
                found.append(Lost(f"court.{it.place}", reference, on, it.defendant, it.cause))
    return found


def group_case(plan: Plan) -> tuple[str, str] | None:
    """Give filer and reference of the group's lawsuit; None where the record is too small."""
    name = "lawsuits.filed"
    if not _draw(plan, name, 0).grouped:
        return None
    return "court.410526", f"合成-{_reference(name, 0)}"


def _draw(plan: Plan, name: str, index: int) -> _Drawn:
    chance = plan.dice(name, index)
    place = division(chance)
    defendant, cause = organ(chance, place)
    is_lost = spread(index, plan.counts[name], plan.counts[GROUPS[name][0]])
    if name == "lawsuits.filed" and index == 0 and not is_lost:
        place, defendant, cause = "410526", "natural_resources.410526", "land_compensation"
        return _Drawn(chance, place, defendant, cause, lost=False, grouped=True)
    return _Drawn(chance, place, defendant, cause, is_lost, grouped=False)


def _basic(plan: Plan, name: str, index: int, round_: Round) -> Json:
    it = _draw(plan, name, index)
    filed_on = it.chance.choice(within(round_, SPANS[name]))
    verdict = "lost" if it.lost else _not_lost(it.chance)
    details = {
        "kind": "administrative_lawsuit",
        "number": court_number(it.place, filed_on.year, "行初", index + 1),
        "court": f"court.{it.place}",
        "instance": "first",
        "plaintiff": person(it.chance, GROUPS[name][2] + index),
        "defendant": it.defendant,
        "cause": it.cause,
    }
    if it.grouped:
        verdict, details["action"] = "withdrawn", GROUP_CASE
        details["plaintiff"] = {"name": "某村二十余户（合成）", "type": "group"}
    title = "行政诉讼一审"
    filed = filing(_reference(name, index), title, it.place, filed_on, details)
    heads = it.place in ALL_HEADS or percent(it.chance, 78)
    return _lawsuit(it.chance, round_, filed, verdict, heads=heads)


def _intermediate(plan: Plan, index: int, round_: Round) -> Json:
    chance = plan.dice(NAME, index)
    place = chance.choices(tuple(NAMES), (10, *SHARES))[0]
    defendant, cause = organ(chance, place)
    filed_on = chance.choice(within(round_, SPANS[NAME]))
    first = percent(chance, 25) and round_.monday < SECOND_ONLY
    number = 660_000 + index
    details = {
        "kind": "administrative_lawsuit",
        "number": court_number(CITY, filed_on.year, "行初" if first else "行终", index + 1),
        "court": INTERMEDIATE,
        "instance": "first" if first else "second",
        "plaintiff": company(chance, place, number) if index % 9 == 0 else person(chance, number),
        "defendant": defendant,
        "cause": cause,
    }
    verdict = "lost" if percent(chance, 14) else _not_lost(chance)
    title = f"行政诉讼{'一' if first else '二'}审"
    filed = filing(f"中诉-{index + 1:05d}", title, CITY, filed_on, details)
    return _lawsuit(chance, round_, filed, verdict, heads=percent(chance, 88))


def _lawsuit(chance: Random, round_: Round, filed: Json, verdict: str, *, heads: bool) -> Json:
    heard_on = later(filed["filed_on"], chance.randrange(5, 15), round_.thursday)
    ends = _concluding(round_, lost=verdict == "lost")
    concluded_on = later(heard_on, chance.randrange(12), ends)
    by = "局长" if heads else chance.choice(("副科长", "法律顾问"))
    answer = resolve(round_.thursday, TASK, heard_on, head_appeared=heads, appeared_by=by)
    end = conclude(
        ends, "administrative_lawsuit", concluded_on, verdict=verdict, head_appeared=heads
    )
    acts = {TASK: [[receive(round_.monday), answer]]}
    return case(round_.monday, filed["details"]["court"], filed, acts, [end])


def _concluding(round_: Round, *, lost: bool) -> date:
    """Give the clock's day of the verdict; of the last round's losses early enough to review."""
    return round_.thursday if lost and round_ == rounds()[-1] else round_.friday


def _not_lost(chance: Random) -> str:
    return chance.choices(tuple(NOT_LOST), tuple(NOT_LOST.values()))[0]


def _reference(name: str, index: int) -> str:
    return f"诉{GROUPS[name][1]}-{index + 1:05d}"

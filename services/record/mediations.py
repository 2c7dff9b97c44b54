"""Disputes with organs, mediated before, during and after a case (rows 16 to 18 and 20)."""

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random

from services.record.city import (
    court_number,
    division,
    office_name,
    organ,
)
from services.record.days import Round, later, rounds, within
from services.record.dealing import percent, spread
from services.record.handling import Handling, handle
from services.record.lawsuits import GROUP_CASE, group_case
from services.record.making import Acts, Json, case, filing, resolve
from services.record.naming import person
from services.record.plan import SPANS, Plan

NAME = "mediation.mediated"
NUMBERS = 500_000
TASK = "administrative_mediation"
PHASES = {"before": 55, "during": 30, "after": 15}
"""案前协调、案中调解、案后疏导."""
OTHERS = ("community", "expert", "other", "court")
GROUPED_IN, HOUSEHOLDS = 11, 23
"""The land case of over twenty households is mediated in the second round of 2024."""


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the mediations of a round. Each ends by 2024-05-31."""
    indexes = plan.indexes(NAME, round_)
    grouped = _grouped(plan, indexes) if round_.number == GROUPED_IN else None
    for index in indexes:
        if index == grouped:
            yield _group(plan, index, round_)
        else:
            yield _mediation(plan, index, round_)


def settled(plan: Plan, index: int) -> bool:
    """Tell whether a mediation succeeded."""
    return spread(index, plan.counts[NAME], plan.counts["mediation.settled"])


def _grouped(plan: Plan, indexes: range) -> int | None:
    return next((index for index in indexes if not settled(plan, index)), None)


def _mediation(plan: Plan, index: int, round_: Round) -> Json:
    chance = plan.dice(NAME, index)
    place = division(chance)
    respondent, cause = organ(chance, place)
    phase = chance.choices(tuple(PHASES), tuple(PHASES.values()))[0]
    filed_on = chance.choice(within(round_, SPANS[NAME]))
    details: Json = {
        "kind": "administrative_dispute",
        "cause": cause,
        "phase": phase,
        "respondent": respondent,
        "participants": _participants(chance, respondent, NUMBERS + index),
    }
    if phase != "before":
        kind = "行初" if phase == "during" else "行终"
        details["lawsuit"] = court_number(place, filed_on.year, kind, 100_000 + index)
    details["needs"] = [TASK, *_more(chance, phase)]
    last = next(it.number for it in reversed(rounds()) if plan.indexes(NAME, it))
    done = handle(chance, round_, place, at_once=0, waits=50, late=round_.number < last)
    on = later(filed_on, chance.randrange(1, 18), done.on)
    ended = "settled" if settled(plan, index) else chance.choice(("failed", "failed", "withdrawn"))
    outcome: Json = {"ended": ended}
    if percent(chance, 12):
        outcome["rounds"] = _rounds(chance, filed_on, on, settled=ended == "settled")
    acts = {TASK: [[*done.before, resolve(done.on, TASK, on, **outcome)]]}
    acts |= _others(details["needs"], chance, done, on)
    filed = filing(f"调-{index + 1:06d}", "行政争议调解", place, filed_on, details)
    office = chance.choice(("petition", "justice")) if phase == "before" else "court"
    return case(round_.monday, f"{office}.{place}", filed, acts)


def _group(plan: Plan, index: int, round_: Round) -> Json:
    """滑县: over twenty households withdraw after several rounds."""
    place, respondent = "410526", "natural_resources.410526"
    days = within(round_, SPANS[NAME])
    held = [days[len(days) // 3], round_.monday, round_.thursday]
    withdrew = (0, 8, HOUSEHOLDS - 8)
    chance = plan.dice(NAME, index)
    lawsuit = group_case(plan)
    details: Json = {
        "kind": "administrative_dispute",
        "cause": "land_compensation",
        "phase": "during",
        "respondent": respondent,
        "action": GROUP_CASE,
        "participants": [
            {"name": "某村二十余户（合成）", "type": "group", "role": "applicant"},
            *_participants(chance, respondent, NUMBERS + index)[1:],
        ],
        "households": HOUSEHOLDS,
        "needs": [TASK],
    }
    outcome: Json = {
        "ended": "withdrawn",
        "rounds": [
            {"number": number, "held_on": on, "withdrew": left, "settled": 0}
            for number, (on, left) in enumerate(zip(held, withdrew, strict=True), 1)
        ],
    }
    steps = [
        {"on": max(step["held_on"], round_.monday), "act": "progress", "note": "合成：组织调解",
         "step": {"step": "mediation_round", **step}}
        for step in outcome["rounds"]
    ]  # fmt: skip
    acts = {TASK: [[*steps, resolve(round_.friday, TASK, round_.friday, **outcome)]]}
    filed = filing(f"调-{index + 1:06d}", GROUP_CASE, place, days[0], details)
    then = []
    if lawsuit:
        about = {"filer": lawsuit[0], "reference": lawsuit[1]}
        said = {**about, "relation": "same_matter", "reason": "同一征地补偿事项（合成）"}
        then = [{"on": round_.thursday, "link": said}]
    return case(round_.monday, f"court.{place}", filed, acts, then)


def _participants(chance: Random, respondent: str, number: int) -> list[Json]:
    """Seat the two sides, who mediates, and N more (2+N)."""
    found: list[Json] = [
        {**person(chance, number), "role": "applicant"},
        {"name": office_name(respondent), "type": "organisation", "role": "organ"},
        {"name": f"合成调解员{number % 97:02d}", "role": "mediator"},
    ]
    more = chance.sample(OTHERS, chance.randrange(4))
    return found + [
        {"name": f"合成参与方{role}", "type": "organisation", "role": role} for role in more
    ]


def _more(chance: Random, phase: str) -> list[str]:
    if phase == "before":
        return ["pre_suit_communication"] if percent(chance, 8) else []
    if phase == "during":
        return ["pre_judgment_consultation"] if percent(chance, 8) else []
    found = ["explanation"] if percent(chance, 10) else []
    return [*found, "supervision"] if percent(chance, 2) else found


def _others(needs: list[str], chance: Random, done: Handling, on: date) -> Mapping[str, Acts]:
    made: dict[str, Json] = {
        "pre_suit_communication": {"averted": percent(chance, 60)},
        "pre_judgment_consultation": {"agreed": percent(chance, 70)},
        "explanation": {"accepted": percent(chance, 80)},
        "supervision": {"suggestion": "合成检察建议"},
    }
    return {
        task: [[*done.before, resolve(done.on, task, on, **made[task])]]
        for task in needs
        if task in made
    }


def _rounds(chance: Random, begin: date, end: date, *, settled: bool) -> list[Json]:
    days = sorted(later(begin, chance.randrange(12), end) for _ in range(chance.randrange(2, 4)))
    last = len(days)
    return [
        {"number": number, "held_on": day, "settled": int(settled and number == last)}
        for number, day in enumerate(days, 1)
    ]

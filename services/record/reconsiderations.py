"""Reconsiderations by the city government itself (brief row 21), over three years."""

from collections.abc import Iterator

from services.record.city import CITY, NAMES, SHARES, organ
from services.record.days import Round, later, within
from services.record.dealing import percent
from services.record.handling import handle
from services.record.making import Json, case, filing, resolve
from services.record.naming import company, person
from services.record.plan import SPANS, Plan

NAME = "reconsideration.city"
NUMBERS = 630_000
TASK = "reconsideration_decision"
ORGAN = f"justice.{CITY}"
DECISIONS = {
    "upheld": 44, "revoked": 10, "changed": 3, "ordered": 5, "unlawful": 4, "dismissed": 12,
    "mediated": 13, "withdrawn": 9,
}  # fmt: skip


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the applications of a round; the justice bureau enters them and decides."""
    days = within(round_, SPANS[NAME])
    for index in plan.indexes(NAME, round_):
        chance = plan.dice(NAME, index)
        place = chance.choices(tuple(NAMES), (14, *SHARES))[0]
        respondent, cause = organ(chance, place)
        filed_on = chance.choice(days)
        made = company if percent(chance, 12) else None
        number = NUMBERS + index
        details = {
            "kind": "reconsideration",
            "organ": ORGAN,
            "applicant": made(chance, place, number) if made else person(chance, number),
            "respondent": respondent,
            "cause": cause,
        }
        done = handle(chance, round_, CITY, at_once=0, waits=60, late=False)
        on = later(filed_on, chance.randrange(10, 40), done.on)
        decision = chance.choices(tuple(DECISIONS), tuple(DECISIONS.values()))[0]
        acts = {TASK: [[*done.before, resolve(done.on, TASK, on, decision=decision)]]}
        filed = filing(f"复议-{index + 1:05d}", "行政复议申请", CITY, filed_on, details)
        yield case(round_.monday, ORGAN, filed, acts)

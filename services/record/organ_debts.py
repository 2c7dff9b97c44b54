"""Organs that owe, and pay (brief row 6): what is recovered adds up to what the report prints."""

from collections.abc import Iterator

from services.record.city import court_number, division, office_name, organ
from services.record.days import Round, later, within
from services.record.dealing import deal
from services.record.making import Json, case, conclude, filing, receive, resolve
from services.record.naming import company
from services.record.plan import SPANS, Plan

NAME = "enforcement.organ_closed"
NUMBERS = 650_000
TASK = "performance"


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the cases of a round against organs."""
    days, sums = within(round_, SPANS[NAME]), recovered(plan)
    for index in plan.indexes(NAME, round_):
        chance = plan.dice(NAME, index)
        place = division(chance)
        owes, _ = organ(chance, place)
        filed_on = chance.choice(days)
        details = {
            "kind": "judgment_enforcement",
            "basis": court_number(place, filed_on.year, "执", 900_000 + index),
            "creditor": company(chance, place, NUMBERS + index),
            "debtor": {"name": office_name(owes), "type": "organisation"},
            "debtor_role": "administrative_organ",
            "debtor_office": owes,
            "claim_fen": sums[index] + chance.choice((0, 0, 0, sums[index] // 10)),
            "measures": [TASK],
        }
        paid_on = later(filed_on, chance.randrange(3, 20), round_.friday)
        concluded_on = later(paid_on, chance.randrange(3), round_.friday)
        acts = {
            TASK: [
                [
                    receive(round_.monday),
                    resolve(round_.friday, TASK, paid_on, paid_fen=sums[index]),
                ]
            ]
        }
        end = conclude(
            round_.friday, "judgment_enforcement", concluded_on, ended="performed",
            recovered_fen=sums[index],
        )  # fmt: skip
        filed = filing(f"执行-{index + 1:04d}", "行政机关履行生效判决", place, filed_on, details)
        yield case(round_.monday, f"court.{place}", filed, acts, [end])


def recovered(plan: Plan) -> list[int]:
    """Split the whole sum over the cases: more than nothing in each."""
    number = plan.counts[NAME]
    chance = plan.dice("enforcement.organ_recovered", 0)
    weights = [chance.randrange(1, 400) for _ in range(number)]
    return [1 + part for part in deal(plan.counts["enforcement.organ_recovered"] - number, weights)]

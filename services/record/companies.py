"""Bankruptcies (rows 10 to 13): several offices at once, a green channel, one that keeps all."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random

from services.record.city import division
from services.record.days import Round, following, later, within
from services.record.making import Acts, Json, case, filing, receive, resolve
from services.record.naming import organisation
from services.record.plan import SPANS, Plan

NAME = "bankruptcy.filed"
NUMBERS = 680_000
KINDS = (
    (
        "green", "破产企业社保、退休事项（绿色通道）", "liquidation",
        ("social_insurance", "retirement"),
    ),
    ("repair", "重整企业信用修复", "reorganisation", ("credit_repair", "tax_clearance")),
    ("finance", "重整企业融资", "reorganisation", ("financing",)),
    (
        "housing", "重组房企续建、消防验收、税收", "reorganisation",
        ("housing_continuation", "fire_acceptance", "tax_relief"),
    ),
    (
        "waiting", "破产清算注销登记", "liquidation",
        ("tax_clearance", "social_insurance", "deregistration"),
    ),
)  # fmt: skip
"""What each is for, its title, the procedure, what it needs; in turn."""


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the bankruptcies of a round."""
    days = within(round_, SPANS[NAME])
    for index in plan.indexes(NAME, round_):
        chance = plan.dice(NAME, index)
        which, title, procedure, needs = KINDS[index % len(KINDS)]
        place, filed_on = division(chance), chance.choice(days)
        details: Json = {
            "kind": "bankruptcy",
            "debtor": organisation(chance, place, NUMBERS + index),
            "procedure": procedure,
            "accepted_on": filed_on - timedelta(days=60),
            "needs": list(needs),
            "employees": chance.randrange(40, 600),
            "retirees": chance.randrange(5, 40),
            "financing_fen": chance.randrange(10, 900) * 1_000_000_00,
        }
        if which == "housing":
            details["project"] = {"division": place, "name": f"合成续建小区{index + 1}"}
        filed = filing(f"破-{index + 1:04d}", title, place, filed_on, details)
        if which == "green":
            filed["lane"] = "green"
        acts = _acts(chance, round_, which, filed)
        yield case(round_.monday, f"court.{place}", filed, acts)


def _acts(chance: Random, round_: Round, which: str, filed: Json) -> Mapping[str, Acts]:
    details, on = filed["details"], round_.thursday if which == "green" else round_.friday
    found: dict[str, Acts] = {}
    for task in details["needs"]:
        ended_on = later(filed["filed_on"], chance.randrange(3, 15), on)
        done = resolve(on, task, ended_on, **_outcome(chance, task, details, ended_on))
        found[task] = [[receive(round_.monday), done]]
    if which == "waiting":  # the others wait for the deregistration, which comes late or never
        after = following(round_)
        said = _outcome(chance, "deregistration", details, round_.friday)
        late = [resolve(after.monday, "deregistration", round_.friday, **said)] if after else []
        found["deregistration"] = [[receive(round_.monday), *late]]
    return found


def _outcome(chance: Random, task: str, details: Json, on: object) -> Json:
    owed = chance.randrange(1, 900) * 10_000_00
    return {
        "social_insurance": {"employees": details["employees"], "owed_fen": owed},
        "retirement": {"retirees": details["retirees"]},
        "credit_repair": {"repaired": ["合成：经营异常名录记录"]},
        "tax_clearance": {"owed_fen": owed},
        "financing": {"amount_fen": details["financing_fen"], "lender": "合成银行"},
        "housing_continuation": {"units": 120},
        "fire_acceptance": {"certificate": "合成消验"},
        "tax_relief": {"relieved_fen": owed},
        "deregistration": {"deregistered_on": on},
    }[task]

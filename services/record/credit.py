"""Consumption limits and listings (brief row 7): imposed, some lifted or repaired; incentives."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from services.record.city import court_number, division
from services.record.days import Round, later, rounds, within
from services.record.dealing import percent
from services.record.handling import handle
from services.record.making import Json, case, filing, resolve
from services.record.naming import company, person
from services.record.plan import SPANS, Plan

LATER = 2
"""A listing ends so many rounds after it began, or some more."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, and who has to act on what is entered or taken out."""

    name: str
    list: str
    task: str
    need: str
    title: str
    numbers: int
    ended: str
    """What is counted where one ends."""
    ends: str
    end_title: str
    companies: int
    """Of a hundred listed."""


LIMITS = Listing(
    "credit.consumption_limits", "consumption_limit", "限", "consumption_watch", "限制高消费",
    0, "credit.lifted", "lift", "解除限制高消费", 15,
)  # fmt: skip
DISHONEST = Listing(
    "credit.dishonest", "dishonest_debtor", "失", "credit_publication", "纳入失信被执行人名单",
    200_000, "credit.repaired", "repair", "失信信息信用修复", 20,
)  # fmt: skip


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give what is imposed, ended and granted in a round."""
    for kind in (LIMITS, DISHONEST):
        for index in plan.indexes(kind.name, round_):
            yield _imposed(plan, kind, index, round_)
        for place, index in enumerate(_ended(plan, kind)):
            if _ends_in(plan, kind, index) == round_.number:
                yield _end(plan, kind, index, place, round_)
    for index in plan.indexes("credit.incentives", round_):
        yield _incentive(plan, index, round_)


def _drawn(plan: Plan, kind: Listing, index: int) -> tuple[Random, str, Json]:
    """Give where a listing is from, and whom it is about."""
    chance = plan.dice(kind.name, index)
    place = division(chance)
    made = company if percent(chance, kind.companies) else None
    number = kind.numbers + index
    return chance, place, made(chance, place, number) if made else person(chance, number)


def _imposed(plan: Plan, kind: Listing, index: int, round_: Round) -> Json:
    chance, place, subject = _drawn(plan, kind, index)
    filed_on = chance.choice(within(round_, SPANS[kind.name]))
    basis = court_number(place, filed_on.year, "执", index + 1)
    reference = _reference(kind, index)
    return _case(
        chance, round_, (place, filed_on), (reference, kind.title),
        _details(kind, "impose", subject, basis, filed_on), kind.need,
    )  # fmt: skip


def _end(plan: Plan, kind: Listing, index: int, place_: int, round_: Round) -> Json:
    _, place, subject = _drawn(plan, kind, index)
    chance = plan.dice(kind.ended, place_)
    filed_on = chance.choice(within(round_, SPANS[kind.name]))
    basis = court_number(place, filed_on.year, "执恢", index + 1)
    details = _details(kind, kind.ends, subject, basis, filed_on)
    details["continues"] = f"合成-{_reference(kind, index)}"
    reference = f"{kind.task}止-{index + 1:06d}"
    return _case(chance, round_, (place, filed_on), (reference, kind.end_title), details, kind.need)


def _incentive(plan: Plan, index: int, round_: Round) -> Json:
    chance = plan.dice("credit.incentives", index)
    place = division(chance)
    filed_on = chance.choice(within(round_, SPANS["credit.incentives"]))
    details = {
        "kind": "credit_discipline",
        "list": "trustworthy",
        "action": "incentive",
        "subject": company(chance, place, 690_000 + index),
        "basis": f"合成守信〔{filed_on.year}〕{index + 1}号",
        "effective_on": filed_on,
        "needs": ["tax_incentive"],
    }
    names = f"守-{index + 1:04d}", "守信企业税收激励"
    return _case(chance, round_, (place, filed_on), names, details, "tax_incentive")


def _details(
    kind: Listing, action: str, subject: Json, basis: str, effective_on: date
) -> dict[str, Any]:
    return {
        "kind": "credit_discipline",
        "list": kind.list,
        "action": action,
        "subject": subject,
        "basis": basis,
        "effective_on": effective_on,
        "needs": [kind.need],
    }


def _case(  # noqa: PLR0913, PLR0917 - what a case is made of
    chance: Random,
    round_: Round,
    where: tuple[str, date],
    names: tuple[str, str],
    details: Json,
    task: str,
) -> Json:
    (place, filed_on), (reference, title) = where, names
    done = handle(chance, round_, place, at_once=88)
    on = later(filed_on, chance.randrange(5), done.on)
    outcome: Json = {
        "consumption_watch": {"watched": details["action"] == "impose"},
        "credit_publication": {"published_on": on},
        "tax_incentive": {"incentive": "纳税信用绿色通道（合成）"},
    }[task]
    acts = {task: [[*done.before, resolve(done.on, task, on, **outcome)]]}
    filed = filing(reference, title, place, filed_on, details)
    return case(round_.monday, f"court.{place}", filed, acts)


def _reference(kind: Listing, index: int) -> str:
    return f"{kind.task}-{index + 1:06d}"


def _ended(plan: Plan, kind: Listing) -> range:
    """Give the listings that end, which lie evenly over the earlier rounds' ones."""
    early = plan.indexes(kind.name, rounds()[-1 - LATER]).start
    number = min(plan.counts[kind.ended], early)
    step = early // number if number else 1
    return range(0, number * step, step)


def _ends_in(plan: Plan, kind: Listing, index: int) -> int:
    began = next(it.number for it in rounds() if index in plan.indexes(kind.name, it))
    return min(began + LATER + index % 3, rounds()[-1].number)

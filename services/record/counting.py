"""What each line of a record counts for, by the bulletin's ids and business dates. Pure.

The manifest's figures are these sums, so they hold for what is in the file; `writing` refuses a
file in which they are not what the report prints.
"""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from fuyuan_contracts.cases import CONCLUDED_BY_FILER
from services.record.making import Json

MEETINGS = {"liaison_meeting": "liaison"}
STAGES = ("filed", "reviewed", "enforced", "closed")
CITY_ORGAN, INTERMEDIATE = "justice.410500", "court.410500"


class Entry(NamedTuple):
    """So many of a figure on a day."""

    figure: str
    day: date
    amount: int = 1


class Told(NamedTuple):
    """A case as its line tells it."""

    day: date
    filed_on: date
    details: Json
    outcomes: dict[str, Json]
    """Task → how it ended, of those that did."""
    conclusion: Json | None


def entries(line: Json) -> Iterator[Entry]:
    """Give what a line counts for."""
    match line["line"]:
        case "case":
            told = _told(line)
            yield Entry("cases.filed", told.filed_on)
            yield from _OF[told.details["kind"]](told)
        case "meeting":
            name = MEETINGS.get(line["type"], line["type"])
            yield Entry(f"meetings.{name}", line["on"])
            if line["reviews"]:
                yield Entry("lawsuits.reviewed", line["on"], len(line["reviews"]))
        case "instruction":
            yield Entry("instructions.issued", line["issued_on"])
        case "instruction_closed":
            yield Entry("instructions.closed", line["closed_on"])
        case "project":
            yield from _project(line)


def closed(line: Json) -> bool:
    """Tell whether a case has ended when all that its line says is done."""
    if any("conclude" in item or "withdraw" in item for item in line.get("then", ())):
        return True
    kind, rounds = line["filing"]["details"]["kind"], line["acts"].values()
    return kind not in CONCLUDED_BY_FILER and all(_outcome(item) for item in rounds)


def _told(line: Json) -> Told:
    filing = line["filing"]
    ended = {task: _outcome(rounds) for task, rounds in line["acts"].items()}
    concluded = [item["conclude"] for item in line.get("then", ()) if "conclude" in item]
    outcomes = {task: said for task, said in ended.items() if said}
    end = concluded[0] if concluded else None
    return Told(line["day"], filing["filed_on"], filing["details"], outcomes, end)


def _outcome(rounds: list[list[Json]]) -> Json | None:
    last = rounds[-1][-1] if rounds[-1] else {}
    return last.get("outcome")


def _enforcement(it: Told) -> Iterator[Entry]:
    names = {"find_person": "person", "find_vehicle": "vehicle", "find_property": "property"}
    for task, said in it.outcomes.items():
        if task in names:
            yield Entry(f"lookups.{names[task]}", said["concluded_on"])
        elif task == "detention_assist" and said["detained"]:
            yield Entry("detentions.assisted", said["concluded_on"])
    if it.conclusion:
        on, sum_ = it.conclusion["concluded_on"], it.conclusion["recovered_fen"]
        yield Entry("enforcement.closed", on)
        yield Entry("enforcement.recovered", on, sum_)
        if it.details["debtor_role"] == "administrative_organ":
            yield Entry("enforcement.organ_closed", on)
            yield Entry("enforcement.organ_recovered", on, sum_)


def _penalty(it: Told) -> Iterator[Entry]:
    for said in it.outcomes.values():
        on = said["concluded_on"]
        yield Entry("penalties.decided", on)
        if said["allowed"]:
            yield Entry("penalties.allowed", on)
        days = [said[f"{stage}_on"] for stage in STAGES]
        for (name, begin), (until, end) in pairwise(zip(STAGES, days, strict=True)):
            yield Entry(f"penalties.days_{name}_{until}", on, (end - begin).days)
        yield Entry("penalties.days_filed_closed", on, (days[-1] - days[0]).days)


def _bankruptcy(it: Told) -> Iterator[Entry]:
    yield Entry("bankruptcy.filed", it.filed_on)
    if "project" in it.details:
        yield Entry("projects.registered", it.day)
    sums = {
        "social_insurance": ("employees", "employees"),
        "retirement": ("retirees", "retirees"),
        "tax_relief": ("relieved_fen", "relieved"),
        "financing": ("amount_fen", "financed"),
    }
    for task, (field, name) in sums.items():
        if said := it.outcomes.get(task):
            yield Entry(f"bankruptcy.{name}", said["concluded_on"], said[field])


def _stalled(it: Told) -> Iterator[Entry]:
    yield Entry("projects.registered", it.day)
    if said := it.outcomes.get("project_funding"):
        yield Entry("projects.funded", said["concluded_on"], said["amount_fen"])
        if said["source"] == "special_loan":
            yield Entry("projects.special_loans", said["concluded_on"], said["amount_fen"])


def _civil(it: Told) -> Iterator[Entry]:
    said = it.outcomes.get("civil_mediation")
    if said and it.details["cause"] == "house_sale" and said["settled"]:
        yield Entry("projects.disputes_settled", said["concluded_on"], said["settled"])


def _dispute(it: Told) -> Iterator[Entry]:
    others = {
        "pre_suit_communication": "presuit", "pre_judgment_consultation": "consultations",
        "explanation": "explanations",
    }  # fmt: skip
    for task, said in it.outcomes.items():
        on = said["concluded_on"]
        if task in others:
            yield Entry(f"{others[task]}.held", on)
        if said.get("averted"):
            yield Entry("presuit.averted", on)
        if task == "administrative_mediation":
            yield Entry("mediation.mediated", on)
            yield Entry(f"mediation.{said['ended']}", on)
            if left := sum(item.get("withdrew", 0) for item in said.get("rounds", ())):
                yield Entry("mediation.households_withdrew", on, left)


def _lawsuit(it: Told) -> Iterator[Entry]:
    if it.details["court"] == INTERMEDIATE:
        yield Entry("lawsuits.intermediate", it.filed_on)
    if it.details["instance"] != "first":
        return
    yield Entry("lawsuits.filed", it.filed_on)
    if it.conclusion:
        on = it.conclusion["concluded_on"]
        yield Entry("lawsuits.concluded", on)
        yield Entry("heads.hearings", on)
        if it.conclusion["verdict"] == "lost":
            yield Entry("lawsuits.lost", on)
        if it.conclusion["head_appeared"]:
            yield Entry("heads.appeared", on)


def _reconsideration(it: Told) -> Iterator[Entry]:
    yield Entry("reconsideration.filed", it.filed_on)
    if it.details["organ"] == CITY_ORGAN:
        yield Entry("reconsideration.city", it.filed_on)


def _credit(it: Told) -> Iterator[Entry]:
    on, action = it.details["effective_on"], it.details["action"]
    if action == "incentive":
        yield Entry("credit.incentives", on)
        return
    limit = it.details["list"] == "consumption_limit"
    name = "credit.consumption_limits" if limit else "credit.dishonest"
    if action == "impose":
        for figure in (name, f"{name}_new", f"{name}_in_force"):
            yield Entry(figure, on)
    else:
        yield Entry("credit.lifted" if action == "lift" else "credit.repaired", on)
        yield Entry(f"{name}_in_force", on, -1)


def _project(line: Json) -> Iterator[Entry]:
    body = line["body"]
    if line["act"] == "meetings":
        yield Entry("projects.meetings", body["on"])
    elif line["act"] == "funding":
        yield Entry("projects.funded", body["on"], body["amount_fen"])
    elif body.get("to") == "resumed":
        yield Entry("projects.resumed", body["on"])


_OF: dict[str, Callable[[Told], Iterator[Entry]]] = {
    "bankruptcy": _bankruptcy,
    "stalled_project": _stalled,
    "judgment_enforcement": _enforcement,
    "penalty_enforcement": _penalty,
    "civil_dispute": _civil,
    "administrative_dispute": _dispute,
    "administrative_lawsuit": _lawsuit,
    "reconsideration": _reconsideration,
    "credit_discipline": _credit,
}

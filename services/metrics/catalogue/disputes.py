"""Lawsuits, reconsideration, mediation, heads in court (seed brief rows 14 to 21)."""

from collections.abc import Iterator
from datetime import date

from services.metrics.catalogue.entries import (
    Entry,
    Stream,
    agency,
    concluded,
    is_city,
    last,
    number,
    of,
    resolutions,
    seat,
    text,
)
from services.metrics.model import Case

ENDED = ("settled", "withdrawn", "failed")


def filed(case: Case) -> Iterator[Entry]:
    """Lawsuits of the first instance, before whichever court."""
    if case.filed_on and case.details.get("instance") == "first":
        yield Entry(case.filed_on, of(case), keys=_lawsuit(case))


def decided(case: Case) -> Iterator[Entry]:
    """Lawsuits of the first instance that ended, and which of them were lost."""
    found = concluded(case)
    if found and case.details.get("instance") == "first":
        on, said = found
        verdict = text(said.get("verdict"))
        sums = {"n": 1, "lost": int(verdict == "lost")}
        yield Entry(on, of(case), sums, {"verdict": verdict, **_lawsuit(case)})


def _lawsuit(case: Case) -> dict[str, str | None]:
    defendant = text(case.details.get("defendant"))
    return {"office": defendant, "court": text(case.details.get("court"))}


def intermediate(case: Case) -> Iterator[Entry]:
    """Lawsuits of the first and second instance before the intermediate court; the city's."""
    court = text(case.details.get("court"))
    instance = text(case.details.get("instance"))
    if case.filed_on and is_city(seat(court)) and instance in {"first", "second"}:
        yield Entry(case.filed_on, seat(court), keys={"instance": instance})


def heads(case: Case) -> Iterator[Entry]:
    """Whether the organ's head appeared: the court's word, else the organ's own."""
    if case.details.get("instance") == "first" and (found := _appeared(case)):
        on, appeared = found
        keys = _lawsuit(case)
        keys["agency"] = agency(keys["office"])
        yield Entry(on, of(case), {"n": 1, "appeared": int(appeared)}, keys)


def _appeared(case: Case) -> tuple[date, bool] | None:
    end = concluded(case)
    if end and isinstance(said := end[1].get("head_appeared"), bool):
        return end[0], said
    answers = [
        (resolved.concluded_on, answer)
        for _, resolved, said in resolutions(case, "respond_to_suit")
        if isinstance(answer := said.get("head_appeared"), bool)
    ]
    return min(answers, default=None)


def reconsiderations(case: Case) -> Iterator[Entry]:
    """Applications for reconsideration; `city` of them to the city government itself."""
    organ = text(case.details.get("organ"))
    if case.filed_on:
        keys = {"organ": organ, "office": text(case.details.get("respondent"))}
        yield Entry(case.filed_on, of(case), keys=keys)


def city_reconsiderations(case: Case) -> Iterator[Entry]:
    """Those to the city government itself; the city's, wherever the matter lies."""
    organ = text(case.details.get("organ"))
    if case.filed_on and is_city(seat(organ)):
        yield Entry(case.filed_on, seat(organ))


def decisions(case: Case) -> Iterator[Entry]:
    """Reconsiderations decided, and how."""
    if found := last(case, "reconsideration_decision"):
        _, resolved, said = found
        keys = {"decision": text(said.get("decision"))}
        yield Entry(resolved.concluded_on, of(case), keys=keys)


def mediations(case: Case) -> Iterator[Entry]:
    """Administrative disputes mediated: the last mediation of a case counts."""
    if found := last(case, "administrative_mediation"):
        given, resolved, said = found
        ended = text(said.get("ended"))
        sums = {"n": 1, "households": number(said.get("withdrew"))}
        sums |= {name: int(ended == name) for name in ENDED}
        keys = {"phase": text(case.details.get("phase")), "office": given.office}
        yield Entry(resolved.concluded_on, of(case), sums, keys)


def talks(case: Case) -> Iterator[Entry]:
    """Pre-suit communication, pre-judgment consultation, explanation: held, and to what end."""
    wanted = {
        "pre_suit_communication": "averted",
        "pre_judgment_consultation": "agreed",
        "explanation": "accepted",
    }
    for given, resolved, said in resolutions(case, *wanted):
        worked = said.get(wanted[given.task or ""]) is True
        sums = {"n": 1, "worked": int(worked)}
        yield Entry(resolved.concluded_on, of(case), sums, {"task": given.task})


def house_sales(case: Case) -> Iterator[Entry]:
    """Disputes about house sales that were settled, singly or as a group, by project."""
    found = last(case, "civil_mediation")
    if found and case.details.get("cause") == "house_sale":
        _, resolved, said = found
        settled = number(said.get("settled"))
        if not settled and said.get("ended") == "settled":
            settled = number(case.details.get("disputes")) or 1
        if settled:
            keys = {"project": text(case.details.get("project"))}
            yield Entry(resolved.concluded_on, of(case), {"n": settled}, keys)


LAWSUITS = frozenset({"administrative_lawsuit"})
RECONSIDERATIONS = frozenset({"reconsideration"})
DISPUTES = frozenset({"administrative_dispute"})
STREAMS: tuple[Stream[Case], ...] = (
    Stream("lawsuits", filed, LAWSUITS, keys=("office", "court")),
    Stream("verdicts", decided, LAWSUITS, ("n", "lost"), ("verdict", "office", "court")),
    Stream("intermediate", intermediate, LAWSUITS, keys=("instance",)),
    Stream("heads", heads, LAWSUITS, ("n", "appeared"), ("agency", "office", "court")),
    Stream("reconsiderations", reconsiderations, RECONSIDERATIONS, keys=("organ", "office")),
    Stream("city_reconsiderations", city_reconsiderations, RECONSIDERATIONS),
    Stream("decisions", decisions, RECONSIDERATIONS, keys=("decision",)),
    Stream("mediations", mediations, DISPUTES, ("n", *ENDED, "households"), ("phase", "office")),
    Stream("talks", talks, DISPUTES, ("n", "worked"), ("task",), single=False),
    Stream("house_sales", house_sales, frozenset({"civil_dispute"}), keys=("project",)),
)

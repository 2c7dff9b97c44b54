"""Bankruptcies, and stalled projects as the tracker tells of them (seed brief rows 10 to 14)."""

from collections.abc import Iterator

from services.metrics.catalogue.entries import Entry, Stream, number, of, resolutions
from services.metrics.model import Case, Project
from services.runtime.domain import business_day

NEEDS = {
    "tax_clearance": None,
    "tax_relief": "relieved_fen",
    "social_insurance": "employees",
    "retirement": "retirees",
    "deregistration": None,
    "credit_repair": None,
    "financing": "amount_fen",
    "housing_continuation": None,
    "fire_acceptance": None,
}
"""Need → what of its outcome is added up."""
ADDED = tuple(name for name in NEEDS.values() if name)


def bankruptcies(case: Case) -> Iterator[Entry]:
    """Bankruptcies filed; `green` of them in the green channel."""
    if case.filed_on:
        yield Entry(case.filed_on, of(case), {"n": 1, "green": int(case.lane == "green")})


def needs(case: Case) -> Iterator[Entry]:
    """Count what offices did for bankrupt companies, one an assignment."""
    for given, resolved, said in resolutions(case, *NEEDS):
        name = NEEDS[given.task or ""]
        sums = {"n": 1} | ({name: number(said.get(name))} if name else {})
        yield Entry(resolved.concluded_on, of(case), sums, {"task": given.task})


def projects(project: Project) -> Iterator[Entry]:
    """Projects by stage, as changes: one more in the stage it comes to, one less in the other.

    The stock on a day is the sum of all up to it.
    """
    division = project.division or ""
    if project.registered_at:
        on = business_day(project.registered_at)
        sums = {"n": 1, "registered": 1, "stalled": 1}
        yield Entry(on, division, sums, {"stage": "registered"})
    for move in project.moves:
        sums = {"n": 1, "resumed": int(move.after == "resumed")}
        sums |= {"delivered": int(move.after == "delivered")}
        sums["stalled"] = -int(move.after == "delivered")
        yield Entry(move.on, division, sums, {"stage": move.after})
        if move.before:
            yield Entry(move.on, division, {"n": -1}, {"stage": move.before})


def funding(project: Project) -> Iterator[Entry]:
    """Give the funding ledger, by source."""
    for entry in project.ledger.values():
        keys = {"source": entry.source}
        yield Entry(entry.on, project.division or "", {"fen": entry.amount_fen}, keys)


def rhythm(project: Project) -> Iterator[Entry]:
    """Count the weekly three meetings, and warnings of group litigation."""
    division = project.division or ""
    for on, meeting in project.meetings:
        yield Entry(on, division, {"n": 1}, {"meeting": meeting})
    for on in project.risks:
        yield Entry(on, division, {"risks": 1})


BANKRUPTCY = frozenset({"bankruptcy"})
STREAMS: tuple[Stream[Case], ...] = (
    Stream("bankruptcies", bankruptcies, BANKRUPTCY, ("n", "green")),
    Stream("needs", needs, BANKRUPTCY, ("n", *ADDED), ("task",), single=False),
)
PROJECTS: tuple[Stream[Project], ...] = (
    Stream(
        "projects",
        projects,
        sums=("n", "registered", "stalled", "resumed", "delivered"),
        keys=("stage",),
        single=False,
    ),
    Stream("funding", funding, sums=("fen",), keys=("source",), single=False),
    Stream("rhythm", rhythm, sums=("n", "risks"), keys=("meeting",), single=False),
)

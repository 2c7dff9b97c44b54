"""How offices and the liaison office work: assignments, deadlines, meetings, instructions."""

from collections.abc import Iterator

from services.metrics.catalogue.entries import Entry, Stream, of, seat
from services.metrics.figures import assignment_figures, completed
from services.metrics.model import Case, Instruction, Meeting
from services.runtime.domain import business_day

OF_ASSIGNMENTS = (
    "delivered", "received", "receipt_judged", "received_on_time", "resolved", "resolution_judged",
    "resolved_on_time", "returned",
)  # fmt: skip
LATE = ("receipt", "resolution")


def filed(case: Case) -> Iterator[Entry]:
    """Every case, by the day it was filed."""
    if case.filed_on:
        yield Entry(case.filed_on, of(case), keys={"kind": case.kind})


def ended(case: Case) -> Iterator[Entry]:
    """Every case that ended, by the business day of its end."""
    if case.closed:
        keys = {"kind": case.kind, "ending": case.closed.ending}
        yield Entry(case.closed.concluded_on, of(case), keys=keys)


def assignments(case: Case) -> Iterator[Entry]:
    """Count assignments by the day of issue, in their office's division; `figures` says how."""
    for given in case.assignments.values():
        if given.issued_at and given.office:
            holds = assignment_figures(completed(given))
            sums = {"n": 1} | {name: int(name in holds) for name in OF_ASSIGNMENTS}
            on = business_day(given.issued_at)
            yield Entry(on, seat(given.office), sums, {"office": given.office})


def deadlines(case: Case) -> Iterator[Entry]:
    """Urges, deadlines missed and escalations, by the day they came."""
    for given in case.assignments.values():
        division, keys = seat(given.office) or of(case), {"office": given.office}
        for urge in given.urges.values():
            sums = {"urged": 1, "by_liaison": int(urge.by == "liaison")}
            yield Entry(business_day(urge.at), division, sums, keys)
        for what, at in given.overdue_at.items():
            yield Entry(business_day(at), division, {f"overdue_{what}": 1}, keys)
    for item in case.escalated:
        keys = {"office": item.office or None, "why": item.why, "level": item.level or None}
        yield Entry(business_day(item.at), of(case), {"escalated": 1}, keys)


def meetings(meeting: Meeting) -> Iterator[Entry]:
    """Meetings by type; of a loss review also how many lost lawsuits it dealt with."""
    if meeting.on and meeting.division:
        recurrent = sum(item.recurrent for item in meeting.reviews.values())
        sums = {"n": 1, "reviewed": len(meeting.reviews), "recurrent": recurrent}
        yield Entry(meeting.on, meeting.division, sums, {"meeting": meeting.meeting})


def issued(given: Instruction) -> Iterator[Entry]:
    """Instructions by the day they were issued."""
    if given.issued_on and given.division:
        yield Entry(given.issued_on, given.division, keys={"office": given.office})


def judged(given: Instruction) -> Iterator[Entry]:
    """Instructions that were closed, or overdue, by the day they were due."""
    late, carried = given.overdue_at, given.carried
    if given.due_on and given.division and (late or carried):
        sums = {"n": 1, "in_time": int(carried is not None and carried.in_time)}
        yield Entry(given.due_on, given.division, sums, {"office": given.office})


def carried_out(given: Instruction) -> Iterator[Entry]:
    """Instructions by the day they were closed."""
    if given.carried and given.division:
        keys = {"office": given.office}
        yield Entry(given.carried.closed_on, given.division, keys=keys)


STREAMS: tuple[Stream[Case], ...] = (
    Stream("filed", filed, keys=("kind",)),
    Stream("ended", ended, keys=("kind", "ending")),
    Stream(
        "assignments",
        assignments,
        sums=("n", *OF_ASSIGNMENTS),
        keys=("office",),
        single=False,
    ),
    Stream(
        "deadlines",
        deadlines,
        sums=("urged", "by_liaison", *(f"overdue_{what}" for what in LATE), "escalated"),
        keys=("office", "why", "level"),
        single=False,
    ),
)
MEETINGS: tuple[Stream[Meeting], ...] = (
    Stream("meetings", meetings, sums=("n", "reviewed", "recurrent"), keys=("meeting",)),
)
INSTRUCTIONS: tuple[Stream[Instruction], ...] = (
    Stream("instructions", issued, keys=("office",)),
    Stream("instructions_judged", judged, sums=("n", "in_time"), keys=("office",)),
    Stream("instructions_closed", carried_out, keys=("office",)),
)

"""Who is told what: a case's events become notices."""

import hashlib
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.notices import happenings as h
from services.notices.vocabulary import FILER, Event, Party, scope

ID_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Said:
    """A notice without its id and time."""

    event: Event
    to: str
    why: str | None = None
    task: str | None = None
    office: str | None = None
    due: datetime | None = None
    number: str | None = None


def decide(case: h.Case, given: h.Heard | h.Spread) -> Sequence[h.Happening | h.Told | h.Spread]:
    """Take an event and make its notices, or strike out those that were spread."""
    if isinstance(given, h.Spread):
        pending = {notice.id for notice in case.pending}
        ids = tuple(id_ for id_ in given.ids if id_ in pending)
        return (h.Spread(ids),) if ids else ()
    after = evolve(case, given.happening)
    said = told(case, given.happening)
    if awaits_conclusion(after):
        said = (*said, Said(Event.WAITING, FILER, "conclusion"))
    notices = [
        h.Told(_notice(given, number, item)) for number, item in enumerate(said)
    ]  # fmt: skip
    return (given.happening, *notices)


def told(case: h.Case, happening: h.Happening) -> Sequence[Said]:
    """Say who is told of something, and what."""
    match happening:
        case h.Filed():
            return (Said(Event.FILED, FILER),)
        case h.Closed():
            offices = sorted({*case.offices.values()})
            sides = [FILER, *(scope(Party.OFFICE, office) for office in offices)]
            return tuple(Said(Event.CLOSED, side, happening.ending) for side in sides)
        case h.ToDesk():
            side, office = scope(Party.DIVISION, happening.division), happening.office
            pairs = zip(happening.tasks, happening.why, strict=True)
            return tuple(Said(happening.event, side, why, task, office) for task, why in pairs)
        case h.Recalled():
            side = scope(Party.OFFICE, happening.office)
            parts = (happening.why, happening.task, happening.office)
            return (Said(Event.RECALLED, side, *parts),)
        case h.Instructed():
            return _instructed(happening)
        case _:
            return () if case.ended else _while_open(happening)


def _while_open(happening: h.Happening) -> Sequence[Said]:
    """Say what is only of use as long as the case goes on."""
    match happening:
        case h.Routed():
            return tuple(
                _to_office("assignment", one.task, one.office, one.due) for one in happening.issued
            )
        case h.Deadline():
            deadline = (happening.what, happening.task, happening.office, happening.due)
            sides = [scope(Party.OFFICE, happening.office)]
            if happening.event is Event.OVERDUE:
                sides += [FILER, scope(Party.DIVISION, happening.division)]
            return tuple(Said(happening.event, side, *deadline) for side in sides)
        case h.Urged():
            to, what = scope(Party.OFFICE, happening.office), happening.what
            said = Said(Event.URGED, to, what, happening.task, happening.office, happening.due)
            return (said,)
        case h.Asked():
            parts = ("information", happening.task, happening.office)
            return (Said(Event.WAITING, FILER, *parts),)
        case h.Answered():
            return (_to_office("supplied", happening.task, happening.office, happening.due),)
        case _:
            return ()


def _instructed(happening: h.Instructed) -> Sequence[Said]:
    """Tell its owner what is to be done, the liaison office that it was; both that it is late."""
    owner = scope(Party.OFFICE, happening.office)
    desk = scope(Party.DIVISION, happening.division)
    sides = {"issued": (owner,), "overdue": (owner, desk)}.get(happening.standing, (desk,))
    why = f"instruction_{happening.standing}"
    parts = (why, None, happening.office, happening.due, happening.number)
    return tuple(Said(Event.INSTRUCTION, side, *parts) for side in sides)


def _to_office(why: str, task: str, office: str, due: datetime | None) -> Said:
    return Said(Event.WAITING, scope(Party.OFFICE, office), why, task, office, due)


def awaits_conclusion(case: h.Case) -> bool:
    """Tell whether a case waits for its filer's conclusion, and the filer wasn't told yet."""
    filing = case.filing
    if filing is None or case.ended or case.asked_to_conclude or not filing.filer_concludes:
        return False
    return bool(filing.tasks) and case.done.issuperset(filing.tasks)


def evolve(case: h.Case, fact: h.Happening | h.Told | h.Spread) -> h.Case:
    """Give the case after a fact."""
    match fact:
        case h.Told(notice):
            concluding = case.asked_to_conclude or notice.why == "conclusion"
            pending = (*case.pending, notice)
            return replace(case, pending=pending, asked_to_conclude=concluding)
        case h.Spread():
            pending = tuple(notice for notice in case.pending if notice.id not in fact.ids)
            return replace(case, pending=pending)
        case _:
            return _after(case, fact)


def _after(case: h.Case, happening: h.Happening) -> h.Case:
    match happening:
        case h.Filed():
            return replace(case, filing=happening)
        case h.Routed():
            new = {one.assignment: one.office for one in happening.issued}
            return replace(case, offices={**case.offices, **new})
        case h.Recalled() | h.Returned():
            left = {k: v for k, v in case.offices.items() if k != happening.assignment}
            return replace(case, offices=left)
        case h.Resolved():
            return replace(case, done=case.done | {happening.task})
        case h.Withdrawn() | h.Closed():
            return replace(case, ended=True)
        case _:
            return case


def addressee(case: h.Case, notice: h.Notice) -> str | None:
    """Name the scope a notice is for; None while it isn't known who filed the case."""
    if notice.to != FILER:
        return notice.to
    return scope(Party.FILER, case.filing.filer) if case.filing else None


def _notice(given: h.Heard, number: int, said: Said) -> h.Notice:
    digest = hashlib.sha256(f"{given.key}\n{number}".encode()).digest()
    return h.Notice(
        id="n" + b32encode(digest).decode().lower()[:ID_LENGTH],
        event=said.event,
        to=said.to,
        at=given.at,
        why=said.why,
        task=said.task,
        office=said.office,
        due=said.due,
        number=said.number,
    )

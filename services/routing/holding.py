"""Who holds a case, for what and for how long: each office, its filer, the liaison desk. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from services.routing.evolving import evolve
from services.routing.history import named
from services.routing.labels import label
from services.routing.model import Case
from services.routing.rulebook import Rulebook, city_of
from services.routing.workdays import between, known
from services.runtime.domain import business_day

Role = Literal["office", "filer", "liaison"]
Span = tuple[datetime, datetime]


class Wait(NamedTuple):
    """A case waits for this one now: for a task (the filer's last word: `conclusion`)."""

    office: str
    task: str
    what: str
    since: datetime
    role: Role


class Hold(NamedTuple):
    """Somebody held a task from `begin` on; until now where `end` is None."""

    office: str
    task: str
    what: str
    role: Role
    begin: datetime
    end: datetime | None


def waits(state: Case, book: Rulebook) -> Iterator[Wait]:
    """Say who a case waits for now."""
    if state.filing is None:
        return
    division, filer = state.filing.division, state.filing.filer
    liaison, city = book.liaison_for(division), book.liaison_for(city_of(division))
    for task, (need, since) in state.desk.items():
        yield Wait(liaison, task, need.why, since, "liaison")
    for task, alarm in state.alarms.items():
        desk = liaison if alarm.level in (None, "county") else city
        yield Wait(desk, task, alarm.why, alarm.at, "liaison")
    for given in state.open():
        issue = given.issue
        if given.asked is not None:
            yield Wait(filer, issue.task, "information", given.asked.asked_at, "filer")
        elif issue.task not in state.alarms or state.alarms[issue.task].level:
            # an overdue task is in its office's hands still; what failed or never came is not
            yield Wait(issue.office, issue.task, given.state, given.issued_at, "office")
    if state.awaits_conclusion:
        ends = [given.ended_at for given in state.assignments.values() if given.ended_at]
        since = max(ends, default=state.history[-1].at)
        yield Wait(filer, "conclusion", "conclusion", since, "filer")


def holds(state: Case, book: Rulebook) -> list[Hold]:
    """Tell who has held the case, one after the other or side by side, from its history.

    After each thing that happened it is asked who the case waits for: who is new begins, who is
    gone has ended. What began and ended at one moment is left out.
    """
    past, moment = Case(state.case_id), None
    open_: dict[tuple[str, str, Role], Hold] = {}
    ended: list[Hold] = []
    for fact in state.history:
        past, moment = evolve(past, fact), max(fact.at, moment or fact.at)
        now = {(item.office, item.task, item.role): item for item in waits(past, book)}
        gone = [key for key in open_ if key not in now]
        ended += [open_.pop(key)._replace(end=moment) for key in gone]
        for key, item in now.items():
            held = open_.get(key) or Hold(item.office, item.task, "", item.role, moment, None)
            open_[key] = held._replace(what=item.what)
    found = [hold for hold in ended if hold.end != hold.begin]
    return sorted([*found, *open_.values()], key=lambda hold: (hold.begin, hold.task, hold.office))


def clock(state: Case, book: Rulebook, now: datetime) -> dict[str, Any]:
    """Show a case's clock: who holds it now and who waits for that, and how long each has had it.

    Times are calendar seconds, and working days as deadlines count them: those after the day it
    began. Of what somebody held side by side each moment counts once.
    """
    end = state.closed.at if state.closed else now
    begin = state.filed_at or end
    found = holds(state, book)
    return {
        "case_id": state.case_id,
        "as_of": now,
        "state": label(state.state),
        "since": begin,
        "until": state.closed.at if state.closed else None,
        **_length([(begin, end)]),
        "provisional": not known(business_day(end)),
        "holders": _holders(found, book, now),
        "chain": list(_chain(state, found, book, now)),
        "holds": [
            {
                **named(book, hold.office),
                "role": hold.role,
                "task": hold.task,
                "what": label(hold.what),
                "begin": hold.begin,
                "end": hold.end,
                **_length([_span(hold, now)]),
            }
            for hold in found
        ],
    }


def _holders(found: Iterable[Hold], book: Rulebook, now: datetime) -> list[dict[str, Any]]:
    """Add up what each held; who holds it now comes first, then who held it longest."""
    by_holder: defaultdict[tuple[str, Role], list[Hold]] = defaultdict(list)
    for hold in found:
        by_holder[hold.office, hold.role].append(hold)
    shown = [
        {
            **named(book, office),
            "role": role,
            "tasks": list(dict.fromkeys(hold.task for hold in held)),
            "holds_now": any(hold.end is None for hold in held),
            **_length(_united(_span(hold, now) for hold in held)),
        }
        for (office, role), held in by_holder.items()
    ]
    return sorted(shown, key=lambda one: (not one["holds_now"], -one["seconds"], one["office"]))


def _chain(
    state: Case, found: Iterable[Hold], book: Rulebook, now: datetime
) -> Iterator[dict[str, Any]]:
    """Say who waits for whom now; whoever waits for the filer's last word is nobody in particular.

    The filer waits for offices and desks, an office that has asked waits for the filer, and the
    desk to which an overdue task has risen waits for its office.
    """
    filer = state.filing.filer if state.filing else ""
    current = [hold for hold in found if hold.end is None]
    desks = {hold.task: hold.office for hold in current if hold.what == "overdue"}
    for hold in current:
        waiter: str | None = filer
        if hold.what == "conclusion":
            waiter = None
        elif hold.role == "filer":
            given = state.open_of(hold.task)
            waiter = given.issue.office if given else None
        elif hold.role == "office":
            waiter = desks.get(hold.task, filer)
        yield {
            "waits": named(book, waiter) if waiter else None,
            "for": {**named(book, hold.office), "role": hold.role},
            "task": hold.task,
            "what": label(hold.what),
            "since": hold.begin,
            **_length([_span(hold, now)]),
        }


def _span(hold: Hold, now: datetime) -> Span:
    return hold.begin, hold.end or max(now, hold.begin)


def _united(spans: Iterable[Span]) -> list[Span]:
    """Put spans together that touch or overlap."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


def _length(spans: Iterable[Span]) -> Mapping[str, int]:
    spans = list(spans)
    return {
        "seconds": round(sum((end - begin).total_seconds() for begin, end in spans)),
        "working_days": sum(between(begin, end) for begin, end in spans),
    }

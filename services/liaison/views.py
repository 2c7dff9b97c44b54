"""The listing's documents: what is shown, and the scopes and the order a list finds it by. Pure.

A list is one range of one index: a scope (`instruction 4105 open`) in an order (a day). The scope
of a division is the beginning its code shares with all below it; everything's is empty.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.instructing import due_at
from services.runtime.domain import division_prefix

Document = dict[str, Any]


def areas(division: str) -> tuple[str, ...]:
    """Give the beginnings under which a division's things are found: everywhere, city, itself."""
    return tuple(dict.fromkeys(("", division[:4], division_prefix(division))))


def scope(what: str, area: str, *more: str) -> str:
    """Name a scope of the lists."""
    return " ".join((what, area or "*", *more))


def view(state: m.State) -> Document | None:
    """Give the document the lists show."""
    match state:
        case m.Instruction(issued=f.Issued()):
            return instruction(state)
        case m.Meeting(recorded=f.Recorded()):
            return meeting(state)
        case m.Person(member=m_) if m_ is not None:
            return person(state)
        case m.Budget(settings=(_, *_)):
            return budget(state)
    return None


def instruction(state: m.Instruction) -> Document:
    """Show an instruction; whether it is overdue is judged when it is shown."""
    issued, closed = state.issued, state.closed
    if issued is None:
        raise ValueError(state.id)
    order = issued.order
    standing = "closed" if closed else "open"
    within = (*areas(order.division), order.office)
    more = [(), (standing,), *([("decided", standing)] if order.decision else [])]
    found = {
        "what": "instruction",
        "scopes": list(_scopes("instruction", within, more)),
        "order": order.due_on.isoformat(),
        **_plain(asdict(order)),
        "due_at": due_at(order.due_on),
        "issued_at": issued.at,
        "by": issued.by,
        "overdue_at": state.overdue.at if state.overdue else None,
        "result": closed.result if closed else None,
        "closed_on": closed.closed_on.isoformat() if closed else None,
        "closed_at": closed.at if closed else None,
        "closed_by": {"office": closed.office, "by": closed.by} if closed else None,
        "in_time": closed.in_time if closed else None,
    }
    if not closed and not state.overdue:  # its index is sparse
        found["overdue_from"] = due_at(order.due_on)
    return found


def meeting(state: m.Meeting) -> Document:
    """Show a meeting with the instructions its decisions became."""
    recorded = state.recorded
    if recorded is None:
        raise ValueError(state.id)
    minutes = recorded.minutes
    more: list[tuple[str, ...]] = [(), (minutes.type,)]
    if state.pending:
        more.append(("pending",))
    found = {
        "what": "meeting",
        "scopes": list(_scopes("meeting", areas(minutes.division), more)),
        "order": minutes.on.isoformat(),
        **_plain(asdict(minutes)),
        "decisions": [
            {
                "decision": number,
                "text": text,
                "instructions": [item.instruction_id for item in state.instructed.get(number, ())],
            }
            for number, text in enumerate(minutes.decisions, 1)
        ],
        "reviews": [
            asdict(item) | {"recurrent": item.recurrent or item.case_id in recorded.recurrent}
            for item in recorded.reviews
        ],
        "recorded_at": recorded.at,
        "by": recorded.by,
    }
    if recorded.reviews:  # its index is sparse
        found["reviewed"] = [item.case_id for item in recorded.reviews]
    return found


def person(state: m.Person) -> Document:
    """Show who is, or was, in the directory."""
    member = state.member
    if member is None:
        raise ValueError(state.id)
    standing = "current" if state.until is None else "former"
    return {
        "what": "member",
        "scopes": list(_scopes("member", areas(member.division), ((), (standing,)))),
        "order": f"{member.division} {member.office} {member.name}",
        **asdict(member),
        "level": member.level,
        "since": _iso(state.since),
        "until": _iso(state.until),
        "history": [_plain(asdict(item)) for item in state.history],
    }


def budget(state: m.Budget) -> Document:
    """Show a year's budget."""
    _, division, year = state.id.split(":")
    amount = state.amount_fen or 0
    return {
        "what": "budget",
        "scopes": list(_scopes("budget", areas(division), ((),))),
        "order": f"{year} {division}",
        "division": division,
        "year": int(year),
        "amount_fen": amount,
        "spent_fen": state.spent_fen,
        "left_fen": amount - state.spent_fen,
        "settings": [_plain(asdict(item)) for item in state.settings],
        "entries": [
            _plain(asdict(item.expense)) | {"by": item.by, "at": item.at} for item in state.spent
        ],
    }


def _scopes(what: str, within: Iterable[str], more: Iterable[tuple[str, ...]]) -> Iterator[str]:
    listed = list(more)
    for area in within:
        for parts in listed:
            yield scope(what, area, *parts)


def _plain(value: Any) -> Any:  # noqa: ANN401 - of any depth
    """Write days as `YYYY-MM-DD`: BSON has moments only."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if type(value) is date:
        return value.isoformat()
    return value


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None

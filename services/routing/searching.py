"""How cases are found: the terms a case is listed under, and those a question asks for. Pure.

Every case is listed under its terms (`terms`), in the order of its filing (`order`); one index on
both serves every search. A question becomes terms of which a case must have each; the rarest leads
through the index, and the rest, with what no term can say, is looked at in what it leads to.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.routing.grams import MOST, fold, pieces, wanted
from services.runtime.domain import division_prefix

ALL = "*"
"""Every case is listed under it."""
REST = "+"
"""Listed under it: cases that hold more pieces of names than they are listed under."""
STATES = (
    "routing", "open", "desk", "escalated", "waiting_information", "concluding", "closed",
)  # fmt: skip
PREFIX = 32
"""Beginnings of a number that are terms are up to this long, every second length."""
CASE_ID = re.compile(r"c[a-z2-7]{24}")
POSITION = re.compile(r"\d{4}-\d\d-\d\d \d{15} c[a-z2-7]{24}")
END = "~"
"""After every `order`."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases a caller may see at all; all None: every one."""

    filer: str | None = None
    office: str | None = None
    """Has, or has had, an assignment in it."""
    divisions: str | None = None
    """Prefix of the division's code: a county's own, or a city's with all below it."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for; None: whatever it is."""

    state: str | None = None
    office: str | None = None
    kind: str | None = None
    verdict: str | None = None
    """Of a lawsuit that is concluded: `lost`, `won` …"""
    division: str | None = None
    """With what is below it."""
    overdue: bool | None = None
    desk: bool | None = None
    waiting: str | None = None
    """The office it waits for."""
    at_desk_of: tuple[str, tuple[str, ...]] | None = None
    """The desk it waits at: of a division, and which below it have a desk of their own."""
    q: str | None = None
    """Part of number, title or a name; or a case id."""
    number: str | None = None
    """Beginning of the filer's reference; or a case id."""
    party: str | None = None
    """Part of a name, or of the title, which often names the parties."""
    filed_from: date | None = None
    filed_to: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in terms."""

    terms: tuple[str, ...]
    """A case must be listed under each."""
    leads: tuple[tuple[str, ...], ...]
    """What may lead through the index, at least one: a case is listed under one term of each."""
    case_ids: tuple[str, ...] = ()
    """A case's id must be each of them: two that differ find nothing."""
    number: str | None = None
    """What the folded number begins with."""
    q: str | None = None
    """What one of the folded texts holds."""
    party: str | None = None
    """What one of the folded texts but the number holds."""
    not_in: tuple[str, ...] = ()
    """Divisions it must not be of, unless a task of it has risen to the city's desk."""
    own_desk: bool = False
    """Some task must wait at the desk of the division itself, and not have risen to the city's."""
    without: tuple[str, ...] = ()
    """Flags a case must not have: `overdue`, `desk`."""
    since: str = ""
    """The least `order`, this one included."""
    until: str = END
    """The greatest `order`, this one not included."""


def listed(case_id: str, shown: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Give what a case's listing needs to be found: from what it shows, and the names in it.

    `folded` (number, title, names) to compare with, `terms` and `order` to be led by.
    """
    number, title = fold(shown["number"]), fold(shown["title"])
    folded = list(dict.fromkeys([title, *map(fold, names)]))
    held, complete = pieces((number, *folded), MOST)
    return {
        "folded": [number, *folded],
        "terms": [
            *_facets(shown),
            *(f"n {start}" for start in _beginnings(number)),
            *(f"g {piece}" for piece in held),
            *([] if complete else [REST]),
        ],
        "order": position(shown["filed_on"], shown["filed_at"], case_id),
    }


def position(filed_on: str, filed_at: datetime, case_id: str) -> str:
    """Say where a case stands among all: by day of filing, then by when it came in, then by id."""
    milliseconds = (filed_at - EPOCH) // timedelta(milliseconds=1)
    return f"{filed_on} {milliseconds:015d} {case_id}"


def asked(scope: Scope, search: Search) -> Asked:
    """Turn a question into terms, within what the caller may see."""
    terms = tuple(dict.fromkeys([*_scope_terms(scope), *_search_terms(search)]))
    q, number, party = map(_folded, (search.q, search.number, search.party))
    case_ids = tuple(text for text in (q, number) if text and CASE_ID.fullmatch(text))
    q, number = (None if text in case_ids else text for text in (q, number))
    # the rarest first, by guess: once it is known how rare one is, the others are counted so far
    leads: list[tuple[str, ...]] = [(f"n {_beginnings(number)[-1]}",)] if number else []
    leads += [(f"g {piece}", REST) for text in (q, party) if text for piece in wanted(text)]
    leads += [(term,) for term in terms]
    return Asked(
        terms=terms,
        leads=tuple(dict.fromkeys(leads)) or ((ALL,),),
        case_ids=case_ids,
        number=number,
        q=q,
        party=party,
        without=tuple(
            name
            for name, said in (("overdue", search.overdue), ("desk", search.desk))
            if said is False
        ),
        not_in=search.at_desk_of[1] if search.at_desk_of else (),
        own_desk=search.at_desk_of is not None and not search.at_desk_of[0].endswith("00"),
        since=search.filed_from.isoformat() if search.filed_from else "",
        until=_day_after(search.filed_to) if search.filed_to else END,
    )


def _folded(text: str | None) -> str | None:
    return None if text is None else fold(text)


def _facets(shown: Mapping[str, Any]) -> Iterator[str]:
    yield ALL
    yield f"f {shown['filer']}"
    yield f"k {shown['kind']}"
    yield f"s {shown['state']}"
    division = shown["division"]
    yield from dict.fromkeys((f"d {division[:4]}", f"d {division}"))
    yield from (f"o {office}" for office in shown["offices"])
    yield from (f"w {office}" for office in shown["waiting"])
    if verdict := shown.get("verdict"):
        yield f"v {verdict}"
    if shown["overdue"]:
        yield "overdue"
    if shown["desk"]:
        yield "desk"


def _scope_terms(scope: Scope) -> Iterator[str]:
    if scope.filer is not None:
        yield f"f {scope.filer}"
    if scope.office is not None:
        yield f"o {scope.office}"
    if scope.divisions is not None:
        yield f"d {scope.divisions}"


def _search_terms(search: Search) -> Iterator[str]:
    for sign, value in (
        ("s", search.state), ("o", search.office), ("k", search.kind), ("w", search.waiting),
        ("v", search.verdict),
    ):  # fmt: skip
        if value is not None:
            yield f"{sign} {value}"
    if search.division is not None:
        yield f"d {division_prefix(search.division)}"
    if search.overdue:
        yield "overdue"
    if search.desk or search.at_desk_of:
        yield "desk"
    if search.at_desk_of:
        yield f"d {division_prefix(search.at_desk_of[0])}"


def _beginnings(number: str) -> list[str]:
    """Give the beginnings of a number that are terms: its first character, then every second."""
    lengths = [1, *range(2, min(len(number), PREFIX) + 1, 2)]
    return [number[:length] for length in lengths if length <= len(number)]


def _day_after(day: date) -> str:
    return END if day == date.max else (day + timedelta(days=1)).isoformat()

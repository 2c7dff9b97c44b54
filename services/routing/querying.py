"""What the store looks for, in MongoDB's words. Pure: nothing is asked here."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from services.routing.searching import Asked

HIDDEN = ("folded", "terms", "order", "like_keys", "told", "agenda", "agenda_due", "open_reports")
"""Fields of a listing that serve to find it, and are not shown."""
MOST_TERMS = 8
"""Terms of a question whose rarity is asked for, since each such question takes time, too."""
RISEN = ["city", "conference"]
"""Levels at which the city's desk has an overdue task."""
MOST_TEXTS = 2000
"""More than a case has names."""


def query(question: Asked, lead: tuple[str, ...], since: str, until: str) -> dict[str, Any]:
    """Say a question in MongoDB's words: what leads through the index, and what is looked at.

    What the index doesn't hold is compared in expressions, which no index can be tried for.
    """
    parts: list[dict[str, Any]] = [within(lead, since, until)]
    others = [term for term in question.terms if (term,) != lead]
    parts += [{"$expr": {"$setIsSubset": [{"$literal": others}, "$terms"]}}] if others else []
    parts += [{"_id": case_id} for case_id in question.case_ids]
    parts += [{name: False} for name in question.without]
    if question.own_desk:
        parts.append({"desk_items": {"$elemMatch": {"level": {"$nin": RISEN}}}})
    elif question.not_in:
        own = {"division": {"$nin": list(question.not_in)}}
        parts.append({"$or": [own, {"desk_items.level": {"$in": RISEN}}]})
    if question.number:
        number = {"$arrayElemAt": ["$folded", 0]}
        parts.append({"$expr": {"$eq": [_place(number, question.number), 0]}})
    if question.q:
        parts.append(_one_holds("$folded", question.q))
    if question.party:
        parts.append(_one_holds({"$slice": ["$folded", 1, MOST_TEXTS]}, question.party))
    return {"$and": parts}


def within(lead: tuple[str, ...], since: str, until: str) -> dict[str, Any]:
    """Say which part of the index is gone through: under these terms, between two positions."""
    within: dict[str, Any] = {"order": {"$gte": since, "$lt": until}}
    if lead:
        within["terms"] = lead[0] if len(lead) == 1 else {"$in": list(lead)}
    return within


def waiting(
    since: str, divisions: Iterable[str], after: tuple[datetime, str] | None
) -> dict[str, Any]:
    """Look for cases that wait (`since` holds since when), of divisions that begin with each.

    Only those after a position, in the order of `since` and id.
    """
    said: list[dict[str, Any]] = [{since: {"$exists": True}}]
    said += [{"division": {"$gte": one, "$lt": one + ":"}} for one in divisions]  # ":" is after "9"
    if after:
        moment, case = after
        later: dict[str, Any] = {since: {"$gt": moment}}
        said.append({"$or": [later, {since: moment, "_id": {"$gt": case}}]})
    return {"$and": said}


def worth_counting(leads: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
    """Choose some of a long name's pieces; those of a question's other parts come last."""
    half = MOST_TERMS // 2
    return leads if len(leads) <= MOST_TERMS else [*leads[:half], *leads[-half:]]


def is_exact(question: Asked) -> bool:
    """Tell whether what leads through the index leads to nothing else."""
    return len(question.terms) <= 1 and not (
        question.number
        or question.q
        or question.party
        or question.without
        or question.not_in
        or question.own_desk
    )


def alike(key: str, span: tuple[date, date]) -> dict[str, Any]:
    """Look for the cases with a likeness that were filed in a span of days."""
    first, last = span
    return {
        "like_keys": key,
        "filed_on": {"$gte": first.isoformat(), "$lte": last.isoformat()},
    }


def _place(text: object, needle: str) -> dict[str, Any]:
    return {"$indexOfCP": [text, {"$literal": needle}]}


def _one_holds(texts: object, needle: str) -> dict[str, Any]:
    held = {"$gte": [_place("$$text", needle), 0]}
    return {"$expr": {"$anyElementTrue": {"$map": {"input": texts, "as": "text", "in": held}}}}


def shown_fields() -> dict[str, Any]:
    """Say which fields of a listing are read: all but those that serve to find it."""
    return {name: 0 for name in HIDDEN if name != "order"}


def without_order(item: dict[str, Any]) -> dict[str, Any]:
    """Give a listing without its position."""
    return {key: value for key, value in item.items() if key != "order"}

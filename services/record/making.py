"""A case's line, and what offices and filers do about it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

Json = dict[str, Any]
Acts = list[list[Json]]
"""The rounds of a task."""

MADE_UP = ("reference", "title", "division", "filed_on", "details")


def case(  # noqa: PLR0913, PLR0917 - a line's fields
    day: date,
    filer: str,
    filing: Json,
    acts: Mapping[str, Acts],
    then: Sequence[Json] = (),
    desk: Sequence[Json] = (),
) -> Json:
    """Give the line of a case that is filed on a day of the clock."""
    made_up = [*MADE_UP, *(["lane"] if "lane" in filing else [])]
    line = {"line": "case", "day": day, "filer": filer, "filing": filing | {"synthetic": made_up}}
    line["acts"] = acts
    if then:
        line["then"] = then
    if desk:
        line["desk"] = desk
    return line


def filing(reference: str, title: str, place: str, filed_on: date, details: Json) -> Json:
    """Give what is filed; the title says that it is made up."""
    return {
        "reference": f"合成-{reference}",
        "title": f"合成：{title}",
        "division": place,
        "filed_on": filed_on,
        "details": details,
    }


def receive(on: date) -> Json:
    """签收."""
    return {"on": on, "act": "receive"}


def resolve(on: date, task: str, concluded_on: date, **outcome: Any) -> Json:  # noqa: ANN401 - JSON
    """办结, with the business date of it."""
    said = {"task": task, "concluded_on": concluded_on, **outcome}
    return {"on": on, "act": "resolve", "outcome": said}


def give_back(on: date, reason: str, better_office: str | None = None) -> Json:
    """退回."""
    better = {"better_office": better_office} if better_office else {}
    return {"on": on, "act": "return", "reason": reason, **better}


def conclude(on: date, kind: str, concluded_on: date, **conclusion: Any) -> Json:  # noqa: ANN401 - JSON
    """结案."""
    return {"on": on, "conclude": {"kind": kind, "concluded_on": concluded_on, **conclusion}}

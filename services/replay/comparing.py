"""The figures that come out, beside those that the record's manifest promises."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

Json = Mapping[str, Any]
VALUES = ("exact", "value")
Ask = Callable[[str, str], Json]
"""Period and division → the draft of their bulletin."""


def differences(promised: Sequence[Json], ask: Ask) -> list[dict[str, Any]]:
    """Compare every promised figure with the bulletin of its period and division.

    Gives `{figure, period, division, expected, found}` of each that isn't the same.
    """
    bulletins: dict[tuple[str, str], dict[str, Json]] = {}
    wrong = []
    for figure in promised:
        where = (str(figure["period"]), str(figure["division"]))
        if where not in bulletins:
            bulletins[where] = {str(item["id"]): item for item in _figures(ask(*where))}
        found = bulletins[where].get(str(figure["id"]))
        if found is None or not _same(figure, found):
            names = ("figure", "period", "division")
            about = dict(zip(names, (figure["id"], *where), strict=True))
            wrong.append(about | {"expected": _shown(figure), "found": found and _shown(found)})
    return wrong


def _figures(bulletin: Json) -> Iterator[Json]:
    for section in bulletin["sections"]:
        yield from section.get("figures", ())


def _same(promised: Json, found: Json) -> bool:
    """Compare what both say: exactly where both can, and how many cases are behind it."""
    deciding = next(
        (name for name in VALUES if _both(name, promised, found)),
        None,
    )
    if deciding is None:  # nothing to be said of it, by either
        return all(item.get(name) is None for item in (promised, found) for name in VALUES)
    return _equal(deciding, promised, found) and (
        not _both("cases", promised, found) or _equal("cases", promised, found)
    )


def _both(name: str, one: Json, other: Json) -> bool:
    return one.get(name) is not None and other.get(name) is not None


def _equal(name: str, one: Json, other: Json) -> bool:
    return Fraction(str(one[name])) == Fraction(str(other[name]))


def _shown(figure: Json) -> dict[str, Any]:
    return {name: figure[name] for name in (*VALUES, "cases") if figure.get(name) is not None}

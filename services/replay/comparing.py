"""The figures that come out, beside those that the record's manifest promises."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

Json = Mapping[str, Any]
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
    """Compare what both say; a promise that nothing answers is broken."""
    pairs = [(promised.get(name), found.get(name)) for name in ("exact", "value", "cases")]
    both = [(Fraction(str(one)), Fraction(str(other))) for one, other in pairs
            if one is not None and other is not None]  # fmt: skip
    answered = any(None not in pair for pair in pairs[:2])
    return answered and all(one == other for one, other in both)


def _shown(figure: Json) -> dict[str, Any]:
    names: Iterable[str] = ("value", "exact", "cases")
    return {name: figure[name] for name in names if figure.get(name) is not None}

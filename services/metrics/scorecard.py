"""The yearly scorecard of offices: components with what they are made of, weights as data. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from services.metrics.catalogue.figure import Words
from services.metrics.cubes import Row

WHOLE = 100
"""What the weights add up to, and what an office can reach."""


@dataclass(frozen=True, slots=True)
class Component:
    """A share of an office; `left` takes the counted part off the whole (returned, lost)."""

    id: str
    name: Words
    stream: str
    top: str
    bottom: str
    figures: tuple[str, str]
    """Of the bulletin: what numerator and denominator are, so that their cases can be opened."""
    left: bool = False


COMPONENTS = (
    Component(
        "delivery", Words("送达", "delivered"), "assignments", "delivered", "n",
        ("offices.delivered", "offices.issued"),
    ),
    Component(
        "receipt", Words("按时签收", "received on time"), "assignments", "received_on_time",
        "receipt_judged", ("offices.received_on_time", "offices.receipt_judged"),
    ),
    Component(
        "resolution", Words("按时办结", "resolved on time"), "assignments", "resolved_on_time",
        "resolution_judged", ("offices.resolved_on_time", "offices.resolution_judged"),
    ),
    Component(
        "returns", Words("未退回", "not returned"), "assignments", "returned", "n",
        ("offices.returned", "offices.issued"), left=True,
    ),
    Component(
        "heads", Words("负责人出庭", "heads in court"), "heads", "appeared", "n",
        ("heads.appeared", "heads.hearings"),
    ),
    Component(
        "lawsuits", Words("应诉未败诉", "lawsuits not lost"), "verdicts", "lost", "n",
        ("lawsuits.lost", "lawsuits.concluded"), left=True,
    ),
    Component(
        "instructions", Words("批示按期办结", "instructions in time"), "instructions_judged",
        "in_time", "n", ("instructions.in_time", "instructions.judged"),
    ),
    Component(
        "measures", Words("协助执行", "enforcement assisted"), "asked", "assisted", "n",
        ("enforcement.measures_assisted", "enforcement.measures_judged"),
    ),
    Component(
        "debts", Words("履行生效裁判", "debts performed"), "debts", "done", "n",
        ("enforcement.debts_performed", "enforcement.debts"),
    ),
)  # fmt: skip
STREAMS = tuple(dict.fromkeys(item.stream for item in COMPONENTS))


@dataclass(frozen=True, slots=True)
class Weights:
    """What each component weighs, of which version; `least` judged things to be ranked."""

    version: int
    least: int
    of: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One component of one office. `share` and `points` are None of nothing."""

    component: Component
    numerator: int
    denominator: int
    counted: int
    """As the figures count it: of returned and lost, those."""
    weight: Fraction | None = None
    """Its weight here: the others' shares of what is missing added."""

    @property
    def share(self) -> Fraction | None:
        """Give the part of the whole."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def points(self) -> Fraction | None:
        """Give what it adds to the office's points."""
        share = self.share
        return None if share is None or self.weight is None else share * self.weight


@dataclass(frozen=True, slots=True)
class Card:
    """One office's points; None where none of the weighed components has anything."""

    office: str
    parts: tuple[Part, ...]
    points: Fraction | None
    rank: int | None = field(default=None)


def weights(loaded: Any) -> Weights:  # noqa: ANN401 - whatever the file holds
    """Read what `scorecard.yaml` holds. Raises ValueError that says what is wrong."""
    if not isinstance(loaded, Mapping) or set(loaded) != {"version", "least", "weights"}:
        raise ValueError("expected version, least and weights, and nothing else")
    for name in ("version", "least"):
        if not _whole(loaded[name]) or loaded[name] < 1:
            raise ValueError(f"{name} must be a whole number, 1 or more")
    of = loaded["weights"]
    known = {item.id for item in COMPONENTS}
    if not isinstance(of, Mapping) or set(of) != known:
        raise ValueError(f"weights must name each of {', '.join(sorted(known))}, and no other")
    if wrong := [name for name, value in of.items() if not _whole(value) or value < 0]:
        raise ValueError(f"weights.{wrong[0]} must be a whole number, 0 or more")
    if (total := sum(of.values())) != WHOLE:
        raise ValueError(f"the weights add up to {total}, not to {WHOLE}")
    return Weights(loaded["version"], loaded["least"], dict(of))


def cards(cubes: Mapping[str, Iterable[Row]], given: Weights) -> list[Card]:
    """Make the offices' cards, ranked by points; those with too little to tell come last."""
    sums: dict[str, dict[tuple[str, str], int]] = {}
    for stream, rows in cubes.items():
        for row in rows:
            if office := row.keys.get("office"):
                own = sums.setdefault(office, {})
                for name, value in row.sums.items():
                    own[stream, name] = own.get((stream, name), 0) + value
    found = [_card(office, own, given) for office, own in sorted(sums.items())]
    ranked = sorted(
        (card for card in found if _enough(card, given)),
        key=lambda card: (-(card.points or 0), card.office),
    )
    first: dict[Fraction | None, int] = {}
    for place, card in enumerate(ranked, 1):
        first.setdefault(card.points, place)
    others = [card for card in found if not _enough(card, given)]
    return [
        *(Card(item.office, item.parts, item.points, first[item.points]) for item in ranked),
        *others,
    ]


def _card(office: str, sums: Mapping[tuple[str, str], int], given: Weights) -> Card:
    parts = [_part(item, sums) for item in COMPONENTS]
    there = sum(given.of[item.component.id] for item in parts if item.denominator)
    weighed = tuple(
        Part(
            item.component,
            item.numerator,
            item.denominator,
            item.counted,
            Fraction(given.of[item.component.id] * WHOLE, there)
            if there and item.denominator
            else None,
        )
        for item in parts
    )
    points = sum((item.points or Fraction(0) for item in weighed), Fraction(0))
    return Card(office, weighed, points if there else None)


def _part(component: Component, sums: Mapping[tuple[str, str], int]) -> Part:
    counted = sums.get((component.stream, component.top), 0)
    whole = sums.get((component.stream, component.bottom), 0)
    return Part(component, whole - counted if component.left else counted, whole, counted)


def _enough(card: Card, given: Weights) -> bool:
    judged = sum(part.denominator for part in card.parts if part.weight)
    return card.points is not None and judged >= given.least


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

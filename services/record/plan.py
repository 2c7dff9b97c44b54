"""How many of everything a record of a scale holds, and which round each belongs to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from random import Random

from services.record.days import MECHANISM, MEDIATED_UNTIL, Round, Span, rounds, within
from services.record.dealing import deal, dice, scaled
from services.record.published import ALSO, PUBLISHED

LAST = rounds()[-1].monday
THREE_YEARS = Span(rounds()[0].window.since, LAST)
MADE_UP: Mapping[str, tuple[int, int]] = {
    "credit.lifted": (2_132, 1),
    "credit.repaired": (1_441, 1),
    "credit.incentives": (120, 1),
    "lawsuits.2023_1": (302, 1),
    "lawsuits.2023_1_lost": (53, 1),
    "lawsuits.2023_2": (284, 1),
    "lawsuits.2023_2_lost": (47, 1),
    "bankruptcy.filed": (40, 5),
    "ways": (440, 11),
    "meetings.consultation": (12, 1),
    "meetings.training": (4, 1),
    "meetings.exchange": (3, 1),
}
"""What the report doesn't count: how many at scale 1, and how many at least. The lawsuits of 2023
are there so that both can decline, as the report says they did (双下降) without printing from what.
"""

SPANS: Mapping[str, Span] = {
    "lookups.person": Span(MECHANISM, LAST),
    "enforcement.organ_closed": Span(MECHANISM, LAST),
    "credit.consumption_limits": Span(MECHANISM, LAST),
    "credit.dishonest": Span(MECHANISM, LAST),
    "credit.incentives": Span(MECHANISM, LAST),
    "penalties.allowed": Span(MECHANISM, LAST),
    "bankruptcy.filed": Span(MECHANISM, LAST),
    "ways": Span(MECHANISM, LAST),
    "mediation.mediated": Span(MECHANISM, MEDIATED_UNTIL),
    "lawsuits.filed": Span(date(2024, 1, 1), LAST),
    "lawsuits.2023_1": Span(date(2023, 1, 1), date(2023, 6, 5)),
    "lawsuits.2023_2": Span(date(2023, 7, 1), date(2023, 12, 4)),
    "lawsuits.intermediate": THREE_YEARS,
    "reconsideration.city": THREE_YEARS,
}
"""Whose filings are dealt out over the rounds, by their business dates."""


@dataclass(frozen=True)
class Plan:
    """The counts of a record, and the seed of its chances."""

    scale: Fraction
    seed: int

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Figure → how many; what the report prints, and what is made up beside it."""
        found = {
            name: scaled(item.value, self.scale) if item.scaled else item.value
            for name, item in {**PUBLISHED, **ALSO}.items()
        }
        for name, (number, least) in MADE_UP.items():
            found[name] = max(least, scaled(number, self.scale))
        return found

    @cached_property
    def cases(self) -> int:
        """How many cases it will have, about: for a bar of progress."""
        lifted = self.counts["credit.lifted"] + self.counts["credit.repaired"]
        return sum(self.counts[name] for name in SPANS) + lifted

    def indexes(self, name: str, round_: Round) -> range:
        """Give which of the things of a name are filed in a round: they are numbered from 0."""
        ends = _ends(self.counts[name], SPANS[name])
        return range(ends[round_.number], ends[round_.number + 1])

    def dice(self, name: str, index: int) -> Random:
        """Give the chance of one thing."""
        return dice(self.seed, name, index)


@cache
def _ends(total: int, span: Span) -> tuple[int, ...]:
    weights = [len(within(round_, span)) for round_ in rounds()]
    # what was mediated to May has to be filed by the last Monday before
    if span.until == MEDIATED_UNTIL:
        weights[-1] = 0
    ends = [0]
    for part in deal(total, weights):
        ends.append(ends[-1] + part)
    return tuple(ends)

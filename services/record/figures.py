"""A manifest's figures: what each is called and counts, and its value over a period. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from services.record.counting import Entry
from services.record.days import Span
from services.record.defined import DEFINED, PERIODS, Defined
from services.record.making import Json
from services.record.published import PUBLISHED
from services.record.rates import RATES, YEARLY

CITY = "410500"


@dataclass
class Sums:
    """Every figure by day."""

    amounts: dict[str, dict[date, int]] = field(default_factory=dict)
    cases: dict[str, dict[date, int]] = field(default_factory=dict)

    def add(self, entries: Iterable[Entry]) -> None:
        """Count what one line counts for."""
        seen: set[str] = set()
        for name, day, amount in entries:
            by_day = self.amounts.setdefault(name, {})
            by_day[day] = by_day.get(day, 0) + amount
            if amount and name not in seen:  # a sum that is nothing has no case behind it
                seen.add(name)
                lines = self.cases.setdefault(name, {})
                lines[day] = lines.get(day, 0) + 1

    def over(self, name: str, span: Span, *, cumulative: bool = False) -> tuple[int, int]:
        """Give the sum over a period (or up to its end), and how many lines are behind it."""
        since = date.min if cumulative else span.since
        amounts, lines = self.amounts.get(name, {}), self.cases.get(name, {})
        days = [day for day in amounts if since <= day <= span.until]
        return sum(amounts[day] for day in days), sum(lines.get(day, 0) for day in days)


def figures(sums: Sums, fixed: Mapping[str, int]) -> Iterator[Json]:
    """Give every figure over each period; `fixed` are those that no line counts for."""
    for period, span in PERIODS.items():
        for name, item in DEFINED.items():
            if name in fixed:
                value, behind = fixed[name], None
            else:
                value, behind = sums.over(name, span, cumulative=item.cumulative)
            yield _entry(period, name, item, value, f"{value}/1", behind)
        for name, rate in RATES.items():
            part, whole = (sums.over(of, span)[0] for of in (rate.part, rate.whole))
            if whole:
                yield _entry(period, name, rate.defined, None, f"{part}/{whole}", None)
        if years := _whole_years(span):
            for name, (of, item) in YEARLY.items():
                whole = sums.over(of, span)[0]
                entry = _entry(period, name, item, None, f"{whole}/{years}", None)
                yield entry | {"printed": whole // years}


def _whole_years(span: Span) -> int:
    years, rest = divmod((span.until - span.since).days + 1, 365)
    return years if rest <= years else 0  # leap days


def _entry(  # noqa: PLR0913, PLR0917 - a figure's fields
    period: str,
    name: str,
    item: Defined,
    value: int | None,
    exact: str,
    behind: int | None,
) -> Json:
    published = PUBLISHED.get(name)
    found: Json = {
        "id": name,
        "zh": item.zh,
        "en": item.en,
        "unit": {"zh": item.unit[0], "en": item.unit[1]},
        "date": item.date,
        "cohort": item.cohort,
        "period": period,
        "division": CITY,
        "value": value,
        "exact": exact,
        "published": None,
    }
    if behind is not None:
        found["cases"] = behind
    if published and published.period == period:
        found |= {"published": published.value, "scaled": published.scaled, "said": published.said}
    return found

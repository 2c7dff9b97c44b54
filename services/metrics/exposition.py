"""The figures for Prometheus. Labels are bounded: agencies, offices, kinds, reasons; never a case.

The values are sums over the stored facts, so they are exact across restarts, and the same in every
copy of the service: take the maximum over copies, not the sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from services.metrics.figures import ENDINGS
from services.metrics.sums import Group, Waited

OTHER, UNKNOWN = "other", "unknown"
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
BUCKETS: Mapping[str, tuple[int, ...]] = {
    "delivery": (
        10, 25, 50, 100, 250, 500, SECOND, 2_500, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE,
        5 * MINUTE, 15 * MINUTE, HOUR,
    ),
    "receipt": (
        SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR,
        8 * HOUR, DAY, 5 * DAY // 2, 5 * DAY, 10 * DAY,
    ),
    "resolution": (
        SECOND, MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY, 5 * DAY // 2, 5 * DAY, 10 * DAY, 25 * DAY,
        50 * DAY, 100 * DAY,
    ),
}  # fmt: skip
"""Upper bounds in milliseconds; three significant digits at most, so that counts are exact."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What the figures are made of."""

    cases: Sequence[Group]
    """By kind and lane."""
    given: Sequence[Group]
    """Assignments by agency."""
    waited: Sequence[Waited]
    """By agency."""
    before: Sequence[Group]
    """By agency and office."""
    parked: Sequence[Group]
    """By reason."""
    at: datetime


class Exposition(Collector):
    """Gives what was computed last; nothing before that."""

    def __init__(self, label_names: int, office_names: int) -> None:
        """Tell at most so many agencies, kinds or reasons apart, and so many offices."""
        self.label_names, self.office_names = label_names, office_names
        self.sums: Sums | None = None

    def collect(self) -> Iterable[Metric]:
        """Give the families of metrics."""
        if self.sums is None:
            return
        at = self.sums.at.timestamp()
        name = "fuyuan_figures_timestamp_seconds"
        yield GaugeMetricFamily(name, "When these figures were computed", value=at)
        yield from _cases(self.sums.cases, self.label_names)
        yield from _assignments(self.sums, self.label_names)
        yield from _before_offices(self.sums.before, self.office_names)
        parked = GaugeMetricFamily(
            "fuyuan_messages_parked", "Messages set aside and not sent again", labels=["reason"]
        )
        _fill(parked, _labelled(self.sums.parked, 0, self.label_names), "parked")
        yield parked


def bounded(groups: Iterable[Group], place: int, bound: int) -> dict[str | None, str]:
    """Name a label for each value: those there first keep their names, those beyond are `other`.

    Who came first stays first, so no series changes its meaning when a new name turns up.
    """
    first: dict[str, float] = {}
    for group in groups:
        value, at = group.row[place], group.first.timestamp() if group.first else float("inf")
        if value is not None:
            first[value] = min(first.get(value, at), at)
    kept = sorted(first, key=lambda value: (first[value], value))[:bound]
    return {None: UNKNOWN} | dict.fromkeys(first, OTHER) | {value: value for value in kept}


def _labelled(
    groups: Sequence[Group], place: int, bound: int, *further: int
) -> dict[tuple[str, ...], dict[str, int]]:
    """Sum up groups by their labels; the places in `further` have a closed list of values."""
    names = bounded(groups, place, bound)
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for group in groups:
        labels = (names[group.row[place]], *(group.row[more] or UNKNOWN for more in further))
        sums = found.setdefault(labels, dict.fromkeys(group.counts, 0))
        for name, number in group.counts.items():
            sums[name] += number
    return found


def _fill(
    family: Any,  # noqa: ANN401 - counter and gauge families share add_metric, not a base
    labelled: Mapping[tuple[str, ...], Mapping[str, int]],
    figure: str,
    *more: str,
) -> None:
    for labels, sums in sorted(labelled.items()):
        family.add_metric([*labels, *more], sums[figure])


def _cases(groups: Sequence[Group], bound: int) -> Iterable[Metric]:
    filed = CounterMetricFamily("fuyuan_cases_filed", "Cases filed", labels=["kind", "lane"])
    known = [group for group in groups if group.counts["filed"]]
    _fill(filed, _labelled(known, 0, bound, 1), "filed")
    yield filed
    labelled = _labelled(groups, 0, bound)
    for figure, text in (
        ("routed", "Cases with a task routed to an office"),
        ("unroutable", "Cases of which a task went to the desk"),
        ("escalated", "Cases escalated to the liaison office"),
        ("closed", "Cases that ended, in whatever way"),
    ):
        family = CounterMetricFamily(f"fuyuan_cases_{figure}", text, labels=["kind"])
        _fill(family, labelled, figure)
        yield family
    ended = CounterMetricFamily(
        "fuyuan_cases_ended", "Cases closed, by how", labels=["kind", "ending"]
    )
    for ending in ENDINGS:
        _fill(ended, labelled, f"closed_{ending}", ending)
    yield ended


def _assignments(sums: Sums, bound: int) -> Iterable[Metric]:
    labelled = _labelled(sums.given, 0, bound)
    for figure in (
        "issued", "delivered", "received", "resolved", "returned", "recalled", "failed",
    ):  # fmt: skip
        name = f"fuyuan_assignments_{figure}"
        family = CounterMetricFamily(name, f"Assignments {figure}", labels=["agency"])
        _fill(family, labelled, figure)
        yield family
    late = CounterMetricFamily(
        "fuyuan_assignments_overdue", "Deadlines missed", labels=["agency", "what"]
    )
    for what in ("receipt", "resolution"):
        _fill(late, labelled, f"overdue_{what}", what)
    yield late
    for figure, text in (
        ("open", "Assignments neither resolved nor returned nor recalled"),
        ("waiting", "Open assignments that wait for information from the filer"),
    ):
        gauge = GaugeMetricFamily(f"fuyuan_assignments_{figure}", text, labels=["agency"])
        _fill(gauge, labelled, figure)
        yield gauge
    names = bounded(sums.given, 0, bound)
    for what in BUCKETS:
        yield _histogram(what, [item for item in sums.waited if item.what == what], names)


def _before_offices(groups: Sequence[Group], bound: int) -> Iterable[Metric]:
    names = bounded(groups, 1, bound)
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for group in groups:
        agency, office = group.row
        name = names[office]
        labels = (name if name == OTHER else agency or UNKNOWN, name)
        sums = found.setdefault(labels, dict.fromkeys(group.counts, 0))
        for figure, number in group.counts.items():
            sums[figure] += number
    for figure, text in (
        ("open", "Open assignments"),
        ("undelivered", "Open assignments that the office's service has not said it has"),
        ("unreceived", "Open assignments that the office has not received"),
        ("late", "Open assignments whose resolution is overdue"),
    ):
        name = f"fuyuan_office_assignments_{figure}"
        family = GaugeMetricFamily(name, text, labels=["agency", "office"])
        _fill(family, found, figure)
        yield family


def _histogram(what: str, waited: Sequence[Waited], names: Mapping[str | None, str]) -> Metric:
    family = HistogramMetricFamily(
        f"fuyuan_assignment_{what}_seconds", f"Seconds from issue to {what}", labels=["agency"]
    )
    by_label: dict[str, list[Waited]] = {}
    for item in waited:
        by_label.setdefault(names.get(item.row[0], OTHER), []).append(item)
    for label, items in sorted(by_label.items()):
        counted = [
            (
                str(bound / 1000),
                float(sum(item.n for item in items if item.coarse <= bound)),
            )
            for bound in BUCKETS[what]
        ]
        counted.append(("+Inf", float(sum(item.n for item in items))))
        family.add_metric([label], counted, sum_value=sum(item.ms for item in items) / 1000)
    return family

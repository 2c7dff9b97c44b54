"""Figures for /metrics that are read from the database now and then: a scrape reads nothing.

Every copy of a service shows the same, so a query takes the maximum over copies.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.runtime.metrics import REGISTRY

log = logging.getLogger(__name__)

Read: TypeAlias = Callable[[], Awaitable[Iterable[Metric]]]
Values: TypeAlias = Iterable[tuple[Sequence[str], float]]
"""Each with its labels' values."""

SECONDS = 15
PACE = 20
"""Reading takes at most one part in so many of the time, however much there is to read."""
LONGEST_PAUSE_SECONDS = 60
"""But figures are never much older than this: one slow answer must not keep them back for long."""
KEPT_SECONDS = 180
"""Older ones, by more than how often they are read, are not shown: nothing is known then."""


class Looked(Collector):
    """Gives what was read last."""

    def __init__(self, seconds: float) -> None:
        """Show nothing yet; it will be read every so many seconds."""
        self._metrics: tuple[Metric, ...] = ()
        self._seconds = seconds
        self._until = 0.0

    def show(self, metrics: Iterable[Metric]) -> None:
        """Show these from now on."""
        self._metrics = tuple(metrics)
        self._until = time.monotonic() + self._seconds + KEPT_SECONDS

    def collect(self) -> Iterable[Metric]:
        """Give the families of metrics."""
        return self._metrics if time.monotonic() < self._until else ()


async def expose(read: Read, seconds: float = SECONDS) -> None:
    """Read again every `seconds`, or less often what takes long, until cancelled."""
    looked = Looked(seconds)
    REGISTRY.register(looked)
    try:
        while True:
            began = time.monotonic()
            try:
                looked.show(await read())
            except Exception:
                log.exception("figures not read, again soon")
            paced = min(PACE * (time.monotonic() - began), LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(max(seconds, paced))
    finally:
        REGISTRY.unregister(looked)


def gauge(name: str, text: str, values: Values, labels: Sequence[str] = ()) -> Metric:
    """Make a family of gauges."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for said, value in values:
        family.add_metric(said, value)
    return family


def counter(name: str, text: str, values: Values, labels: Sequence[str] = ()) -> Metric:
    """Make a family of counters; its samples' names end in `_total`."""
    family = CounterMetricFamily(name, text, labels=labels)
    for said, value in values:
        family.add_metric(said, value)
    return family

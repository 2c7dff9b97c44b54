"""What every service counts about itself. Labels are bounded: no ids, no free text."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

MESSAGES = Counter(
    "fuyuan_messages",
    "Messages taken from the bus, by what became of them",
    ["result"],  # decided, repeated, ignored, retried, parked
    registry=REGISTRY,
)
PUBLISHED = Counter("fuyuan_published", "Messages confirmed by the broker", registry=REGISTRY)
RACES = Counter("fuyuan_lost_races", "Subjects decided again after a lost race", registry=REGISTRY)
BATCH_SECONDS = Histogram(
    "fuyuan_batch_seconds",
    "Seconds from a batch's first read to its acknowledgement",
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
BATCH_SIZE = Histogram(
    "fuyuan_batch_messages",
    "Messages in a batch",
    registry=REGISTRY,
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500),
)
UNSENT_AGE = Gauge(
    "fuyuan_unsent_age_seconds",
    "Age of the oldest stored event not yet sent; 0 in a copy that another looks for",
    registry=REGISTRY,
)
SWEPT = Gauge(
    "fuyuan_swept_timestamp_seconds",
    "When this copy last looked for stored events not yet sent; one copy at a time does",
    registry=REGISTRY,
)
CHECKS = Gauge(
    "fuyuan_check",
    "Whether what the service needs is there",
    ["check"],  # broker, database, consumers
    registry=REGISTRY,
)
AWAITED_QUEUES = Gauge(
    "fuyuan_awaited_queues", "Queues to read that the broker doesn't have yet", registry=REGISTRY
)
LIMITED = Counter(
    "fuyuan_limited",
    "Requests refused because there were too many",
    ["who"],  # caller, stranger, wrong_key
    registry=REGISTRY,
)
RESENT = Counter("fuyuan_resent", "Commits the sweeper sent", registry=REGISTRY)


def render() -> bytes:
    """Give the metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)

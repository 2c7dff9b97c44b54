"""Celery's own configuration: durable throughout, for quorum queues, as its documentation has it.

Celery declares a queue before it sends to it, so no message is without one (`mandatory`).
"""

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from kombu import Exchange, Queue
from pymongo import MongoClient
from pymongo.database import Database

ROLES = ("routing", "agency", "metrics")
QUORUM = {"x-queue-type": "quorum"}
Json = dict[str, Any]

TASKS = "tests.benchmarks.celery_way.tasks"
EXCHANGE = Exchange("tasks", type="topic")  # what its delayed retries need with quorum queues
app = Celery("benchmark", broker=os.environ.get("AMQP_URL"), include=[TASKS])
app.conf.update(
    task_queues=[Queue(role, EXCHANGE, role, queue_arguments=QUORUM) for role in ROLES],
    task_routes={f"{role}.*": {"queue": role, "routing_key": role} for role in ROLES},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_acks_on_failure_or_timeout=False,
    task_ignore_result=True,
    task_default_delivery_mode="persistent",
    worker_detect_quorum_queues=True,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
)


@cache
def database() -> Database[Json]:
    """Open the role's own database, once in each process: every write is a majority's."""
    client = MongoClient[Json](os.environ["MONGO_URL"], w="majority", journal=True, tz_aware=True)
    return client[os.environ["DATABASE"]]


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


@worker_ready.connect  # type: ignore[untyped-decorator]  # celery has no types
def _ready(**_: Any) -> None:
    if file := os.environ.get("READY_FILE"):
        Path(file).touch()

"""After everything the other files here have done: all are well, nothing is left over."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.oracle import Oracle
from tests.support.world import Json, World, until

OFFICE = re.compile(r"(q\.office\.)?[a-z_]{2,32}\.\d{6}(\.in|\.out)?")
"""There are so many and no more, and each is an office, not a person."""


def test_every_service_is_live_and_ready(world: World) -> None:
    for service in world.local.urls:
        assert world.http("GET", service, "/live").json() == {"status": "live"}
        ready = world.http("GET", service, "/ready")
        assert (ready.status_code, ready.json()["ready"]) == (200, True), ready.text
        assert set(ready.json()["checks"]) == {"broker", "database", "consumers"}


def test_every_services_metrics_can_be_read_and_name_nobody(world: World) -> None:
    for service in world.local.urls:
        text = world.http("GET", service, "/metrics").text
        families = list(text_string_to_metric_families(text))
        assert len(families) >= 5
        labels = {value for family in families for sample in family.samples
                  for value in sample.labels.values()}  # fmt: skip
        others = {value for value in labels if not OFFICE.fullmatch(value)}
        assert not [value for value in others if len(value) > 40 or "410" in value]


def test_every_queue_has_a_consumer_and_none_is_left_with_messages(world: World) -> None:
    bus = world.local.bus
    all_of_them = replace(bus, offices=(*bus.offices, *world.joined))
    declared = {queue.name for queue in all_of_them.topology.queues}
    away = {bus.inbox(office) for office in world.joined}

    listed: dict[str, Json] = {}

    def amiss() -> list[str]:
        found = world.management(f"queues/{bus.vhost}")
        listed.update({item["name"]: item for item in found})
        return [
            f"{name}: {item.get('consumers')} consumers, {item.get('messages')} messages"
            for name, item in listed.items()
            if name not in away
            and (item.get("messages") or not (item.get("consumers") or ".wait." in name))
        ]

    # the broker's own figures are up to 5 s old, and a wait is up to 10 s
    assert settled(amiss) == []
    assert set(listed) == declared


def settled(wrong: Callable[[], list[str]], seconds: float = 60) -> list[str]:
    """Give what is wrong in the end."""
    deadline = time.monotonic() + seconds
    while (found := wrong()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return found


def test_what_was_closed_happened_once_and_nothing_is_lost_or_unsent(
    world: World, oracle: Oracle
) -> None:
    if not world.closed:
        pytest.skip("runs after the other files")
    known = len(world.parked())

    def look() -> bool | None:
        verdict = oracle.verdict(world.closed)
        assert verdict.duplicates == 0, verdict
        return True if (verdict.lost, verdict.unsent, verdict.parked) == (0, 0, known) else None

    assert until(look)
    assert oracle.verdict(world.closed).closed == len(set(world.closed)) == len(world.closed)


def test_parked_is_what_tests_sent_on_purpose_and_nothing_else(world: World) -> None:
    reasons = {item["reason"] for item in world.parked()}
    on_purpose = {"not_json", "not_an_envelope", "unknown_type", "wrong_data",
                  "not_an_office_report", "refused"}  # fmt: skip
    assert reasons <= on_purpose
    assert not world.parked(lambda item: item["reason"] == "handler_failed")


def test_no_service_died_or_logged_a_traceback(world: World) -> None:
    for name, service in world.local.stack.services.items():
        assert service.pid is not None, name
        log = (world.local.directory / "logs" / f"{name}.log").read_text("utf-8", "replace")
        assert [line for line in log.splitlines() if "Traceback" in line] == [], name

"""A case's events are one trace from filing to closing; with a collector, one tree of spans."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.support.collector import Collector, Seen, collecting
from tests.support.running import stack_named
from tests.support.world import World, until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
SERVER, CONSUMER = 2, 5
ROOMS = {"fuyuan-intake", "fuyuan-routing", "fuyuan-agency_tax", "fuyuan-metrics"}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def world(
    collector: Collector,
    servers: Servers,
    secrets: Secrets,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    name = f"trace-{os.getpid()}"
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    directory = tmp_path_factory.mktemp("stack")
    with stack_named(name, servers, secrets, directory, more={}, everywhere=told) as running:
        yield World(running, f"{name}_")


def closed(world: World, **headers: str) -> str:
    filer = world.filer()
    body = world.bankruptcy("tax_clearance")
    answer = world.http("POST", "intake", "/v1/cases", by=filer, json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    case = str(answer.json()["case_id"])
    world.close(case)
    return case


def traces(world: World, case: str) -> set[str]:
    """Give the traces that the commits of a case name, in every service's database."""
    found = set()
    for room in ("intake", "routing", "agency_tax", "metrics"):
        for commit in world.mongo[world.prefix + room]["commits"].find(
            {"subject": {"$regex": case}}
        ):
            found |= {item["trace"].split("-")[1] for item in commit["decisions"]}
    return found


def complete(spans: list[Seen]) -> list[Seen] | None:
    """Give a trace once the closing was heard, and every span's parent is there or the caller."""
    kind = "cn.fuyuan.case.closed.v1"
    told = {span.service for span in spans if span.attributes.get("cloudevents.event_type") == kind}
    whole = (
        told >= {"fuyuan-intake", "fuyuan-metrics"} and {span.service for span in spans} >= ROOMS
    )
    known = {span.id for span in spans} | {CALLER}
    return spans if whole and all(span.parent in known for span in spans) else None


def test_filing_to_closing_is_one_tree_of_spans(world: World, collector: Collector) -> None:
    case = closed(world, traceparent=f"00-{TRACE}-{CALLER}-01")
    spans = until(lambda: complete(collector.of(TRACE)))
    assert [span.name for span in spans if span.parent == CALLER] == ["POST /v1/cases"]
    heard = [span for span in spans if span.kind == CONSUMER]
    assert {span.attributes["messaging.system"] for span in heard} == {"rabbitmq"}
    assert {span.attributes.get("fuyuan.case", case) for span in heard} == {case}
    assert {"process q.intake", "process q.routing", "process q.metrics"} <= {
        span.name for span in heard
    }
    assert traces(world, case) == {TRACE}


def test_an_officers_request_is_a_trace_of_its_own_linked_to_the_cases(
    world: World, collector: Collector
) -> None:
    case = closed(world)

    def look() -> list[Seen] | None:
        found = [
            span for span in collector.spans if span.links and span.trace in traces(world, case)
        ]
        return found or None

    [decision, *_] = until(look)
    requests = [span for span in collector.of(decision.links[0]) if span.kind == SERVER]
    assert [span.name for span in requests] == ["POST /v1/assignments/{assignment}/resolve"]
    assert len(traces(world, case)) == 1


def test_spans_hold_nothing_of_what_was_filed(world: World, collector: Collector) -> None:
    closed(world)
    until(lambda: collector.spans or None)
    text = repr(collector.spans)
    assert not [word for word in ("某某", "91410500XXXXXX0015", "e2e-") if word in text]


def test_with_no_collector_the_trace_goes_on_and_the_library_is_not_loaded(
    servers: Servers, secrets: Secrets, tmp_path: Path, collector: Collector
) -> None:
    before = len(collector.spans)
    name = f"untraced-{os.getpid()}"
    with stack_named(name, servers, secrets, tmp_path, more={}) as running:
        world = World(running, f"{name}_")
        case = closed(world, traceparent=f"00-{TRACE[::-1]}-{CALLER}-01")
        until(lambda: True if traces(world, case) == {TRACE[::-1]} else None)
    assert not collector.of(TRACE[::-1])
    assert len(collector.spans) >= before
    program = (
        "import sys, services.intake.app, services.runtime.service\n"
        "from services.runtime.tracing import tracer_of\n"
        "assert tracer_of('intake', '') is None\n"
        "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

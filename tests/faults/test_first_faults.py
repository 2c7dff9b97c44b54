"""Routing and the broker are killed while 2,000 cases are on their way: all close, once each."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.client import Client, ClientError
from services.stack.layout import Deployment
from services.stack.local import ROOT, Local, running
from tests.support.filings import filings
from tests.support.oracle import Oracle

CASES = 2000
BATCH = 500
CLOSE_SECONDS = 240
PREFIX = "faults_"

pytestmark = pytest.mark.faults


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """A stack with a private broker, which offices answer by policy; what dies is started again."""
    automatic = ROOT / "deploy" / "samples" / "policy-auto.yaml"
    deployment = Deployment.under(ROOT, policies=automatic, database_prefix=PREFIX)
    with running(tmp_path, deployment, {}) as stack:
        if stack.servers.broker is None:
            pytest.skip("only a private broker can be killed: rabbitmq-server is not installed")
        over = threading.Event()
        keeper = threading.Thread(target=stack.stack.supervise, args=(over.is_set,))
        keeper.start()
        try:
            yield stack
        finally:
            over.set()
            keeper.join()


def test_routing_and_broker_are_killed_and_nothing_is_lost_or_done_twice(local: Local) -> None:
    broker = local.servers.broker
    routing = local.stack.services["routing"]
    assert broker is not None
    filer = local.client("filer", office="court.410500")
    made = [json.dumps(item, ensure_ascii=False) for item in filings(CASES)]
    accepted: list[str] = []
    filing = threading.Thread(target=_file, args=(filer, made, accepted))
    filing.start()
    oracle = Oracle(local.servers.mongo_url, PREFIX, local.operator())

    _wait_until(lambda: oracle.closed() >= CASES // 20)
    killed, before = time.monotonic(), routing.restarts
    routing.daemon.kill()
    _wait_until(lambda: routing.restarts > before and routing.ready())
    print(f"routing was back {time.monotonic() - killed:.1f} s after kill -9")

    _wait_until(lambda: oracle.closed() >= CASES // 5)
    killed = time.monotonic()
    broker.kill()
    broker.start()
    _wait_until(lambda: all(service.ready() for service in local.stack.services.values()))
    print(f"all services were ready {time.monotonic() - killed:.1f} s after kill -9 of the broker")

    filing.join()
    assert len(set(accepted)) == CASES
    _wait_until(lambda: oracle.closed() >= CASES)
    verdict = oracle.settled(accepted)
    print(verdict)
    assert verdict.accepted == verdict.closed == CASES
    assert (verdict.lost, verdict.duplicates, verdict.parked, verdict.unsent) == (0, 0, 0, 0)


def _file(filer: Client, lines: list[str], accepted: list[str]) -> None:
    """File in batches, each sent again until it is answered: a filer gives up on no case."""
    for start in range(0, len(lines), BATCH):
        body = "\n".join(lines[start : start + BATCH]).encode()
        answer = _insist(filer, body)
        assert answer["failed"] == 0, answer
        accepted += [item["case_id"] for item in answer["results"]]
        time.sleep(1)


def _insist(filer: Client, body: bytes) -> dict[str, Any]:
    while True:
        try:
            answer: dict[str, Any] = filer.post_lines("intake", "/v1/cases/batch", body)
        except ClientError as error:
            if error.status not in (0, 503):
                raise
            time.sleep(0.5)
        else:
            return answer


def _wait_until(holds: Any, seconds: float = CLOSE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"did not hold within {seconds} s")
        time.sleep(0.2)

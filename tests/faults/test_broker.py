"""The broker is killed, stopped, and throws everybody out, while cases are on their way."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from services.stack.broker import PrivateBroker
from tests.faults.docked import DockedBroker
from tests.faults.harness import Faults

pytestmark = pytest.mark.faults
AWAY_SECONDS = 20
CASES = 200


@contextmanager
def away(broker: PrivateBroker | DockedBroker) -> Iterator[None]:
    """Kill it, and start it again in the end, whatever happens."""
    broker.kill()
    try:
        yield
    finally:
        broker.start()


def test_the_broker_is_killed_and_started_again(faults: Faults) -> None:
    with faults.load("broker: kill -9 and restart", CASES) as load:
        faults.wait_closed(load, 20)
        load.broken()
        faults.broker.kill()
        faults.broker.start()
        faults.wait_ready()
        load.mended()


def test_every_connection_is_closed_by_force(faults: Faults) -> None:
    with faults.load("broker: every connection closed by force", CASES) as load:
        faults.wait_closed(load, 20)
        load.broken()
        assert close_all(faults.broker) > len(faults.services)
        faults.wait_ready()
        load.mended()


def close_all(broker: PrivateBroker | DockedBroker) -> int:
    """Close every connection through the management API; tell how many there were."""
    with httpx.Client(
        base_url=f"{broker.management_url}/api/", auth=broker.admin, trust_env=False
    ) as management:
        found = management.get("connections").raise_for_status().json()
        for item in found:
            management.delete(f"connections/{item['name']}")
    return len(found)


def test_while_the_broker_is_away_nothing_is_accepted(faults: Faults) -> None:
    with faults.load("broker: away for 20 s", CASES, pause=0.5) as load:
        faults.wait_closed(load, 5)
        load.broken()
        with away(faults.broker):
            faults.wait_until(lambda: 503 in load.refused)
            accepted = len(load.accepted)
            time.sleep(AWAY_SECONDS)
            assert len(load.accepted) == accepted < CASES
            assert not any(service.ready() for service in faults.services.values())
            assert all(service.pid for service in faults.services.values())
        faults.wait_ready()
        load.mended()


def test_services_that_were_there_before_the_broker_find_it(faults: Faults) -> None:
    with faults.load("broker: started after the services") as load:
        load.broken()
        with away(faults.broker):
            for service in faults.services.values():
                service.daemon.kill()
            faults.wait_until(lambda: all(service.pid for service in faults.services.values()))
            time.sleep(5)
            assert not any(service.ready() for service in faults.services.values())
        faults.wait_ready()
        load.mended()

"""The broker is killed, stopped, and throws everybody out, while cases are on their way."""

import time

import httpx
import pytest

from services.stack.broker import PrivateBroker
from tests.faults.harness import Faults

pytestmark = pytest.mark.faults_long
AWAY_SECONDS = 15
CASES = 200


def broker_of(faults: Faults) -> PrivateBroker:
    broker = faults.local.servers.broker
    assert broker
    return broker


def test_the_broker_is_killed_and_started_again(faults: Faults) -> None:
    with faults.load("broker: kill -9 and restart", CASES) as load:
        faults.wait_closed(load, 20)
        load.broken()
        broker_of(faults).kill()
        broker_of(faults).start()
        faults.wait_ready()
        load.mended()


def test_every_connection_is_closed_by_force(faults: Faults) -> None:
    with faults.load("broker: every connection closed by force", CASES) as load:
        faults.wait_closed(load, 20)
        load.broken()
        assert close_all(broker_of(faults)) > len(faults.services)
        faults.wait_ready()
        load.mended()


def close_all(broker: PrivateBroker) -> int:
    """Close every connection through the management API; tell how many there were."""
    with httpx.Client(
        base_url=f"{broker.management_url}/api/", auth=broker.admin, trust_env=False
    ) as management:
        found = management.get("connections").raise_for_status().json()
        for item in found:
            management.delete(f"connections/{item['name']}")
    return len(found)


def test_what_is_filed_while_the_broker_is_away_is_accepted_and_sent_later(faults: Faults) -> None:
    broker = broker_of(faults)
    with faults.load("broker: away for a while, filings go on", CASES) as load:
        faults.wait_closed(load, 5)
        load.broken()
        broker.kill()
        began = time.monotonic()
        faults.wait_until(lambda: len(load.accepted) == CASES, 60)
        assert set(load.refused) <= {0, 503}
        time.sleep(max(0, AWAY_SECONDS - (time.monotonic() - began)))
        assert not any(service.ready() for service in faults.services.values())
        assert all(service.pid for service in faults.services.values())
        broker.start()
        faults.wait_ready()
        load.mended()


def test_services_that_were_there_before_the_broker_find_it(faults: Faults) -> None:
    broker = broker_of(faults)
    with faults.load("broker: started after the services") as load:
        load.broken()
        broker.kill()
        for service in faults.services.values():
            service.daemon.kill()
        faults.wait_until(lambda: all(service.pid for service in faults.services.values()))
        time.sleep(5)
        assert not any(service.ready() for service in faults.services.values())
        broker.start()
        faults.wait_ready()
        load.mended()

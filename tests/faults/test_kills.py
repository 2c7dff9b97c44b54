"""Services are killed at every point between two steps, and at random; they end in order, too."""

import random

import pytest

from services.runtime.failpoints import POINTS
from services.stack.processes import GRACE_SECONDS, ServiceProcess
from tests.faults.harness import Faults

pytestmark = pytest.mark.faults
HURT = ("intake", "routing", "metrics", "tracker", "notices", "agency-tax", "agency-others")


@pytest.mark.parametrize("point", POINTS)
def test_every_service_is_killed_at_a_point(faults: Faults, point: str) -> None:
    with faults.load(f"kill -9 {point.replace('_', ' ')}") as load:
        armed = [faults.arm(name, point, passes) for passes, name in enumerate(HURT)]
        load.broken()
        faults.wait_gone(armed[:2])
        faults.wait_ready()
        load.mended()
    for file in armed:  # who had nothing to do at that point has not been killed
        file.unlink(missing_ok=True)


@pytest.mark.parametrize("name", HURT)
def test_a_service_is_killed_at_any_time(faults: Faults, name: str) -> None:
    with faults.load("kill -9 at any time") as load:
        faults.wait_closed(load, random.Random(name).randrange(1, 60))
        service = faults.services[name]
        before = service.restarts
        load.broken()
        service.daemon.kill()
        faults.wait_until(lambda: service.restarts > before and service.ready())
        load.mended()


def test_every_service_ends_in_order_under_load(faults: Faults) -> None:
    with faults.load("SIGTERM under load", cases=300) as load:
        faults.wait_closed(load, 5)
        load.broken()
        for name in HURT:
            assert end_in_order(faults, faults.services[name]) == 0, name
        load.mended()


def end_in_order(faults: Faults, service: ServiceProcess) -> int:
    """Ask a service to end, and wait until another runs in its place; give how it ended."""
    process, before = service.daemon._process, service.restarts
    assert process
    service.daemon.ask_to_end()
    code = process.wait(GRACE_SECONDS)  # the supervisor starts another at once
    faults.wait_until(lambda: service.restarts > before and service.ready())
    return code

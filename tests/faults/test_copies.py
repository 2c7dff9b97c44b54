"""Two copies of every service: nothing is done twice, whoever dies or stands still."""

import time

import pytest

from services.runtime.timers import LEAST_LEASE_SECONDS
from tests.faults.harness import Faults

pytestmark = pytest.mark.faults_long


def test_two_copies_of_every_service_do_everything_once(doubled: Faults) -> None:
    with doubled.load("two copies of every service", 300):
        pass


@pytest.mark.parametrize("name", ["routing", "metrics"])
def test_a_copy_dies_and_the_other_goes_on(doubled: Faults, name: str) -> None:
    with doubled.load("two copies, one killed", 200) as load:
        doubled.wait_closed(load, 10)
        load.broken()
        doubled.services[name].daemon.kill()
        doubled.wait_ready()
        load.mended()


def test_a_copy_that_stood_still_past_its_leases_does_nothing_twice(doubled: Faults) -> None:
    with doubled.load("two copies, one stopped past its leases and continued", 200) as load:
        doubled.wait_closed(load, 10)
        load.broken()
        with doubled.standing_still("routing"):
            time.sleep(LEAST_LEASE_SECONDS + 3)
        doubled.wait_ready()
        load.mended()

"""Two copies of every service: nothing is done twice, whoever dies or stands still."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymongo
import pytest

from services.client import Client
from services.runtime.timers import LEAST_LEASE_SECONDS
from services.stack.layout import operator_key
from tests.faults.harness import PREFIX, Faults, stack
from tests.faults.table import Table

pytestmark = pytest.mark.faults


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


def test_a_copy_whose_clock_is_an_hour_off_dates_nothing_wrong(place: Path, table: Table) -> None:
    with (
        stack(place, table, copies=2, copied={"LD_PRELOAD": hour_off(place)}, seed=2000) as faults,
        faults.load("two copies, one with its clock an hour off", 200),
    ):
        faults.wait_ready()
        began = datetime.now(UTC)
        urls, key = faults.local.urls, operator_key(faults.local.bus)
        right = Client(urls, key)
        wrong = Client(urls | {"intake": urls["intake-2"]}, key)
        for client in (right, wrong):  # who signs, and who checks, has the right time or not
            for service in ("routing", "routing-2"):
                assert client.get(service, "/v1/progress")
        assert latest(faults.local.servers.mongo_url) < began + timedelta(minutes=1)


def hour_off(place: Path) -> str:
    """Compile what makes a process take the time for an hour later."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here to put a clock wrong with")
    made = place / "hour_off.so"
    source = Path(__file__).with_name("hour_off.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return str(made)


def latest(mongo_url: str) -> datetime:
    """Find the latest time of any commit of any service."""
    with pymongo.MongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        newest: Iterator[dict[str, Any] | None] = (
            client[name]["commits"].find_one({}, {"at": 1}, sort=[("at", -1)])
            for name in client.list_database_names()
            if name.startswith(PREFIX)
        )
        found: datetime = max(item["at"] for item in newest if item)
        return found

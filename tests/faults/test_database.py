"""The database is killed, and away: meanwhile nothing is accepted, parked or lost."""

import time

import pytest

from services.client import Client, ClientError
from services.stack.mongod import PrivateMongo
from tests.faults.harness import Faults
from tests.support.filings import filings

pytestmark = pytest.mark.faults
AWAY_SECONDS = 45


def database_of(faults: Faults) -> PrivateMongo:
    mongo = faults.local.servers.mongo
    assert mongo
    return mongo


def test_the_database_is_killed_and_started_again(faults: Faults) -> None:
    with faults.load("mongod: kill -9 and restart", 200) as load:
        faults.wait_closed(load, 20)
        load.broken()
        database_of(faults).kill()
        database_of(faults).start()
        faults.wait_ready()
        load.mended()


def test_while_the_database_is_away_nothing_is_accepted_or_parked(faults: Faults) -> None:
    mongo = database_of(faults)
    filer = faults.local.client("filer", office="court.410500")
    with faults.load("mongod: away for 45 s", 200, pause=1) as load:
        faults.wait_closed(load, 20)
        load.broken()
        mongo.kill()
        try:
            answers = answers_of(filer)
        finally:
            mongo.start()
        assert answers == {503}
        faults.wait_ready()
        load.mended()
    assert 503 in load.refused


def answers_of(filer: Client) -> set[int]:
    """File single cases for a while; give the statuses of what was answered."""
    began, found = time.monotonic(), set()
    (filing,) = filings(1, seed=-1)
    while time.monotonic() - began < AWAY_SECONDS:
        try:
            filer.post("intake", "/v1/cases", filing)
            found.add(202)
        except ClientError as error:
            found.add(error.status)
    return found

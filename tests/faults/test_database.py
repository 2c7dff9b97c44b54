"""The database is killed, and away: meanwhile nothing is accepted, parked or lost."""

import json
import time

import pytest

from services.client import ClientError
from services.stack.mongod import PrivateMongo
from tests.faults.harness import Faults
from tests.support.filings import filings

pytestmark = pytest.mark.faults_long
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
    with faults.load("mongod: away for 45 s", 200) as load:
        faults.wait_closed(load, 20)
        load.broken()
        mongo.kill()
        began, answers = time.monotonic(), set()
        while time.monotonic() - began < AWAY_SECONDS:
            (line,) = (json.dumps(item) for item in filings(1, seed=-1))
            try:
                filer.post("intake", "/v1/cases", json.loads(line))
                answers.add(202)
            except ClientError as error:
                answers.add(error.status)
        assert answers == {503}
        mongo.start()
        faults.wait_ready()
        load.mended()
    assert 503 in load.refused

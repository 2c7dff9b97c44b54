"""The broker's disk is lost, a database is restored from an older backup: reconcile mends it."""

import asyncio
import os
import signal
from typing import Any

import pymongo
import pytest

from services.reconcile.asking import Services
from services.reconcile.comparing import Comparison, compare
from services.reconcile.repairing import Repair, repair
from tests.faults.harness import PREFIX, Faults, Load

pytestmark = pytest.mark.faults
CASES = 200


def quiet(_service: str, _done: int, _total: int) -> None:
    """Show no progress."""


def looked(faults: Faults) -> Comparison:
    services = Services(faults.world.operator)
    return compare(services, services.deployed(), 0, quiet)


def mended(faults: Faults) -> tuple[Comparison, Repair]:
    """Look, and repair."""
    services = Services(faults.world.operator)
    deployed = services.deployed()
    found = compare(services, deployed, 0, quiet)
    return found, repair(services, deployed, found, 0, quiet)


def filed(faults: Faults, load: Load, cases: int = CASES) -> None:
    faults.wait_until(lambda: len(set(load.accepted)) == cases)


def test_a_broker_whose_disk_is_lost_is_filled_again(faults: Faults) -> None:
    broker = faults.broker
    with faults.load("broker: its disk lost, filled by reconcile", CASES) as load:
        faults.wait_closed(load, 10)
        with faults.standing_still("metrics"), faults.standing_still("agency-others"):
            filed(faults, load)
            load.broken()
            broker.kill()
            faults.lose_disk()
            broker.start()
            asyncio.run(faults.local.bus.redeclare())
        faults.wait_ready()
        found, done = mended(faults)
        readers = {gap.reader.service for gap in found.gaps}
        assert "metrics" in readers  # an office may have been sent all of its own by then
        assert not found.lost_ends
        assert done.complete, done
        load.mended()
    assert looked(faults).clean


Taken = dict[str, list[dict[str, Any]]]


def database(service: str) -> str:
    return PREFIX + service.replace("agency-", "agency_")


def backup(faults: Faults, service: str) -> Taken:
    """Copy a service's database while it stands still: as of one moment."""
    with faults.standing_still(service), mongo(faults) as client:
        db = client[database(service)]
        return {name: list(db[name].find()) for name in db.list_collection_names()}


def restore(faults: Faults, service: str, taken: Taken) -> None:
    """Put the copy in the database's place, and start the service anew."""
    pid = faults.services[service].pid
    assert pid
    with faults.standing_still(service), mongo(faults) as client:
        db = client[database(service)]
        for name in db.list_collection_names():
            db[name].delete_many({})
            if taken.get(name):
                db[name].insert_many(taken[name])
        os.kill(pid, signal.SIGKILL)
    faults.wait_until(lambda: faults.services[service].pid not in (None, pid))
    faults.wait_ready()


def mongo(faults: Faults) -> pymongo.MongoClient[dict[str, Any]]:
    return pymongo.MongoClient(faults.local.servers.mongo_url, tz_aware=True)


LONG = [pytest.param(name, marks=pytest.mark.faults_long) for name in ("metrics", "tracker")]


@pytest.mark.parametrize("service", ["routing", "agency-others", *LONG])
def test_a_database_restored_from_an_older_backup_is_brought_up_to_date(
    faults: Faults, service: str
) -> None:
    with faults.load(f"{service}: its database restored from an older backup", CASES) as load:
        faults.wait_closed(load, 20)
        taken = backup(faults, service)
        filed(faults, load)
        faults.settled(load.accepted, None)
        load.broken()
        restore(faults, service, taken)
        found, done = mended(faults)
        assert {gap.reader.service for gap in found.gaps} == {service}
        assert done.complete, done
        load.mended()
    assert looked(faults).clean


def new_key(faults: Faults) -> tuple[str, str]:
    """Make an access key; give it and its id."""
    body = {"role": "liaison", "division": "410500", "name": "to be revoked"}
    made = faults.world.operator.post("intake", "/v1/keys", body)
    return made["key"], made["key_id"]


def takes(faults: Faults, key: str) -> bool:
    """Tell whether intake changes a key for a token."""
    return faults.world.http("POST", "intake", "/v1/tokens", json={"key": key}).is_success


def test_cases_that_intake_has_forgotten_are_named_and_filed_again(faults: Faults) -> None:
    fault = "intake: its database restored from an older backup"
    with faults.load(fault, CASES, pause=1) as load:  # some are filed after the backup
        faults.wait_closed(load, 5)
        key, key_id = new_key(faults)
        taken = backup(faults, "intake")
        known = {item["subject"] for item in taken["commits"]}
        faults.world.http("DELETE", "intake", f"/v1/keys/{key_id}", by=faults.world.operator)
        filed(faults, load)
        faults.settled(load.accepted, None)
        load.broken()
        restore(faults, "intake", taken)
        assert takes(faults, key), "the backup knows nothing of the revocation"
        found, done = mended(faults)
        lost = {end.subject for end in found.lost_ends if not end.known}
        assert lost == {end.subject for end in done.forgotten} == set(load.accepted) - known
        assert lost
        assert (found.working_keys, done.revoked) == ([key_id], [key_id])
        assert not takes(faults, key)
        again = Load(load.row)
        faults.file_again(again, CASES)
        assert set(again.accepted) == set(load.accepted)
        _, done = mended(faults)
        assert done.complete, done
        load.mended()
    assert looked(faults).clean

"""Broker and databases are lost, all of them: a backup taken under load brings the cases back."""

import asyncio
import os
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pymongo
import pytest

from services.stack.archive import reading
from services.stack.backup import Stored, put_back, take
from tests.faults.harness import PREFIX, Faults
from tests.faults.test_reconcile import filed, looked, mended

pytestmark = pytest.mark.faults
CASES = 200
KEY = b"a passphrase that nobody guesses"


def test_all_that_is_lost_comes_back_from_a_backup_taken_under_load(
    faults: Faults, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    fault = "all databases and the broker's disk lost, restored from a backup"
    with (
        faults.load(fault, CASES, pause=0) as load,
        pymongo.MongoClient[dict[str, Any]](faults.local.servers.mongo_url) as client,
    ):
        stored = Stored(client, PREFIX)
        filed(faults, load)
        assert faults.oracle.closed(load.accepted) < CASES  # most of it is under way
        with file.open("wb") as sink:
            taken = take(stored, sink, KEY)
        load.broken()
        lose_and_restore(faults, stored, file)
        faults.wait_ready()
        found, done = mended(faults)
        assert done.complete, done
        assert not found.lost_ends
        load.mended()
        assert taken.documents > CASES
    assert looked(faults).clean


def lose_and_restore(faults: Faults, stored: Stored, file: Path) -> None:
    pids = {name: service.pid for name, service in faults.services.items()}
    with ExitStack() as still:
        for name in pids:
            still.enter_context(faults.standing_still(name))
        faults.broker.kill()
        faults.lose_disk()
        stored.drop()
        with file.open("rb") as source, reading(source, KEY) as reader:
            put_back(stored, reader)
        faults.broker.start()
        asyncio.run(faults.local.bus.redeclare())
        for pid in pids.values():  # what they knew is of a world that is no more
            assert pid
            os.kill(pid, signal.SIGKILL)
    faults.wait_until(
        lambda: all(
            service.pid not in (None, pids[name]) for name, service in faults.services.items()
        )
    )

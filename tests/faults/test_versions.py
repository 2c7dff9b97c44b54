"""An upgrade under load: for a while services of an older and a newer version run side by side."""

from pathlib import Path

import pytest

from tests.faults.harness import MUTANTS, WAIT_SECONDS, Faults, Load, stack
from tests.faults.table import Table
from tests.faults.test_poison import send_again

pytestmark = pytest.mark.faults
CASES = 200


def test_what_an_older_reader_cannot_read_waits_until_it_is_upgraded(
    place: Path, table: Table
) -> None:
    """The order is wrong on purpose: one who speaks is newer than one who reads."""
    with (
        stack(place, table, seed=4500) as faults,
        faults.row("old and new version of an event side by side") as row,
    ):
        load = Load(row)
        faults.file(load, CASES // 4)
        for name in ("intake", "metrics"):
            upgrade(faults, name, "knows_v2")
        faults.file(load, CASES // 4)
        upgrade(faults, "routing", "says_v2")
        faults.file(load, CASES // 2)
        verdict = faults.settled(load.accepted, None)
        assert (verdict.lost, verdict.duplicates, verdict.closed) == (0, 0, CASES), verdict
        found = faults.world.parked()
        assert {(item["queue"], item["reason"]) for item in found} == {
            ("q.notices", "unknown_type")
        }
        row.parked = len(found)
        upgrade(faults, "notices", "knows_v2")
        assert send_again(faults, [item["id"] for item in found]) == len(found)
        verdict = faults.settled(load.accepted, 0, WAIT_SECONDS)
        row.judge(verdict)
        assert verdict.clean, verdict


def upgrade(faults: Faults, name: str, change: str) -> None:
    """Start a service anew with newer code."""
    service = faults.services[name]
    before = service.restarts
    service.daemon.env |= {"MUTANT": change, "PYTHONPATH": str(MUTANTS)}
    service.daemon.kill()
    faults.wait_until(lambda: service.restarts > before and service.ready())

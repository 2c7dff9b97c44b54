"""An inbox that its owner purges: what was in it is issued again, and an alarm is raised."""

from pathlib import Path

import httpx
import pytest

from tests.faults.harness import Faults, stack
from tests.faults.table import Table
from tests.faults.tapping import purge

pytestmark = pytest.mark.faults
CASES = 60
AGAIN = {"routing": {"REDELIVER_SECONDS": "5"}}
SERVICE = "agency-tax"


def test_an_inbox_purged_by_its_owner_is_filled_again_and_an_alarm_raised(
    place: Path, table: Table
) -> None:
    with (
        stack(place, table, more=AGAIN, seed=4000) as faults,
        faults.load("an inbox purged by its owner", CASES) as load,
    ):
        bus, office = faults.local.bus, "tax.410500"
        with faults.standing_still(SERVICE):
            faults.wait_until(lambda: len(set(load.accepted)) == CASES)
            faults.wait_until(lambda: waiting(faults, office))
            close_connections(faults, office)  # else it holds what it was given
            load.broken()
            assert purge(bus.url(office), bus.inbox(office)) > 0
        faults.wait_closed(load, CASES)
        load.mended()
        assert issued_again(faults, office) > 0


def waiting(faults: Faults, office: str) -> int:
    """Count what routing has given to an office and it has not delivered."""
    found = faults.world.operator.get("routing", "/v1/cases", waiting=office, limit=200)
    return len(found["cases"])


def close_connections(faults: Faults, user: str) -> None:
    """Close a broker user's connections by force, and wait until they are gone."""
    broker = faults.broker
    with httpx.Client(
        base_url=f"{broker.management_url}/api/", auth=broker.admin, trust_env=False
    ) as management:

        def gone() -> bool:
            listed = management.get("connections").raise_for_status().json()
            mine = [item["name"] for item in listed if item["user"] == user]
            for name in mine:
                management.delete(f"connections/{name}")
            return not mine

        faults.wait_until(gone)


def issued_again(faults: Faults, office: str) -> float:
    """Read the alarm that routing raises."""
    answer = httpx.get(f"{faults.local.urls['routing']}/metrics", trust_env=False)
    name = f'fuyuan_issued_again_total{{office="{office}"}} '
    found = [line for line in answer.text.splitlines() if line.startswith(name)]
    return float(found[0].removeprefix(name)) if found else 0

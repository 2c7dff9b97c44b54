"""What lasts when the containers are taken away, and when there are more of them."""

from typing import Any

import pytest

from tests.compose.load import Load
from tests.compose.system import SERVICES, UP_SECONDS, System, until
from tests.compose.table import Table

pytestmark = pytest.mark.compose
COPIES = 3
BEFORE, AFTER = 10, 30
BACK_SECONDS = 150


def test_down_and_up_keeps_everything(system: System, table: Table) -> None:
    with table.doing("stop, down, up under load") as row:
        filer = system.client("filer", office="court.410500")
        closed = _statuses(system, _closed(system))
        load = system.load()
        try:
            system.compose.run("stop", "agency-tax")
            until(lambda: len(load.accepted) >= BEFORE and system.in_flight(), BACK_SECONDS)
            waiting = system.in_flight()
            system.compose.run("stop", seconds=UP_SECONDS)
            states = {name: item[0]["State"] for name, item in system.compose.containers().items()}
            system.compose.run("down", seconds=UP_SECONDS)
            assert not system.compose.containers()
            system.compose.run("up", "--wait", seconds=UP_SECONDS)
            system.judge(load, row)
        finally:
            load.stop()
        assert {name: states[name]["ExitCode"] for name in SERVICES} == dict.fromkeys(SERVICES, 0)
        assert _statuses(system, list(closed)) == closed
        assert filer.claims()["office"] == "court.410500"  # its key is known still
        row.held += f"; {waiting} messages waited; {len(closed)} closed cases as before; exits 0"


def test_routing_is_scaled_to_three_and_one_of_them_dies(system: System, table: Table) -> None:
    with table.doing(f"--scale routing={COPIES}, kill -9 of one under load") as row:
        scale = ("--no-recreate", "--no-deps", "--scale", f"routing={COPIES}", "routing")
        system.compose.run("up", "--wait", *scale, seconds=UP_SECONDS)
        load = system.load(pause=0.1)
        try:
            _filed(load, AFTER)
            before = system.kill("routing", copy=1)
            assert until(lambda: system.restarted("routing", before, copy=1), BACK_SECONDS)
            assert until(lambda: len(_reading(system)) == COPIES, BACK_SECONDS)
            _filed(load, AFTER)
            system.judge(load, row)
        finally:
            load.stop()
        done = [_decided(system, copy) for copy in range(COPIES)]
        assert all(done), done
        row.held += f"; the three decided on {', '.join(f'{number:.0f}' for number in done)}"


def _closed(system: System) -> list[str]:
    page = system.operator.get("routing", "/v1/cases", state="closed")
    return [item["case_id"] for item in page["cases"]]


def _statuses(system: System, cases: list[str]) -> dict[str, Any]:
    assert cases
    return {case: system.operator.get("routing", f"/v1/cases/{case}") for case in cases}


def _filed(load: Load, more: int) -> None:
    wanted = len(load.accepted) + more
    until(lambda: len(load.accepted) >= wanted, BACK_SECONDS)


def _reading(system: System) -> set[str]:
    """Name the addresses that read routing's queue (the broker counts anew every 5 s)."""
    consumers = system.manage("queues/fuyuan/q.routing")["consumer_details"]
    seen = {item["channel_details"].get("peer_host", "") for item in consumers}
    return seen - {""}  # a channel that has just gone


def _decided(system: System, copy: int) -> float:
    """Read how many messages one of the copies has decided on since its start."""
    ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8080/metrics').read().decode())"
    told = system.compose.run(
        "exec", "-T", "--index", str(copy + 1), "routing", "python", "-c", ask
    )
    lines = [
        line for line in told.splitlines() if line.startswith('fuyuan_messages_total{result="d')
    ]
    return sum(float(line.split()[-1]) for line in lines)

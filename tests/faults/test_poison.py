"""Messages nobody can read, that always fail, or that kill: parked once, neighbours unaffected.

And parked messages that are sent again: twice, at once, with a crash in between, late.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fuyuan_contracts.channels import RETRY_SECONDS
from fuyuan_contracts.envelope import CONTENT_TYPE
from services.client import ClientError
from services.runtime.failpoints import AFTER_WRITE
from services.stack.layout import Deployment
from services.stack.local import ROOT
from tests.faults.harness import Faults, Load, stack
from tests.faults.mutants.sitecustomize import FAILS, KILLS
from tests.faults.table import Table
from tests.faults.tapping import Copy, say, taken, tapped

pytestmark = pytest.mark.faults
POISON_SECONDS = 300
READERS = ("intake", "metrics", "notices")
"""Who wants the event that the poison looks like."""


def parked(faults: Faults) -> list[dict[str, Any]]:
    return faults.world.parked()


def changed(copy: Copy, name: str, **more: Any) -> Copy:
    """Make a message of another that is like it but for some fields of its envelope."""
    body = json.dumps(json.loads(copy.body) | {"id": name, **more}).encode()
    return Copy(copy.exchange, copy.key, body, name, CONTENT_TYPE)


def test_what_nobody_can_read_is_parked_at_once_and_once(faults: Faults) -> None:
    admin = faults.local.bus.admin_url
    before = {item["id"] for item in parked(faults)}
    name, kinds = "poison: not JSON, wrong schema, unknown version, unknown type", 4
    with faults.load(name, parked=kinds * len(READERS)) as load, tapped(admin):
        faults.wait_closed(load, 5)
        filed = next(copy for copy in taken(admin) if copy.key == "case.routed.bankruptcy")
        poison = [
            Copy("evt", filed.key, b"{no json", "not-json", CONTENT_TYPE),
            changed(filed, "wrong-schema", data={"unknown": 1}),
            changed(filed, "unknown-version", type="cn.fuyuan.case.routed.v99"),
            changed(filed, "unknown-type", type="cn.fuyuan.case.dreamt.v1"),
        ]
        load.broken()
        say(admin, poison * 3)
        load.mended()
    found = [item for item in parked(faults) if item["id"] not in before]
    assert {item["message_id"] for item in found} == {copy.message_id for copy in poison}
    assert len({(item["queue"], item["message_id"]) for item in found}) == len(found)
    assert {item["queue"] for item in found} == {f"q.{name}" for name in READERS}
    assert {item["attempts"] for item in found} == {0}


def test_what_always_fails_or_kills_is_parked_and_can_be_sent_again(faults: Faults) -> None:
    before = {item["id"] for item in parked(faults)}
    points = [faults.arm("metrics", word) for word in (FAILS, KILLS)]
    with faults.row("poison: always fails; kills its process") as row:
        marked = [faults.world.bankruptcy("tax_clearance", title=word) for word in (FAILS, KILLS)]
        poisoned = [faults.world.file(item) for item in marked]
        load = Load(row)
        faults.file(load, 60)
        faults.wait_until(lambda: len(words(faults, before)) == 2, POISON_SECONDS)
        found = words(faults, before)
        assert {item["reason"]: item["attempts"] for item in found} == {
            "handler_failed": len(RETRY_SECONDS), "delivery_limit": 0,
        }  # fmt: skip
        verdict = faults.settled(load.accepted, None)
        assert (verdict.lost, verdict.duplicates, verdict.closed) == (0, 0, 60), verdict
        row.judge(verdict)
        row.parked = len(found)
    for file in points:
        file.unlink()
    mended(faults, poisoned, before, "parked: sent again twice, at once, with a crash in between")


def test_sent_again_half_a_year_later_it_has_its_effect_once(place: Path, table: Table) -> None:
    """What was counted is remembered for good: nothing of it is thrown away with time."""
    clock = place / "clock"
    clock.write_text("2026-01-05T09:00:00+08:00")
    told = {name: {"CLOCK_FILE": str(clock)} for name in Deployment.under(ROOT).services()}
    with stack(place / "late", table, mutants={"metrics": "poisoned"}, more=told) as faults:
        armed = faults.arm("metrics", FAILS)
        case = faults.world.file(faults.world.bankruptcy("tax_clearance", title=FAILS))
        faults.wait_until(lambda: words(faults, set()), POISON_SECONDS)
        armed.unlink()
        faults.wait_until(lambda: faults.oracle.closed([case]) == 1)
        clock.write_text("2026-07-06T09:00:00+08:00")
        mended(faults, [case], set(), "parked: sent again twice after half a year")


def words(faults: Faults, before: set[str]) -> list[dict[str, Any]]:
    """List what was parked since of these two messages themselves."""
    reasons = ("handler_failed", "delivery_limit")
    return [
        item for item in parked(faults) if item["id"] not in before and item["reason"] in reasons
    ]


def mended(faults: Faults, poisoned: list[str], before: set[str], name: str) -> None:
    """Send all of it again, each twice at once, and let metrics die on the way."""
    faults.arm("metrics", AFTER_WRITE)
    with faults.row(name) as row:
        found = [item["id"] for item in words(faults, before)]
        assert send_again(faults, found) == len(poisoned)
        # what else was said of the two was too early for metrics, and is parked by now or soon

        def closed() -> bool:
            send_again(faults, [item["id"] for item in parked(faults) if item["id"] not in before])
            time.sleep(1)
            return faults.oracle.verdict(poisoned).lost == 0

        faults.wait_until(closed)
        verdict = faults.settled(poisoned, None)
        row.judge(verdict)
    expected = (0, 0, len(poisoned))
    assert (verdict.lost, verdict.duplicates, verdict.closed) == expected, verdict


def send_again(faults: Faults, names: list[str]) -> int:
    """Send each again, twice at once; tell how many of these were taken. The others: a conflict."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda name: replay(faults, name), names * 2))
    accepted = answers.count(200)
    assert accepted <= len(names)
    assert answers.count(409) == len(answers) - accepted, answers
    return accepted


def replay(faults: Faults, name: str) -> int:
    try:
        faults.world.operator.post("parking", f"/v1/parked/{name}/replay", {"why": "mended"})
    except ClientError as error:
        return error.status
    return 200

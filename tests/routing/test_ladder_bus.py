"""The ladder over the bus: two copies, their own timers, and a clock that is moved on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
import yaml

from fuyuan_contracts import events as e
from fuyuan_contracts.channels import EVT, service_queue
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.ids import instruction_id
from services.routing.app import build
from services.runtime.service import Service
from services.stack.bus import Bus
from tests.routing.test_service import TAX, Post, filed

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CLOCK = ("assignment.overdue", "assignment.due_soon", "assignment.urged", "case.escalated")


@pytest_asyncio.fixture
async def post(bus: Bus) -> AsyncIterator[Post]:
    made = Post(bus)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def copies(
    bus: Bus, settings_for: Callable[..., Any], deploy: Path, tmp_path: Path
) -> AsyncIterator[Callable[[], Any]]:
    """Start copies of routing, one after the other, on one database and one clock."""
    data = yaml.safe_load((deploy / "offices.yaml").read_text("utf-8"))
    for office in data["offices"]:
        office["receives"] = office["id"] in bus.offices
    (tmp_path / "offices.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    (tmp_path / "clock").write_text(START.isoformat())
    settings = settings_for(
        amqp_url=bus.url("routing"), offices_file=tmp_path / "offices.yaml", tick_seconds=0.1,
        clock_file=tmp_path / "clock", redeliver_times=0, redeliver_seconds=10**9,
    )  # fmt: skip
    started: list[Service[Any, Any, Any]] = []

    async def go() -> Service[Any, Any, Any]:
        service = Service(build(settings), settings)
        started.append(service)
        await service.start()
        return service

    yield go
    await started[-1].client.drop_database(started[-1].db.name)
    for service in started:
        await service.stop()


def short(messages: list[Envelope]) -> list[str]:
    """Say what the clock said: `assignment.urged 1`, `case.escalated county`."""
    found = []
    for item in messages:
        name, data = e.short_name(item.type), item.data
        if name in CLOCK:
            found.append(f"{name} {data.get('level') or data.get('number') or data['what']}")
    return found


async def test_each_rung_leaves_once_in_order_when_the_clock_jumps_and_a_copy_is_restarted(
    bus: Bus, post: Post, copies: Any, tmp_path: Path
) -> None:
    one, _ = await copies(), await copies()
    data = filed("ladder", needs=["tax_clearance"])
    await post.send("intake", EVT, "case.filed.bankruptcy", data, data.case_id)
    name = f"{data.case_id}.tax_clearance.1"
    await post.read(TAX, bus.inbox(TAX), 1)
    await post.report(TAX, e.AssignmentDelivered(assignment_id=name))
    said = await post.read("metrics", service_queue("metrics"), 3)
    (tmp_path / "clock").write_text((START + timedelta(days=12)).isoformat())
    first = [
        "assignment.overdue receipt", "assignment.urged 1", "assignment.urged 2",
        "assignment.urged 3", "assignment.urged 4", "assignment.urged 5", "assignment.urged 6",
        "assignment.overdue resolution",
    ]  # fmt: skip
    said = await post.read("metrics", service_queue("metrics"), len(first))
    assert sorted(short(said)) == sorted(first)
    await one.stop()
    third = await copies()
    (tmp_path / "clock").write_text((START + timedelta(days=90)).isoformat())
    said = await post.read("metrics", service_queue("metrics"), 3)
    assert short(said) == [f"case.escalated {level}" for level in ("county", "city", "conference")]
    assert [item.data["why"] for item in said] == ["overdue"] * 3
    inbox = await post.read(TAX, bus.inbox(TAX), 6)
    assert Counter(short(inbox)) == Counter(f"assignment.urged {n}" for n in range(1, 7))
    await asyncio.sleep(1)  # ten more looks at the clock
    state = (await third.engine.state(data.case_id)).state
    assert sum(fact.type == "escalated" for fact in state.history) == 3
    instruction = e.InstructionIssued.model_validate(
        {"instruction_id": instruction_id("410526", "3号"), "number": "3号", "division": "410526",
         "office": TAX, "case_id": data.case_id, "text": "速办", "issued_by": "县长",
         "issued_on": "2026-05-20", "due_on": "2026-05-29"}
    )  # fmt: skip
    await post.send("intake", EVT, "instruction.issued", instruction, instruction.instruction_id)
    async with asyncio.timeout(60):
        while not (await third.engine.state(data.case_id)).state.instructions:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

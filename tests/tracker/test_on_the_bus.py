"""The tracker on the real broker: cases and answers in, its events out."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiormq
import httpx
import pytest_asyncio
from pamqp.commands import Basic

from fuyuan_contracts.channels import EVT
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import AssignmentResolved, CaseFiled, Data, short_name
from fuyuan_contracts.ids import case_id, project_id
from services.runtime.service import Service
from services.stack.bus import Bus
from services.tracker import model as m

WAIT_SECONDS = 60
TrackerService = Service[m.Project, m.Input, m.Fact]
Ask = Callable[..., Awaitable[httpx.Response]]
Make = Callable[..., Awaitable[str]]


@pytest_asyncio.fixture
async def channels(module_bus: Bus, running: TrackerService) -> AsyncIterator[dict[str, Any]]:
    assert running
    opened = {
        name: await aiormq.connect(module_bus.url(name))
        for name in ("intake", "routing", "metrics")
    }
    yield {name: await item.channel(publisher_confirms=True) for name, item in opened.items()}
    for connection in opened.values():
        await connection.close()


async def say(channels: dict[str, Any], service: str, case: str, data: Data, number: int) -> None:
    envelope = Envelope(
        id=f"{case}.{number}",
        source=f"/services/{service}",
        type=data.TYPE,
        subject=case,
        time=datetime.now(UTC),
        sequence=number,
        correlationid=case,
        data=data.model_dump(mode="json"),
    )
    properties = Basic.Properties(delivery_mode=2, message_id=envelope.id)
    key = f"{short_name(data.TYPE)}.stalled_project"
    await channels[service].basic_publish(
        envelope.encode(), exchange=EVT, routing_key=key, properties=properties
    )


async def heard(channels: dict[str, Any], project: str, count: int) -> list[dict[str, Any]]:
    """Read the first `count` things the tracker has said about a project."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(WAIT_SECONDS):
        while len(found) < count:
            message = await channels["metrics"].basic_get("q.metrics", no_ack=True)
            if not isinstance(message.delivery, Basic.GetOk):
                await asyncio.sleep(0.02)
                continue
            body = json.loads(message.body)
            if body["subject"] == project:
                found.append(body)
    return found


def filed(case: str, name: str) -> CaseFiled:
    return CaseFiled.model_validate(
        {
            "case_id": case,
            "kind": "stalled_project",
            "filer": "court.410527",
            "reference": name,
            "title": "某小区停工案",
            "division": "410527",
            "lane": "ordinary",
            "filed_on": "2024-03-01",
            "details": {
                "kind": "stalled_project",
                "project": {"division": "410527", "name": name},
                "developer": {"name": "某置业公司"},
            },
        }
    )


def resolved(case: str, name: str) -> AssignmentResolved:
    return AssignmentResolved.model_validate(
        {
            "assignment_id": f"{case}.project_funding.1",
            "context": {
                "case_id": case,
                "kind": "stalled_project",
                "division": "410527",
                "task": "project_funding",
                "agency": "housing",
                "office": "housing.410527",
                "project": {"division": "410527", "name": name},
            },
            "outcome": {
                "task": "project_funding",
                "concluded_on": "2024-08-30",
                "source": "special_loan",
                "amount_fen": 12_000_000_000,
            },
        }
    )


async def test_money_that_is_heard_of_before_its_project_counts_once_when_that_is_known(
    channels: dict[str, Any], ask: Ask
) -> None:
    name = uuid.uuid4().hex
    case, project = case_id(b"t", "court", name), project_id("410527", name)
    for number in (7, 7):
        await say(channels, "routing", case, resolved(case, name), number)
    await asyncio.sleep(0.3)
    assert (await ask("GET", f"projects/{project}")).status_code == 404
    await say(channels, "intake", case, filed(case, name), 1)
    told = await heard(channels, project, 2)
    assert [short_name(item["type"]) for item in told] == ["project.registered", "project.funded"]
    assert told[0]["causationid"] == f"{case}.1"
    assert told[1]["data"]["total_fen"] == 12_000_000_000
    assert {item["source"] for item in told} == {"/services/tracker"}
    assert {item["correlationid"] for item in told} == {project}
    shown = (await ask("GET", f"projects/{project}")).json()
    (entry,) = shown["funding"]["entries"]
    assert entry["reference"] == f"assignment:{case}.project_funding.1"
    assert shown["cases"][0]["case_id"] == case


async def test_what_people_enter_leaves_in_order_once(
    make: Make, ask: Ask, channels: dict[str, Any]
) -> None:
    project = await make()
    loan = {"source": "special_loan", "amount_fen": 5, "on": "2024-04-01"}
    entries = [
        ("meetings", {"meeting": "study", "on": "2024-03-07", "decisions": ["一楼一策"]}),
        ("funding", {"reference": "r", **loan}),
        ("funding", {"reference": "r", **loan}),
        ("disputes", {"reference": "d", "count": 5, "on": datetime.now(UTC).date().isoformat()}),
        ("stage", {"to": "funded", "on": "2024-04-02"}),
    ]
    for path, body in entries:
        assert (await ask("POST", f"projects/{project}/{path}", json=body)).status_code == 200
    told = await heard(channels, project, 6)
    assert [short_name(item["type"]) for item in told] == [
        "project.registered", "meeting.held", "project.stage_changed", "project.funded",
        "project.risk_raised", "project.stage_changed",
    ]  # fmt: skip
    assert [item["sequence"] for item in told] == [1, 2, 3, 4, 6, 7]  # 5 is kept here: disputes

"""An instruction's day passes: said once, with several copies, on a clock that jumps."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiormq
import httpx
import pytest_asyncio
from pamqp.commands import Basic

from fuyuan_contracts.events import short_name
from fuyuan_contracts.ids import instruction_id
from services.liaison.app import build
from services.liaison.settings import LiaisonSettings
from services.runtime.service import Service
from services.stack.bus import Bus
from tests.liaison.conftest import WAIT_SECONDS, LiaisonService, Routing
from tests.support.rooms import Ask, asking, quick

Heard = Callable[[str, int], Awaitable[list[dict[str, Any]]]]
BODY: dict[str, Any] = {
    "office": "tax.410526", "text": "限期办结", "issued_by": "市长", "issued_on": "2024-03-01",
    "due_on": "2024-03-15",
}  # fmt: skip
START = datetime(2024, 3, 1, 2, tzinfo=UTC)


@dataclass
class Jumping:
    """The business clock of a data set, which a test puts forward."""

    file: Path
    at: datetime = START

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if isinstance(value, datetime):
            draft = self.file.with_suffix(".new")
            draft.write_text(value.isoformat())
            draft.replace(self.file)


@pytest_asyncio.fixture
async def copies(
    mongo_url: str, module_bus: Bus, routing: Routing, tmp_path: Path
) -> AsyncIterator[tuple[list[LiaisonService], Jumping]]:
    """Two copies of the service on one database, both looking at days all the time."""
    clock = Jumping(tmp_path / "clock")
    settings = LiaisonSettings(
        amqp_url=module_bus.url("liaison"), tick_seconds=0.05, clock_file=clock.file,
        **quick(mongo_url),
    )  # fmt: skip
    made = [Service(build(settings, httpx.MockTransport(routing.answer)), settings) for _ in "ab"]
    for copy in made:
        await copy.start()
    yield made, clock
    await made[0].client.drop_database(made[0].db.name)
    for copy in made:
        await copy.stop()


@pytest_asyncio.fixture
async def heard(module_bus: Bus) -> AsyncIterator[Heard]:
    """Read what metrics is sent about a subject, until there is so much of it."""
    connection = await aiormq.connect(module_bus.url("metrics"))
    channel = await connection.channel()
    found: list[dict[str, Any]] = []

    async def read(subject: str, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(WAIT_SECONDS):
            while len(mine := [item for item in found if item["subject"] == subject]) < count:
                message = await channel.basic_get("q.metrics", no_ack=True)
                if isinstance(message.delivery, Basic.GetOk):
                    found.append(json.loads(message.body))
                else:
                    await asyncio.sleep(0.02)
        return mine

    yield read
    await connection.close()


def client(copy: LiaisonService) -> Ask:
    return asking(copy.app, role="liaison", division="410500")


async def test_it_is_said_once_with_two_copies_after_a_jump_and_a_restart(
    copies: tuple[list[LiaisonService], Jumping], heard: Heard
) -> None:
    (one, other), clock = copies
    issued = await client(one)("POST", "instructions", json=BODY | {"number": "超"})
    assert issued.status_code == 201, issued.text
    id_ = issued.json()["instruction_id"]
    clock.at = datetime(2024, 3, 15, 10, tzinfo=UTC)  # 18:00 there: its day ends now
    await asyncio.sleep(0.5)
    shown = (await client(other)("GET", f"instructions/{id_}")).json()
    assert (shown["state"]["code"], shown["overdue_at"]) == ("open", None)
    clock.at += timedelta(days=40)
    told = await heard(id_, 2)
    assert [short_name(item["type"]) for item in told] == [
        "instruction.issued", "instruction.overdue"
    ]  # fmt: skip
    assert told[1]["data"]["due_on"] == "2024-03-15"
    for copy in (one, other):  # nothing more is said, whoever looks
        assert (await client(copy)("GET", f"instructions/{id_}")).json()["overdue_at"]
    done = {"result": "办结", "closed_on": "2024-03-10"}
    answers = await asyncio.gather(
        *(client(copy)("POST", f"instructions/{id_}/close", json=done) for copy in (one, other))
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    told = await heard(id_, 3)
    assert told[2]["data"]["in_time"] is False
    # 1 issued, 2 to the inbox, 3 overdue, 4 closed
    assert [item["sequence"] for item in told] == [1, 3, 4]
    commits = await one.engine.commits.load([id_])
    facts = [
        fact["type"] for item in commits[id_] for d in item["decisions"] for fact in d["facts"]
    ]
    assert facts.count("instruction_overdue") == 1


async def test_one_closed_late_was_overdue_whether_or_not_the_timer_came_by(
    copies: tuple[list[LiaisonService], Jumping], heard: Heard, module_bus: Bus
) -> None:
    (one, _), clock = copies
    said = BODY | {"number": "迟", "issued_on": "2024-03-01", "due_on": "2024-03-01"}
    clock.at = datetime(2024, 3, 1, 9, 59, tzinfo=UTC)
    assert (await client(one)("POST", "instructions", json=said)).status_code == 201
    clock.at += timedelta(minutes=2)
    done = {"result": "办结", "closed_on": "2024-03-01"}
    id_ = instruction_id("410500", "迟")
    closed = await client(one)("POST", f"instructions/{id_}/close", json=done)
    assert closed.json()["in_time"] is False
    told = await heard(id_, 3)
    assert [short_name(item["type"]) for item in told] == [
        "instruction.issued", "instruction.overdue", "instruction.closed"
    ]  # fmt: skip
    connection = await aiormq.connect(module_bus.url("tax.410526"))
    channel = await connection.channel()
    inbox = module_bus.inbox("tax.410526")
    mine: list[dict[str, Any]] = []
    while not mine:
        message = await channel.basic_get(inbox, no_ack=True)
        body = json.loads(message.body)
        mine = [body] if body["subject"] == id_ else []
    await connection.close()
    assert mine[0]["type"] == "cn.fuyuan.instruction.issued.v1"
    assert mine[0]["data"] == told[0]["data"]

"""Copies of routing on the real broker: a new version and a new office reach them as they run."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from fuyuan_contracts import events as e
from services.routing.app import build
from services.runtime import inlet, service
from services.runtime.service import Service
from services.stack.bus import Bus
from tests.routing.test_service import Post, filed
from tests.support.rooms import Ask, asking

TAX, NEW = "tax.410526", "tax.410527"
TWO_SECONDS = 2
Running = Service[Any, Any, Any]


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 30) -> None:
    for _ in range(round(seconds / 0.05)):
        if await holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("not in time")


@pytest_asyncio.fixture
async def copies(
    bus: Bus,
    settings_for: Callable[..., Any],
    deploy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Running, Running]]:
    """Run two copies on one database, with the offices that this bus has."""
    monkeypatch.setattr(service, "SOURCES_SECONDS", 0.5)
    monkeypatch.setattr(inlet, "RETRY_SECONDS", 0.2)
    data = yaml.safe_load((deploy / "offices.yaml").read_text("utf-8"))
    data["offices"] = [item for item in data["offices"] if item["id"] != NEW]
    for office in data["offices"]:
        office["receives"] = office["id"] in bus.offices
    offices = tmp_path / "offices.yaml"
    offices.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    settings = settings_for(
        amqp_url=bus.url("routing"), offices_file=offices, redeliver_seconds=0.5, tick_seconds=0.1
    )
    one, other = (Service(build(settings), settings) for _ in range(2))
    for copy in (one, other):
        await copy.start()
    yield one, other
    await one.client.drop_database(one.db.name)
    for copy in (one, other):
        await copy.stop()


@pytest_asyncio.fixture
async def post(bus: Bus) -> AsyncIterator[Post]:
    made = Post(bus)
    yield made
    await made.close()


def desk(copy: Running) -> Ask:
    return asking(copy.app, role="liaison", division="410500")


async def version(copy: Running) -> int:
    return int((await desk(copy)("GET", "rules")).json()["version"])


async def send(post: Post, data: e.CaseFiled) -> str:
    await post.send("intake", "evt", "case.filed.bankruptcy", data, data.case_id)
    return data.case_id


async def test_a_rule_changed_through_one_copy_decides_in_the_other(
    bus: Bus, post: Post, copies: tuple[Running, Running]
) -> None:
    one, other = copies
    rule = (await desk(one)("GET", "rules")).json()["rules"][0] | {"agency": "housing"}
    body = {"rule": rule, "why": "改由住建承办", "base_version": 1}
    answer = await desk(one)("PUT", "rules/bankruptcy-tax", json=body)
    assert answer.json()["version"] == 2

    async def followed() -> bool:
        return await version(other) == 2

    await until(followed, TWO_SECONDS)
    await one.bus.pause()  # now only the other copy reads
    case = await send(post, filed("rule"))
    (issued,) = await post.read("housing.410500", bus.inbox("housing.410500"), 1)
    assert issued.data["case_id"] == case
    state = (await other.engine.state(case)).state
    (place,) = state.assignments.values()
    assert (place.issue.rule, place.issue.rules_version) == ("bankruptcy-tax", 2)


async def test_a_new_office_is_given_assignments_and_heard_without_a_restart(
    bus: Bus,
    post: Post,
    copies: tuple[Running, Running],
) -> None:
    one, other = copies

    async def ready() -> bool:
        return all(all(copy.watch.checks.values()) for copy in copies)

    await until(ready)
    connections = [copy.bus.links[""]._consuming for copy in copies]
    body = {"id": NEW, "why": "内黄县税务局加入"}
    assert (await desk(one)("POST", "offices", json=body)).status_code == 201
    unready: list[bool] = []

    async def waited_for() -> bool:  # its queue is not there yet: nothing else suffers by it
        unready.append(not await ready())
        return all(len(copy.watch._awaited) == 1 for copy in copies)

    await until(waited_for)
    assert [copy.bus.links[""]._consuming for copy in copies] == connections
    case = await send(post, filed("office").model_copy(update={"division": "410527"}))
    away = await send(post, filed("another"))
    (issued,) = await post.read(TAX, bus.inbox(TAX), 1)
    assert issued.data["case_id"] == away
    await Bus.declare(bus.servers, bus.secrets, bus.vhost, (*bus.offices, NEW))
    (issued,) = await post.read(NEW, bus.inbox(NEW), 1)  # issued again until it arrives
    name = issued.data["assignment_id"]
    assert name == f"{case}.tax_clearance.1"
    await post.report(NEW, e.AssignmentReceived(assignment_id=name))

    async def heard() -> bool:
        unready.append(not await ready())
        shown = (await other.engine.state(case)).state.assignments[name]
        return bool(shown.state == "received")

    await until(heard)
    assert not any(unready)

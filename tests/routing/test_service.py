"""Routing as a running service on the real broker: filings in, assignments and reports through."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiormq
import pytest_asyncio
import yaml
from pamqp.commands import Basic

from fuyuan_contracts import events as e
from fuyuan_contracts.channels import EVT, office_out_exchange, office_out_queue, service_queue
from fuyuan_contracts.envelope import CONTENT_TYPE, Envelope, decode
from fuyuan_contracts.ids import case_id, event_id
from services.routing.app import build
from services.runtime.service import Service
from services.stack.bus import Bus
from tests.support.rooms import asking

TAX, CITY = "tax.410526", "tax.410500"


class Post:
    """Sends and reads as anybody on the bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._channels: dict[str, Any] = {}
        self._connections: list[Any] = []
        self._numbers: dict[tuple[str, str], int] = {}

    async def send(self, user: str, exchange: str, key: str, data: e.Data, subject: str) -> None:
        source = f"/offices/{user}" if "." in user else f"/services/{user}"
        number = self._numbers[source, subject] = self._numbers.get((source, subject), 0) + 1
        envelope = Envelope(
            id=event_id(source, subject, number), source=source, type=data.TYPE, subject=subject,
            time="2026-03-02T01:00:00Z", sequence=number,
            data=data.model_dump(mode="json", exclude_none=True),
        )  # fmt: skip
        properties = Basic.Properties(
            content_type=CONTENT_TYPE, delivery_mode=2, message_id=envelope.id
        )
        channel = await self._channel(user)
        await channel.basic_publish(
            envelope.encode(), exchange=exchange, routing_key=key, properties=properties
        )

    async def report(self, office: str, data: e.AssignmentReport) -> None:
        await self.send(office, office_out_exchange(office), "", data, data.assignment_id)

    async def read(self, user: str, queue: str, count: int) -> list[Envelope]:
        """Take exactly `count` messages, waiting for them up to 10 s."""
        channel = await self._channel(user)
        found: list[Envelope] = []
        async with asyncio.timeout(60):
            while len(found) < count:
                got = await channel.basic_get(queue, no_ack=True)
                if isinstance(got.delivery, Basic.GetOk):
                    found.append(decode(got.body))
                else:
                    await asyncio.sleep(0.02)
        return found

    async def _channel(self, user: str) -> Any:
        if user not in self._channels:
            url = self._bus.url(user) if user else self._bus.admin_url
            connection = await aiormq.connect(url)
            self._connections.append(connection)
            self._channels[user] = await connection.channel()
        return self._channels[user]

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()


def filed(reference: str, **details: Any) -> e.CaseFiled:
    return e.CaseFiled.model_validate(
        {
            "case_id": case_id(b"test", "court.410526", reference),
            "kind": "bankruptcy",
            "filer": "court.410526",
            "reference": reference,
            "title": "某公司破产清算",
            "division": "410526",
            "lane": "green",
            "filed_on": "2026-03-02",
            "details": {
                "kind": "bankruptcy",
                "debtor": {"name": "滑县某公司"},
                "procedure": "liquidation",
                "needs": ["tax_clearance"],
                **details,
            },
        }
    )


@pytest_asyncio.fixture
async def post(bus: Bus) -> AsyncIterator[Post]:
    made = Post(bus)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def run(
    bus: Bus, settings_for: Callable[..., Any], deploy: Path, tmp_path: Path
) -> AsyncIterator[Callable[..., Any]]:
    """Start routing with the three offices this bus has; keywords change the settings."""
    data = yaml.safe_load((deploy / "offices.yaml").read_text("utf-8"))
    for office in data["offices"]:
        office["receives"] = office["id"] in bus.offices
    offices = tmp_path / "offices.yaml"
    offices.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    started: list[Service[Any, Any, Any]] = []

    async def go(**changes: Any) -> Service[Any, Any, Any]:
        settings = settings_for(amqp_url=bus.url("routing"), offices_file=offices, **changes)
        service = Service(build(settings), settings)
        started.append(service)
        await service.start()
        return service

    yield go
    for service in started:
        await service.client.drop_database(service.db.name)
        await service.stop()


async def _file(post: Post, data: e.CaseFiled) -> str:
    await post.send("intake", EVT, "case.filed.bankruptcy", data, data.case_id)
    return f"{data.case_id}.tax_clearance.1"


async def test_a_case_goes_from_filing_to_its_end_over_the_bus(
    bus: Bus, post: Post, run: Any
) -> None:
    await run()
    name = await _file(post, filed("1"))
    (issued,) = await post.read(TAX, bus.inbox(TAX), 1)
    assert issued.data["assignment_id"] == name
    outcome = {"task": "tax_clearance", "concluded_on": "2026-03-02", "owed_fen": 7}
    for data in (
        e.AssignmentDelivered(assignment_id=name),
        e.AssignmentResolved.model_validate({"assignment_id": name, "outcome": outcome}),
    ):
        await post.report(TAX, data)
    said = await post.read("metrics", service_queue("metrics"), 5)
    assert [e.short_name(item.type) for item in said] == [
        "case.filed", "case.routed", "assignment.delivered", "assignment.resolved", "case.closed",
    ]  # fmt: skip
    assert said[3].data["context"]["office"] == TAX
    routing = [item for item in said if item.source == "/services/routing"]
    assert [item.sequence for item in routing] == [2, 4, 5, 6]
    assert {item.correlationid for item in routing} == {name.split(".")[0]}


async def test_an_undelivered_assignment_is_issued_again_with_the_same_id(
    bus: Bus, post: Post, run: Any
) -> None:
    await run(redeliver_seconds=0.2, redeliver_times=2, tick_seconds=0.1)
    name = await _file(post, filed("2"))
    found = await post.read(TAX, bus.inbox(TAX), 3)
    assert [item.data["assignment_id"] for item in found] == [name] * 3
    assert len({item.id for item in found}) == 3
    said = await post.read("metrics", service_queue("metrics"), 3)
    assert (e.short_name(said[-1].type), said[-1].data["why"]) == ("case.escalated", "undelivered")


async def test_an_office_that_speaks_for_another_is_told_so_and_changes_nothing(
    bus: Bus, post: Post, run: Any
) -> None:
    service = await run()
    name = await _file(post, filed("3"))
    await post.read(TAX, bus.inbox(TAX), 1)
    await post.report(CITY, e.AssignmentDelivered(assignment_id=name))
    (answer,) = await post.read(CITY, bus.inbox(CITY), 1)
    assert e.short_name(answer.type) == "assignment.refused"
    assert answer.data["error"] == f"{name} is not an assignment of {CITY}"
    assert "context" not in answer.data
    state = (await service.engine.state(name.split(".")[0])).state
    assert state.assignments[name].state == "issued"
    assert state.history[-1].office == CITY


async def test_what_an_office_says_wrongly_is_answered_and_a_number_goes_no_further(
    bus: Bus, post: Post, run: Any
) -> None:
    service = await run()
    name = await _file(post, filed("8"))
    await post.read(TAX, bus.inbox(TAX), 1)
    phone, never = "微信wx13812345678", name.replace("clearance.1", "clearance.7")
    said: list[tuple[Any, str]] = [
        (e.AssignmentProgressed(assignment_id=name, note=f"已联系{phone}"), "note"),
        (e.AssignmentReceived(assignment_id=name, by=phone), "by"),
        (e.AssignmentReturned.model_construct(assignment_id=name, reason=""), "reason"),
        (e.AssignmentDelivered(assignment_id=never), "assignment_id"),
    ]
    for data, _ in said:
        await post.report(TAX, data)
    await post.report(TAX, e.AssignmentDelivered(assignment_id=name))
    answers = await post.read(TAX, bus.inbox(TAX), len(said))
    assert {item.type for item in answers} == {e.AssignmentRefused.TYPE}
    assert sorted(item.data["field"] for item in answers) == sorted(field for _, field in said)
    told = await post.read("metrics", service_queue("metrics"), 3)
    assert e.short_name(told[-1].type) == "assignment.delivered"
    state = (await service.engine.state(name.split(".")[0])).state
    assert state.refused == {TAX: len(said)}
    spoken = "".join(item.encode().decode() for item in (*answers, *told))
    assert "13812345678" not in spoken + repr(state)


async def test_a_withdrawal_that_overtakes_its_filing_comes_again_and_recalls(
    bus: Bus, post: Post, run: Any
) -> None:
    await run()
    data = filed("4")
    said = {"case_id": data.case_id, "kind": "bankruptcy", "division": data.division,
            "filer": data.filer, "reason": "和解", "withdrawn_on": "2026-03-02"}  # fmt: skip
    withdrawn = e.CaseWithdrawn.model_validate(said)
    await post.send("intake", EVT, "case.withdrawn.bankruptcy", withdrawn, data.case_id)
    name = await _file(post, data)
    issued, recalled = await post.read(TAX, bus.inbox(TAX), 2)
    assert (issued.data["assignment_id"], recalled.data["assignment_id"]) == (name, name)
    assert (e.short_name(recalled.type), recalled.data["why"]) == (
        "assignment.recalled", "withdrawn",
    )  # fmt: skip
    found = await post.read("metrics", service_queue("metrics"), 5)
    assert [e.short_name(item.type) for item in found] == [
        "case.withdrawn", "case.filed", "case.routed", "assignment.recalled", "case.closed",
    ]  # fmt: skip


async def test_like_cases_reach_the_offices_at_work_and_a_link_reaches_the_other_case(
    bus: Bus, post: Post, run: Any
) -> None:
    service = await run(cluster_seconds=0.1)
    names = [(await _file(post, filed(str(number)))).split(".")[0] for number in (5, 6, 7)]
    inbox = await post.read(TAX, bus.inbox(TAX), 6)
    told = [item.data for item in inbox if e.short_name(item.type) == "case.clustered"]
    assert sorted(item["case_id"] for item in told) == sorted(names)
    for item in told:
        (cluster,) = item["clusters"]
        assert (cluster["size"], cluster["what"], cluster["alike"]) == (3, "滑县某公司", "party")
        assert {*cluster["cases"]} == {*names} - {item["case_id"]}
        assert item["assignment_ids"] == [f"{item['case_id']}.tax_clearance.1"]
    ask = asking(service.app, role="filer", office="court.410526")
    body = {"other": names[1], "relation": "same_matter", "reason": "同一破产程序"}
    await ask("POST", f"cases/{names[0]}/links", json=body)
    async with asyncio.timeout(60):
        while not (links := (await service.engine.state(names[1])).state.links):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert [(item.other, item.side) for item in links] == [(names[0], "to")]
    heard = [item.data for item in await post.read(TAX, bus.inbox(TAX), 2)]
    assert {(item["case_id"], item["other"]) for item in heard} == {
        (names[0], names[1]), (names[1], names[0]),
    }  # fmt: skip
    assert not any("by" in item for item in heard)
    said = await post.read("metrics", service_queue("metrics"), 11)
    assert sorted(e.short_name(item.type) for item in said) == sorted(
        ["case.filed", "case.routed", "case.clustered"] * 3 + ["case.linked"] * 2
    )


async def test_each_queue_routing_is_sent_to_is_read(bus: Bus, run: Any) -> None:
    service = await run()
    queues = {source.queue for source in await service.room.sources()}
    assert queues == {service_queue("routing"), *(office_out_queue(name) for name in bus.offices)}

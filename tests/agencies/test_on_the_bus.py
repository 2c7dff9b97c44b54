"""The service on the real broker: from an office's inbox to its own exchange, as its own user."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiormq
import pytest
import pytest_asyncio
from pamqp.commands import Basic

from fuyuan_contracts.channels import INBOX, office_out_queue
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import (
    AssignmentIssued,
    AssignmentProgressed,
    AssignmentRecalled,
    CaseClustered,
    Data,
)
from services.agencies import model as m
from services.runtime.streams import Work
from services.stack.bus import Bus

OFFICES = ("tax.410500", "tax.410526")
AUTO = Path(__file__).parents[2] / "deploy/samples/policy-auto.yaml"
CODE = {"debtor": {"name": "某公司", "credit_code": "91410500MA40A2B3XF"}}
WAIT_SECONDS = 60

Issuing = Callable[..., Awaitable[None]]
Reports = Callable[[str, int], Awaitable[list[dict[str, Any]]]]


@pytest_asyncio.fixture(scope="module")
async def running(module_bus: Bus, settings_of: Any, run_service: Any) -> AsyncIterator[Any]:
    addresses = {name: (module_bus.url(name), module_bus.inbox(name)) for name in OFFICES}
    async with run_service(settings_of(addresses, policy_file=AUTO)) as service:
        yield service


@pytest_asyncio.fixture
async def channel(module_bus: Bus, running: Any) -> AsyncIterator[Any]:
    assert running
    connection = await aiormq.connect(module_bus.url("routing"))
    yield await connection.channel(publisher_confirms=True)
    await connection.close()


@pytest.fixture
def issue(channel: Any) -> Issuing:
    """Issue an assignment to an inbox, as routing does."""

    async def send(data: Data, sequence: int, inbox: str = "", case: str = "") -> None:
        if isinstance(data, AssignmentIssued):
            inbox, case = inbox or data.office, data.case_id
        envelope = Envelope(
            id=f"{case}.{sequence}",
            source="/services/routing",
            type=data.TYPE,
            subject=case,
            time=datetime(2026, 3, 5, 10, tzinfo=UTC),
            sequence=sequence,
            correlationid=case,
            data=data.model_dump(mode="json"),
        )
        properties = Basic.Properties(delivery_mode=2, message_id=envelope.id)
        await channel.basic_publish(
            envelope.encode(), exchange=INBOX, routing_key=inbox, properties=properties
        )

    return send


@pytest.fixture
def reports(channel: Any) -> Reports:
    """Read exactly `count` reports of an office, as routing does."""

    async def read(office: str, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(WAIT_SECONDS):
            while len(found) < count:
                message = await channel.basic_get(office_out_queue(office), no_ack=True)
                if isinstance(message.delivery, Basic.GetOk):
                    found.append(json.loads(message.body))
                else:
                    await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        more = await channel.basic_get(office_out_queue(office), no_ack=True)
        assert not isinstance(more.delivery, Basic.GetOk), "nothing more is said"
        return found

    return read


def names(reports: list[dict[str, Any]]) -> list[str]:
    return [report["type"].split(".")[-2] for report in reports]


async def test_a_declared_policy_answers_an_assignment_to_its_end(
    issued: Any, issue: Issuing, reports: Reports
) -> None:
    data = issued(reference="bus-1", **CODE)
    await issue(data, 2)
    said = await reports("tax.410526", 4)
    assert names(said) == ["delivered", "received", "accepted", "resolved"]
    assert [report["sequence"] for report in said] == [1, 2, 3, 4]
    assert {report["source"] for report in said} == {"/offices/tax.410526"}
    assert {report["subject"] for report in said} == {data.assignment_id}
    assert {report["correlationid"] for report in said} == {data.case_id}
    assert {report["causationid"] for report in said} == {f"{data.case_id}.2"}
    assert said[-1]["data"]["outcome"]["owed_fen"] == 1250000


async def test_the_same_event_again_says_nothing_and_a_new_issue_says_delivered_again(
    issued: Any, issue: Issuing, reports: Reports
) -> None:
    data = issued(reference="bus-2", **CODE)
    for sequence in (2, 2, 3):
        await issue(data, sequence)
    said = await reports("tax.410526", 5)
    assert names(said) == ["delivered", "received", "accepted", "resolved", "delivered"]
    assert len({report["id"] for report in said}) == 5


async def test_each_office_answers_through_its_own_exchange(
    issued: Any, issue: Issuing, reports: Reports
) -> None:
    await issue(issued(office="tax.410500", reference="bus-3"), 1)
    await issue(issued(office="tax.410526", reference="bus-4"), 1)
    for office in OFFICES:
        (said,) = await reports(office, 1)
        assert said["source"] == f"/offices/{office}"


async def test_what_is_not_for_an_inbox_is_kept_and_its_neighbours_go_on(
    running: Any, channel: Any, issued: Any, issue: Issuing, reports: Reports
) -> None:
    await issue(issued(office="tax.410500", reference="bus-5"), 1, inbox="tax.410526")
    await channel.basic_publish(b"no json", exchange=INBOX, routing_key="tax.410526")
    await issue(issued(reference="bus-6"), 1)
    assert names(await reports("tax.410526", 1)) == ["delivered"]
    kept = await running.commits.failed.find({}).to_list(None)
    assert sorted(item["reason"] for item in kept) == ["not_json", "refused"]


async def test_what_the_service_cannot_process_is_told_to_routing_and_starts_anew_once_repaired(
    running: Any, issued: Any, issue: Issuing, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = issued(reference="bus-7")

    def broken(*_: object) -> None:
        msg = "a bug"
        raise KeyError(msg)

    with monkeypatch.context() as patch:
        patch.setattr("services.agencies.rules.findings", broken)
        await issue(data, 1)
        (failed,) = await reports("tax.410526", 1)
    assert names([failed]) == ["failed"]
    assert "a bug" in failed["data"]["error"]
    await issue(data, 1)
    assert names(await reports("tax.410526", 1)) == ["delivered"]
    assert (await running.engine.state(data.assignment_id)).state.stage is m.Stage.DELIVERED


async def test_an_officers_act_leaves_as_the_office(
    running: Any, issued: Any, issue: Issuing, reports: Reports
) -> None:
    data = issued(reference="bus-8")
    await issue(data, 1)
    await reports("tax.410526", 1)
    act = m.Progress("tax.410526", "王", "已调取")
    await running.engine.submit(Work(data.assignment_id, act, by="k1"))
    said = await reports("tax.410526", 3)
    assert names(said) == ["received", "accepted", "progressed"]
    assert said[-1]["type"] == AssignmentProgressed.TYPE
    assert said[-1]["data"] == {"assignment_id": data.assignment_id, "by": "王", "note": "已调取"}


async def test_news_of_a_case_reaches_each_of_the_offices_assignments_of_it(
    running: Any, issued: Any, issue: Issuing, reports: Reports
) -> None:
    one, two = (issued(task, reference="bus-9") for task in ("tax_clearance", "tax_relief"))
    case, ids = one.case_id, [one.assignment_id, two.assignment_id]
    cluster = {
        "alike": "party", "what": "某公司", "size": 3, "window_days": 30, "since": "2026-02-20",
    }  # fmt: skip
    about = {"case_id": case, "kind": "bankruptcy", "division": "410526"}
    news = CaseClustered.model_validate(about | {"clusters": [cluster], "assignment_ids": ids})
    recall = AssignmentRecalled(assignment_id=ids[0], why="withdrawn", reason="申请人撤回")
    for number, data in enumerate((news, one, two, recall), 1):  # the news comes first
        await issue(data, number, inbox="tax.410526", case=case)
    await reports("tax.410526", 2)

    async def states() -> list[m.Assignment]:
        return [(await running.engine.state(id_)).state for id_ in ids]

    found = await states()
    for _ in range(WAIT_SECONDS * 20):
        if found[0].recalled:
            break
        await asyncio.sleep(0.05)
        found = await states()
    assert [item.stage for item in found] == [m.Stage.RECALLED, m.Stage.DELIVERED]
    assert [[alike["size"] for alike in item.clusters] for item in found] == [[3], [3]]

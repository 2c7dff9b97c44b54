"""The room as it runs, on the real broker and database."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiormq
import httpx
import pytest
import pytest_asyncio

from fuyuan_contracts import events as e
from fuyuan_contracts.channels import EVT
from fuyuan_contracts.envelope import CONTENT_TYPE, Envelope
from services.metrics.app import build
from services.metrics.settings import MetricsSettings
from services.runtime.service import Service
from services.stack.bus import Bus
from tests.support.rooms import Ask, bearer, quick, running

CASE, OTHER = "c" + "a" * 24, "c" + "b" * 24
PROJECT = "p" + "a" * 16
T0 = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return T0 + timedelta(minutes=number)


def events(case: str, division: str) -> list[tuple[str, datetime, dict[str, Any], str]]:
    """What intake and routing say of a case from filing to closing."""
    id_, office = f"{case}.tax_clearance.1", f"tax.{division}"
    where = {"case_id": case, "kind": "bankruptcy", "division": division}
    about = {"assignment_id": id_, "context": where | {
        "task": "tax_clearance", "agency": "tax", "office": office}}  # fmt: skip
    issued = {
        "assignment_id": id_, "task": "tax_clearance", "agency": "tax", "office": office,
        "rule": "r", "rules_version": 1, "reason": "r",
        "receipt_due": minutes(60).isoformat(), "resolution_due": minutes(600).isoformat(),
    }  # fmt: skip
    filed = where | {
        "filer": "court.410500", "reference": case, "title": "某案", "lane": "green",
        "filed_on": "2024-03-04",
        "details": {"kind": "bankruptcy", "debtor": {"name": "某公司"}, "procedure": "liquidation",
                    "needs": ["tax_clearance"]},
    }  # fmt: skip
    outcome = {"task": "tax_clearance", "concluded_on": "2024-03-04", "owed_fen": 5}
    return [
        (e.CaseFiled.TYPE, T0, filed, "/services/intake"),
        (e.CaseRouted.TYPE, minutes(1), where | {"assignments": [issued]}, "/services/routing"),
        (e.AssignmentDelivered.TYPE, minutes(1.5), about, "/services/routing"),
        (e.AssignmentReceived.TYPE, minutes(31), about, "/services/routing"),
        (e.AssignmentResolved.TYPE, minutes(301), about | {"outcome": outcome},
         "/services/routing"),
        (e.CaseClosed.TYPE, minutes(301), where | {"concluded_on": "2024-03-04"},
         "/services/routing"),
    ]  # fmt: skip


def envelopes() -> list[Envelope]:
    """Two cases, the second one not far; a message parked; a project."""
    listed = [(CASE, *item) for item in events(CASE, "410526")]
    listed += [(OTHER, *item) for item in events(OTHER, "410527")[:2]]
    parked = {"parked_id": "m1", "queue": "q.routing", "reason": "poison"}
    listed.append(("m1", e.MessageParked.TYPE, T0, parked, "/services/parking"))
    project = {"project_id": PROJECT, "division": "410527", "name": "某小区"}
    listed.append((PROJECT, e.ProjectRegistered.TYPE, T0, project, "/services/tracker"))
    return [
        Envelope(
            id=f"e{n}", source=source, type=type_, subject=subject, time=time, sequence=n, data=data
        )
        for n, (subject, type_, time, data, source) in enumerate(listed, 1)
    ]


@pytest_asyncio.fixture(scope="module", params=["pymongo", "motor"])
async def service(
    module_bus: Bus, mongo_url: str, request: pytest.FixtureRequest
) -> AsyncIterator[Service[Any, Any, Any]]:
    settings = MetricsSettings(
        amqp_url=module_bus.url("metrics"),
        mongo_driver=request.param,
        refresh_seconds=0.05,
        **quick(mongo_url),
    )
    async with running(build(settings), settings) as service:
        yield service


@pytest_asyncio.fixture(scope="module")
async def ask(service: Service[Any, Any, Any]) -> AsyncIterator[Ask]:
    """Send a request as somebody."""
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://metrics") as client:

        async def send(path: str, role: str | None = "operator", **claims: Any) -> httpx.Response:
            return await client.get(path, headers=bearer(role, **claims))

        yield send


@pytest_asyncio.fixture(scope="module", autouse=True)
async def _heard(module_bus: Bus, service: Service[Any, Any, Any]) -> None:
    """Say everything twice, in no order, with a stranger among it; wait until it is counted."""
    said = [*envelopes(), *envelopes()]
    random.Random(5).shuffle(said)
    connection = await aiormq.connect(module_bus.url("routing"))
    channel = await connection.channel(publisher_confirms=True)
    for body, id_, key in [
        *((item.encode(), item.id, e.short_name(item.type)) for item in said),
        (b"no json", "x", "case.filed.bankruptcy"),
    ]:
        properties = aiormq.spec.Basic.Properties(
            content_type=CONTENT_TYPE, message_id=id_, delivery_mode=2
        )
        await channel.basic_publish(body, exchange=EVT, routing_key=key, properties=properties)
    await connection.close()
    async with asyncio.timeout(60):
        while True:
            if await noted(service) == len(envelopes()):
                break
            await asyncio.sleep(0.05)


async def noted(service: Service[Any, Any, Any]) -> int:
    """Count the events that are noted and listed."""
    revs = {item["_id"]: item["rev"] for item in await service.db["cases"].find({}).to_list(None)}
    commits = await service.commits.commits.find({}).to_list(None)
    listed = [item for item in commits if item["rev"] <= revs.get(item["subject"], 0)]
    return sum(len(item["decisions"]) for item in listed)


async def test_the_summary_tells_what_happened_once(ask: Ask) -> None:
    found = (await ask("/v1/summary?period=2024-01..2024-06&by=office")).json()
    (mine, other) = found["rows"]
    assert (mine["key"], other["key"]) == ("tax.410526", "tax.410527")
    assert mine["cases"] == {
        "filed": 1, "routed": 1, "unroutable": 0, "escalated": 0, "closed": 1, "closed_done": 1,
        "closed_concluded": 0, "closed_withdrawn": 0, "open": 0,
    }  # fmt: skip
    assert mine["assignments"]["resolved_on_time"] == 1
    assert other["assignments"]["open"] == 1
    assert mine["seconds"]["delivery"] == {"n": 1, "mean": 30.0, "median": 30.0, "p90": 30.0}
    assert mine["seconds"]["receipt"]["median"] == 1800
    assert mine["seconds"]["resolution"]["p90"] == 18_000
    assert found["totals"]["rates"]["closed"] == {
        "share": 0.5, "numerator": 1, "denominator": 2,
    }  # fmt: skip
    assert found["totals"]["parked"] == 1
    assert set(found["definitions"]["cases.filed"]) == {"zh", "en"}
    assert found["cohort"]["period"] == {"begin": "2024-01-01", "end": "2024-06-30"}


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["tax"]),
        ("by=division", ["410526", "410527"]),
        ("by=division&division=410500", ["410526", "410527"]),
        ("by=division&division=410527", ["410527"]),
        ("by=kind", ["bankruptcy"]),
        ("by=kind&kind=stalled_project", []),
        ("period=2024-03-05", []),
        ("by=agency&division=410600", []),
    ],
)
async def test_a_summary_is_of_what_is_asked_for(ask: Ask, query: str, keys: list[str]) -> None:
    answer = await ask(f"/v1/summary?{query}")
    assert answer.status_code == 200
    assert [row["key"] for row in answer.json()["rows"]] == keys


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=", "period"),
        ("period=2024-06..2024-01", "period"),
        ("period=lately", "period"),
        (f"period={'2024' * 20}", "period"),
        ("by=filer", "by"),
        ("division=anyang", "division"),
        ("kind=divorce", "kind"),
        ("lang=fr", "lang"),
    ],
)
async def test_what_cannot_be_asked_is_a_422_that_names_the_field(
    ask: Ask, query: str, field: str
) -> None:
    answer = await ask(f"/v1/summary?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("claims", "keys"),
    [
        ({"role": "liaison", "division": "410500"}, ["410526", "410527"]),
        ({"role": "liaison", "division": "410527"}, ["410527"]),
        ({"role": "liaison", "division": "410600"}, []),
        ({"role": "officer", "office": "tax.410526"}, ["410526"]),
        ({"role": "officer", "office": "housing.410526"}, []),
    ],
)
async def test_a_caller_sees_its_own_part(
    ask: Ask, claims: dict[str, str], keys: list[str]
) -> None:
    found = (await ask("/v1/summary?by=division", **claims)).json()
    assert [row["key"] for row in found["rows"]] == keys
    assert found["totals"]["cases"]["filed"] == len(keys)
    assert found["totals"]["assignments"]["issued"] == len(keys)
    assert ("parked" in found["totals"]) == (claims["role"] == "liaison")


@pytest.mark.parametrize(
    ("path", "claims", "status"),
    [
        ("/v1/summary", {"role": None}, 401),
        ("/v1/summary", {"role": "filer", "office": "court.410500"}, 403),
        ("/v1/summary?division=410526", {"role": "liaison", "division": "410527"}, 403),
        ("/v1/summary?division=410500", {"role": "liaison", "division": "410527"}, 403),
        (f"/v1/cases/{CASE}/facts", {"role": "officer", "office": "tax.410526"}, 403),
        (f"/v1/cases/{CASE}/facts", {"role": "liaison", "division": "410527"}, 404),
        (f"/v1/cases/{'c' + 'z' * 24}/facts", {"role": "operator"}, 404),
        ("/v1/cases/no-id/facts", {"role": "operator"}, 422),
        (f"/v1/cases/{PROJECT}/facts", {"role": "operator"}, 422),
    ],
)
async def test_who_may_not_see_is_told_no_more_than_that(
    ask: Ask, path: str, claims: dict[str, Any], status: int
) -> None:
    assert (await ask(path, **claims)).status_code == status


@pytest.mark.parametrize("claims", [
    {"role": "operator"}, {"role": "liaison", "division": "410526"},
    {"role": "liaison", "division": "410500"},
])  # fmt: skip
async def test_the_facts_of_a_case_are_shown(ask: Ask, claims: dict[str, str]) -> None:
    found = (await ask(f"/v1/cases/{CASE}/facts", **claims)).json()
    assert (found["case_id"], found["concluded_on"]) == (CASE, "2024-03-04")
    (assignment,) = found["assignments"]
    assert assignment["received_at"].startswith("2024-03-04T01:31:00")
    assert assignment["result"] == "done"


async def test_prometheus_reads_the_same_figures(ask: Ask) -> None:
    wanted = {
        'fuyuan_cases_filed_total{kind="bankruptcy",lane="green"} 2.0',
        'fuyuan_cases_closed_total{kind="bankruptcy"} 1.0',
        'fuyuan_assignments_open{agency="tax"} 1.0',
        'fuyuan_assignment_delivery_seconds_bucket{agency="tax",le="30.0"} 1.0',
        'fuyuan_assignment_delivery_seconds_bucket{agency="tax",le="10.0"} 0.0',
        'fuyuan_messages_parked{reason="poison"} 1.0',
        "fuyuan_unsent_age_seconds 0.0",
    }
    lines: set[str] = set()
    deadline = asyncio.get_running_loop().time() + 15
    while not wanted <= lines and asyncio.get_running_loop().time() < deadline:
        lines = set((await ask("/metrics", role=None)).text.splitlines())
        await asyncio.sleep(0.1)  # they are computed now and then
    assert wanted <= lines
    assert not any(CASE in line or "m1" in line for line in lines)

"""The room as it runs, a routing that says what a test has put into it, and people who ask."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.app import build
from services.liaison.settings import LiaisonSettings
from services.runtime.service import Service
from services.stack.bus import Bus
from tests.support.rooms import Ask, asking, quick, running

WAIT_SECONDS = 60
CASE = "c" + "a" * 24
Json = dict[str, Any]
LiaisonService = Service[m.State, m.Input, f.Fact]
Until = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


def lawsuit(case_id: str, defendant: str = "tax.410526", **more: Any) -> Json:
    """A lawsuit as routing shows it, lost where nothing else is said."""
    return {
        "case_id": case_id, "kind": "administrative_lawsuit", "assignments": [],
        "conclusion": {"kind": "administrative_lawsuit", "verdict": "lost"},
        "details": {"kind": "administrative_lawsuit", "defendant": defendant},
    } | more  # fmt: skip


@dataclass
class Routing:
    """What routing answers: everybody sees the cases put into it."""

    cases: dict[str, Json] = field(default_factory=dict)
    risen: list[Json] = field(default_factory=list)
    away: bool = False
    tokens: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away", request=request)
        self.tokens.append(request.headers["authorization"])
        path = request.url.path
        if path == "/v1/offices":
            offices = ("tax.410526", "tax.410500", "housing.410527", "court.410526")
            return httpx.Response(
                200,
                json={
                    "divisions": [{"code": code} for code in ("410500", "410526", "410527")],
                    "offices": [
                        {"id": name, "receives": name != "court.410526"} for name in offices
                    ],
                },
            )
        if path == "/v1/agenda":
            return httpx.Response(200, json={"items": self.risen, "next": None})
        if path == "/v1/cases":
            assert dict(request.url.params)["verdict"] == "lost"
            lost = [
                {"case_id": id_, "number": id_[:5], "title": "某案", "division": "410526"}
                for id_, case in self.cases.items()
                if (case["conclusion"] or {}).get("verdict") == "lost"
            ]
            return httpx.Response(200, json={"cases": lost, "next": None})
        found = self.cases.get(path.removeprefix("/v1/cases/"))
        return httpx.Response(200, json=found) if found else httpx.Response(404, json={})


@pytest.fixture(scope="module")
def routing() -> Routing:
    assigned = {"assignment_id": f"{CASE}.tax_clearance.1"}
    case = {"case_id": CASE, "kind": "bankruptcy", "conclusion": None, "assignments": [assigned]}
    return Routing({CASE: case})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(mongo_url: str, module_bus: Bus, routing: Routing) -> AsyncIterator[LiaisonService]:
    settings = LiaisonSettings(
        amqp_url=module_bus.url("liaison"), tick_seconds=0.1, **quick(mongo_url)
    )
    built = build(settings, httpx.MockTransport(routing.answer))
    async with running(built, settings) as service:
        yield service


@pytest.fixture
def ask(room: LiaisonService) -> Ask:
    """Send a request as somebody, the city's liaison officer where nothing is said."""
    return asking(room.app, role="liaison", division="410500")


@pytest.fixture
def until() -> Until:
    """Wait for the list, which lags."""

    async def wait(holds: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                if await holds():
                    return
                await asyncio.sleep(0.02)

    return wait

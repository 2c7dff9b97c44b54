"""A rulebook, filings, and the service on the real database."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.routing.app import build as build_room
from services.routing.evolving import evolve
from services.routing.facts import Fact
from services.routing.loading import build, read_offices, read_rules
from services.routing.model import Case, File, Input, Report, Tick
from services.routing.rulebook import Filing, Rulebook, Timing
from services.routing.rules import decide
from services.routing.settings import RoutingSettings
from services.runtime.service import Service
from tests.support.rooms import Ask, asking, quick, running

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="session")
def deploy() -> Path:
    return DEPLOY


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return build(read_rules(DEPLOY / "routing.yaml"), read_offices(DEPLOY / "offices.yaml"), 1)


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def filing() -> Callable[..., Filing]:
    base = Filing(
        kind="bankruptcy",
        division="410526",
        lane="ordinary",
        needs=("tax_clearance",),
        details={
            "kind": "bankruptcy",
            "debtor": {"name": "滑县某某有限公司"},
            "procedure": "reorganisation",
            "needs": ["tax_clearance"],
        },
        filer="court.410526",
        reference="（2026）豫0526破1号",
        title="某某公司破产重整",
        filed_on=date(2026, 3, 2),
    )

    def make(**changes: Any) -> Filing:
        made = replace(base, **changes)
        return replace(made, details={**made.details, "needs": list(made.needs)})

    return make


CASE = "c" + "a" * 24


class World:
    """A case and a clock."""

    def __init__(self, book: Rulebook, filing: Filing, now: datetime) -> None:
        self.book, self.now = book, now
        self.state = Case(CASE)
        self.facts: list[Fact] = []
        self.do(File(filing, book))

    def do(self, input_: Any, later: timedelta = timedelta(minutes=1)) -> list[Fact]:
        self.now += later
        facts = list(decide(self.state, input_, self.now))
        for fact in facts:
            self.state = evolve(self.state, fact)
        self.facts += facts
        return facts

    def say(self, act: Any, task: str, round_: int = 1, **parts: Any) -> list[Fact]:
        name = f"{CASE}.{task}.{round_}"
        known = self.state.assignments.get(name)
        parts.setdefault("office", known.issue.office if known else "tax.410526")
        if act == "resolved":
            outcome = {"task": task, "concluded_on": "2026-03-02", "result": "done"}
            parts.setdefault("outcome", outcome)
        if act in ("returned", "progressed", "failed", "requested"):
            parts.setdefault("text", "因为")
        return self.do(Report(act=act, assignment_id=name, rulebook=self.book, **parts))

    def tick(self, later: timedelta) -> list[Fact]:
        return self.do(Tick(Timing()), later)


@pytest.fixture(scope="session")
def begin(book: Rulebook, now: datetime) -> Callable[[Filing], World]:
    """Begin a case with a filing."""
    return lambda filing: World(book, filing, now)


RoutingService = Service[Case, Input, Fact]


@pytest.fixture(scope="session")
def settings_for(mongo_url: str) -> Callable[..., RoutingSettings]:
    """Settings of a service on the real database; keywords change them."""

    def make(**changes: Any) -> RoutingSettings:
        base: dict[str, Any] = {
            "amqp_url": "amqp://routing:secret@127.0.0.1:1/",  # away
            "rules_file": DEPLOY / "routing.yaml",
            "offices_file": DEPLOY / "offices.yaml",
            **quick(mongo_url),
        }
        return RoutingSettings(**(base | changes))

    return make


@pytest_asyncio.fixture(scope="session")
async def routing(settings_for: Callable[..., RoutingSettings]) -> AsyncIterator[RoutingService]:
    """Run routing on the real database, while the broker is away."""
    settings = settings_for()
    async with running(build_room(settings), settings) as service:
        yield service


@pytest.fixture
def ask(routing: RoutingService) -> Ask:
    """Send a request as somebody, an operator where nothing is said."""
    return asking(routing.app, role="operator", division="410500")

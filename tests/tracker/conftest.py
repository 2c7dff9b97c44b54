"""What the tracker's tests share: a day, a project of the report, and ways to decide."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio

from fuyuan_contracts.ids import case_id, project_id
from services.runtime.service import Service
from services.runtime.streams import Work
from services.stack.bus import Bus
from services.tracker import model as m
from services.tracker.app import build
from services.tracker.rules import decide, evolve
from services.tracker.settings import TrackerSettings
from tests.support.rooms import Ask, asking, quick
from tests.support.rooms import running as run

NOW = datetime(2024, 9, 6, 2, 0, tzinfo=UTC)
"""10:00 in Anyang, a Friday."""
CASE = "c" + "a" * 24
OTHER_CASE = "c" + "b" * 24
NAME = "锦绣家园"
PROJECT = project_id("410527", NAME)

WAIT_SECONDS = 60

Play = Callable[..., m.Project]
TrackerService = Service[m.Project, m.Input, m.Fact]
Make = Callable[..., Awaitable[str]]
Until = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


def play_(state: m.Project, inputs: Iterable[m.Input], now: datetime) -> m.Project:
    for given in inputs:
        for fact in decide(state, given, now):
            state = evolve(state, fact)
    return state


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def new() -> m.Project:
    """A project nobody has filed yet."""
    return m.Project(PROJECT)


@pytest.fixture
def link() -> m.Link:
    about = m.About(developer="某置业公司", stalled_since=date(2014, 3, 1))
    return m.Link(CASE, "stalled_project", "410527", NAME, about)


@pytest.fixture
def play(new: m.Project, link: m.Link) -> Play:
    """Decide on inputs one after the other, from a registered project on."""

    def play(*inputs: m.Input, now: datetime = NOW, state: m.Project | None = None) -> m.Project:
        return play_(state or play_(new, [link], now), inputs, now)

    return play


@pytest.fixture
def to_stage(play: Play) -> Callable[[m.Stage], m.Project]:
    """Give a project in a stage, with money in the ledger from `funded` on."""
    steps: Sequence[tuple[m.Stage, Sequence[m.Input]]] = (
        (m.Stage.REGISTERED, ()),
        (m.Stage.STUDYING, (m.Move(m.Stage.STUDYING, date(2024, 3, 1), "来访反映"),)),
        (
            m.Stage.FUNDED,
            (
                m.Fund("贷-1", m.Funder.SPECIAL_LOAN, 12_000_000_000, date(2024, 4, 1)),
                m.Move(m.Stage.FUNDED, date(2024, 4, 2)),
            ),
        ),
        (m.Stage.RESUMED, (m.Move(m.Stage.RESUMED, date(2024, 5, 6)),)),
        (m.Stage.DELIVERED, (m.Move(m.Stage.DELIVERED, date(2024, 8, 30)),)),
    )

    def to_stage(wanted: m.Stage) -> m.Project:
        state = play()
        for stage, inputs in steps:
            state = play(*inputs, state=state)
            if stage is wanted:
                break
        assert state.stage is wanted
        return state

    return to_stage


@pytest_asyncio.fixture(scope="module")
async def running(module_bus: Bus, mongo_url: str) -> AsyncIterator[TrackerService]:
    settings = TrackerSettings(
        amqp_url=module_bus.url("tracker"),
        risk_threshold=5,
        **quick(mongo_url),
    )
    async with run(build(settings), settings) as service:
        yield service


@pytest.fixture
def ask(running: TrackerService) -> Ask:
    """Send a request as somebody, an officer of the city's housing office where nothing is said."""
    return asking(running.app, role="officer", office="housing.410500")


@pytest.fixture
def make(running: TrackerService) -> Make:
    """Open the file of a fresh project; gives its id."""

    async def open_(division: str = "410527") -> str:
        name = uuid.uuid4().hex
        about = m.About(developer="某置业公司", stalled_since=date(2014, 3, 1))
        link = m.Link(case_id(b"t", "x", name), "stalled_project", division, name, about)
        project = project_id(division, name)
        await running.engine.submit(Work(project, link))
        return project

    return open_


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

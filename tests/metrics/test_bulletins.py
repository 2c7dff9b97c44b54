"""Bulletins over HTTP on the real database: drafted, published, corrected, restated, verified."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from fuyuan_contracts.ids import case_id
from services.metrics import facts as f
from services.metrics.app import build
from services.metrics.settings import MetricsSettings
from services.runtime.service import Service
from services.runtime.streams import Work
from tests.support.rooms import Ask, asking, quick, running

PERIOD = "period=2024-01..2024-06"
CITY, COUNTY = "410500", "410526"


def at(on: date, hour: int = 1) -> datetime:
    return datetime(on.year, on.month, on.day, hour, tzinfo=UTC)


def lawsuit(
    name: str, filed: date, ended: date | None = None, verdict: str = "won", **more: Any
) -> list[tuple[str, f.Heard]]:
    """A first-instance lawsuit against the tax office of a county, concluded or not yet."""
    id_, division = case_id(b"t", "court", name), more.get("division", COUNTY)
    court = more.get("court", f"court.{division}")
    details = {"court": court, "instance": more.get("instance", "first"),
               "defendant": f"tax.{division}", "cause": "penalty"}  # fmt: skip
    where = ("administrative_lawsuit", division)
    facts: list[tuple[str, f.Heard]] = [
        (id_, f.Filed(*where, "ordinary", filed, at(filed), court, details))
    ]
    if ended:
        said = {"verdict": verdict, "head_appeared": more.get("head", True)}
        facts.append((id_, f.Closed(*where, ended, at(ended), "concluded", said)))
    return facts


def assigned(name: str, office: str, on: date, days: float) -> list[tuple[str, f.Heard]]:
    """A bankruptcy's task, resolved after so many days of the ten it may take."""
    id_ = case_id(b"t", "court", name)
    division = office.split(".")[1]
    given = f"{id_}.tax_clearance.1"
    about = f.About("bankruptcy", division, "tax_clearance", "tax", office)
    due, done = at(on) + timedelta(days=10), at(on) + timedelta(days=days)
    issued = f.Issued(given, "tax_clearance", "tax", office, at(on) + timedelta(days=1), due)
    late: list[tuple[str, f.Heard]] = (
        [(id_, f.Overdue(given, "resolution", due, due, about))] if days > 10 else []
    )
    return [
        (id_, f.Filed("bankruptcy", division, "green", on, at(on))),
        (id_, f.Routed("bankruptcy", division, (issued,), at(on))),
        *late,
        (id_, f.Resolved(given, done.date(), "done", done, about, {"owed_fen": 1})),
    ]


def record() -> list[tuple[str, f.Heard]]:
    """Two half-years of lawsuits, fewer in the second; offices, a project, meetings."""
    facts: list[tuple[str, f.Heard]] = []
    for number in range(6):
        facts += lawsuit(f"then{number}", date(2023, 9, 1), date(2023, 11, 1),
                         "lost" if number < 2 else "won")  # fmt: skip
    for number in range(5):
        facts += lawsuit(f"now{number}", date(2024, 2, 1), date(2024, 5, 1 + number),
                         "lost" if number < 1 else "won", head=number < 4)  # fmt: skip
    facts += lawsuit("intermediate", date(2024, 3, 1), court="court.410500", instance="second")
    for number in range(20):
        facts += assigned(f"many{number}", "tax.410526", date(2024, 4, 1), 12 if number < 2 else 5)
    facts += assigned("one", "tax.410527", date(2024, 4, 1), 1)
    project = "p" + "a" * 16
    registered = f.Registered("410527", "某小区", at(date(2024, 1, 8)), date(2013, 12, 1))
    facts.append((project, registered))
    facts.append((project, f.Funded("410527", "1", "special_loan", 12_000_000_000,
                                    date(2024, 3, 1), at(date(2024, 3, 1)))))  # fmt: skip
    meeting, on = "m" + "a" * 24, date(2024, 6, 3)
    facts.append((meeting, f.Recorded(CITY, "loss_review", on, at(on), 9, 1)))
    owner = (CITY, "tax.410500")
    facts.append(("i" + "a" * 24, f.Instructed(*owner, on, date(2024, 6, 20), at(on))))
    return facts


@pytest_asyncio.fixture(scope="module", params=["pymongo", "motor"])
async def service(
    mongo_url: str, request: pytest.FixtureRequest
) -> AsyncIterator[Service[Any, Any, Any]]:
    settings = MetricsSettings(mongo_driver=request.param, **quick(mongo_url))
    room = replace(build(settings), sources=no_queues)
    async with running(room, settings) as service:
        await noted(service, record())
        yield service


async def no_queues() -> list[Any]:
    return []


async def noted(service: Service[Any, Any, Any], facts: list[tuple[str, f.Heard]]) -> None:
    await service.engine.submit_many([Work(id_, fact) for id_, fact in facts])
    await service.engine.projector.flush()


@pytest.fixture
def ask(service: Service[Any, Any, Any]) -> Ask:
    return asking(service.app, role="liaison", division=CITY)


def figures(page: dict[str, Any]) -> dict[str, Any]:
    return {item["id"]: item for section in page["sections"] for item in section["figures"]}


def tables(page: dict[str, Any]) -> dict[str, Any]:
    return {item["id"]: item for section in page["sections"] for item in section["tables"]}


async def drafted(ask: Ask, query: str = PERIOD) -> dict[str, Any]:
    answer = await ask("GET", f"/bulletin?{query}")
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_a_draft_has_every_figure_of_the_period(ask: Ask) -> None:
    found = figures(await drafted(ask))
    exact = {name: figure["exact"] for name, figure in found.items()}
    assert exact | {
        "lawsuits.filed": "5/1", "lawsuits.lost": "1/1", "lawsuits.loss_rate": "1/5",
        "heads.rate": "4/5", "lawsuits.intermediate": "1/1", "projects.longest_stall": "10/1",
        "projects.special_loans": "12000000000/1", "meetings.loss_review": "1/1",
        "instructions.issued": "1/1", "offices.resolved_on_time_rate": "19/21",
        "deadlines.overdue_resolution": "2/1",
    } == exact  # fmt: skip
    assert found["lawsuits.loss_rate"]["shown"] == "20.0%"
    assert found["projects.special_loans"]["shown"] == "12000"
    assert found["lawsuits.filed"]["cases"] == 5

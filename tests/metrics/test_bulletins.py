"""Bulletins over HTTP on the real database: drafted, published, corrected, restated, verified."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from fuyuan_contracts.ids import case_id
from services.metrics import facts as f
from services.metrics.app import build
from services.metrics.catalogue.counting import STREAMS
from services.metrics.periods import parse
from services.metrics.settings import MetricsSettings
from services.metrics.windows import cube, matching, window
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


@pytest_asyncio.fixture(scope="module")
async def service(mongo_url: str) -> AsyncIterator[Service[Any, Any, Any]]:
    settings = MetricsSettings(**quick(mongo_url))
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


async def test_it_says_what_declined_and_what_nothing_is_known_of(ask: Ask) -> None:
    page = await drafted(ask)
    (section,) = (item for item in page["sections"] if item["id"] == "lawsuits")
    filed = figures(page)["lawsuits.filed"]
    before, year_before = filed["comparisons"]
    assert (before["with"], before["shown"], before["change"]) == ("before", "6", "-1")
    assert (year_before["with"], year_before["value"], year_before["shown"]) == (
        "year_before", None, None,
    )  # fmt: skip
    assert [said["zh"] for said in section["says"]] == [
        "与上期相比：发案量、败诉率均下降，实现“双下降”。",
        "与上年同期相比：系统内无可比数据，不作判断。",
    ]
    assert "2023-09-01" in filed["note"]["zh"]


async def test_its_tables_are_in_words_and_an_office_with_one_case_is_not_ranked(ask: Ask) -> None:
    found = tables(await drafted(ask))
    many, one = found["ranking"]["rows"]
    assert (many[0], many[1]["zh"], many[6]) == (1, "滑县税务局", "90.0%")
    assert (one[0], one[1]["zh"], one[6]) == (None, "内黄县税务局", "100.0%")
    assert "威尔逊" in found["ranking"]["note"]["zh"]
    assert found["heads"]["rows"] == [
        [
            {"zh": "税务局", "en": "Tax Bureau"},
            {"zh": "2024年第二季度", "en": "2024 Q2"},
            5,
            4,
            "80.0%",
        ]
    ]
    (project,) = found["stalled"]["rows"]
    assert (project[0], project[3], project[4], project[7]) == ("某小区", "2013-12-01", 10, "12000")


async def test_a_county_counts_only_itself(ask: Ask) -> None:
    query = f"{PERIOD}&division={COUNTY}"
    found = figures(await drafted(ask, query))
    assert found["offices.issued"]["value"] == 20
    assert "lawsuits.intermediate" not in found


async def test_the_cases_behind_a_figure_are_shown_page_by_page(ask: Ask) -> None:
    path = f"/bulletin/figures/lawsuits.filed/cases?{PERIOD}&limit=2"
    seen: list[str] = []
    page = (await ask("GET", path)).json()
    while True:
        seen += [case["case_id"] for case in page["cases"]]
        if page["next"] is None:
            break
        page = (await ask("GET", f"{path}&cursor={page['next']}")).json()
    assert seen == sorted(case_id(b"t", "court", f"now{number}") for number in range(5))
    assert (page["total"], page["figure"]["exact"]) == (5, "5/1")
    (lost,) = (await ask("GET", f"/bulletin/figures/lawsuits.loss_rate/cases?{PERIOD}")).json()[
        "cases"
    ]
    assert lost == {"case_id": case_id(b"t", "court", "now0"), "what": "case",
                    "date": "2024-05-01", "office": f"tax.{COUNTY}", "adds": 1}  # fmt: skip
    mine = f"/bulletin/figures/offices.resolved_on_time/cases?{PERIOD}&office=tax.410527"
    assert (await ask("GET", mine)).json()["total"] == 1


async def test_what_is_published_stays_until_it_is_restated(
    ask: Ask, service: Service[Any, Any, Any]
) -> None:
    body = {"period": "2023-09..2023-12", "division": CITY}
    rehearsed = await ask("POST", "/bulletins?dry_run=true", json=body)
    assert (rehearsed.status_code, rehearsed.json()["would_publish"]) == (200, True)
    assert (await ask("GET", "/bulletins")).json()["bulletins"] == []
    first = await ask("POST", "/bulletins", json=body)
    assert first.status_code == 201, first.text
    lost = figures(first.json())["lawsuits.lost"]
    ids = sorted(case_id(b"t", "court", f"then{number}") for number in range(2))
    assert lost["digest"] == hashlib.sha256("\n".join(ids).encode()).hexdigest()
    assert (lost["cases"], first.json()["edition"]) == (2, 1)
    again = await ask("POST", "/bulletins", json=body)
    assert (again.status_code, again.json()) == (200, first.json())

    await noted(service, lawsuit("late", date(2023, 10, 9), date(2023, 12, 1), "lost"))
    id_ = first.json()["id"]
    assert (await ask("GET", f"/bulletins/{id_}")).json() == first.json()
    verified = (await ask("GET", f"/bulletins/{id_}/verify")).json()
    found = {item["figure"]: item for item in verified["differences"]}
    assert (verified["same"], verified["checked"]) == (False, len(figures(first.json())))
    assert (found["lawsuits.lost"]["was"], found["lawsuits.lost"]["now"]) == ("2", "3")
    assert "meetings.liaison" not in found

    refused = await ask("POST", "/bulletins", json=body)
    assert refused.status_code == 409
    listed = {error["field"]: error["message"] for error in refused.json()["errors"]}
    assert listed.keys() == found.keys()
    assert listed["lawsuits.lost"] == "was 2, is 3 now (cases: 2, now 3)"
    restated = await ask("POST", "/bulletins", json=body | {"restate": "一件判决迟报"})
    assert restated.status_code == 201
    page = restated.json()
    figure = figures(page)["lawsuits.lost"]
    assert (page["state"], page["edition"], page["restates"]) == ("restated", 2, id_)
    assert page["published"]["why"] == "一件判决迟报"
    assert (figure["shown"], figure["restated"]["shown"]) == ("3", "2")
    assert (await ask("GET", f"/bulletins/{page['id']}/verify")).json()["same"] is True
    old = (await ask("GET", f"/bulletins/{id_}")).json()
    assert (old["restated_by"], figures(old)["lawsuits.lost"]["shown"]) == (page["id"], "2")
    (row,) = (await ask("GET", "/bulletins")).json()["bulletins"]
    assert (row["id"], row["state"]) == (page["id"], "restated")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/bulletin?period=", "period"),
        ("/bulletin", "period"),
        ("/bulletin?period=2024-06..2024-01", "period"),
        ("/bulletin?period=2199-01", "period"),
        ("/bulletin?period=0001", "period"),
        (f"/bulletin?{PERIOD}&division=410199", "division"),
        (f"/bulletin?{PERIOD}&definitions=99", "definitions"),
        (f"/bulletin/figures/divorces/cases?{PERIOD}", "figure"),
        ("/bulletin/figures/lawsuits.filed/cases", "period"),
        (f"/bulletin/figures/credit.lifted/cases?{PERIOD}&office=tax.410526", "office"),
        ("/bulletins/now", "id"),
        ("/bulletins/410500:2024-01@x", "id"),
        ("/scorecard?year=2199", "year"),
        ("/scorecard?year=2024&office=post.410526", "office"),
    ],
)
async def test_what_cannot_be_asked_is_a_422_that_names_the_field(
    ask: Ask, path: str, field: str
) -> None:
    answer = await ask("GET", path, role="operator", division=None)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"period": "2024-06..2024-01"}, 422, "period"),
        ({"period": "2099"}, 422, "period"),
        ({"period": "2026-01..2199-12"}, 422, "period"),
        ({"period": "2024", "division": "410199"}, 422, "division"),
        ({"period": "2024", "definitions": 99}, 422, "definitions"),
        ({"period": "2022", "restate": "未曾发布"}, 422, "restate"),
        ({"period": "2024", "why": "?"}, 422, "why"),
        ({"period": "2024", "division": "410526"}, 403, "division"),
    ],
)
async def test_what_cannot_be_published_leaves_nothing_behind(
    ask: Ask, service: Service[Any, Any, Any], body: dict[str, Any], status: int, field: str
) -> None:
    before = await service.commits.subjects()
    who: dict[str, Any] = {"role": "operator"} if status == 422 else {"division": "410527"}
    answer = await ask("POST", "/bulletins", json=body, **who)
    assert answer.status_code == status
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await service.commits.subjects() == before


@pytest.mark.parametrize(
    ("path", "claims", "status"),
    [
        (f"/bulletin?{PERIOD}", {"role": "officer", "office": "tax.410526"}, 403),
        (f"/bulletin?{PERIOD}", {"role": "filer", "office": "court.410526"}, 403),
        (f"/bulletin?{PERIOD}", {"role": None}, 401),
        (f"/bulletin?{PERIOD}&division={CITY}", {"division": COUNTY}, 403),
        (f"/bulletin?{PERIOD}", {"division": COUNTY}, 200),
        (f"/bulletin?{PERIOD}", {"role": "operator", "division": None}, 200),
        ("/bulletins/410500:1999-01", {}, 404),
        ("/scorecard?year=2024&office=tax.410500", {"division": COUNTY}, 403),
        ("/bulletin/figures", {"role": "officer", "office": "tax.410526"}, 403),
    ],
)
async def test_who_may_read_what(ask: Ask, path: str, claims: dict[str, Any], status: int) -> None:
    assert (await ask("GET", path, **claims)).status_code == status


async def test_the_scorecard_opens_its_cases(ask: Ask) -> None:
    page = (await ask("GET", f"/scorecard?year=2024&division={COUNTY}")).json()
    (office,) = page["offices"]
    parts = {part["id"]: part for part in office["components"]}
    assert (office["office"], office["rank"], page["weights_version"]) == ("tax.410526", 1, 1)
    assert (parts["resolution"]["numerator"], parts["resolution"]["denominator"]) == (18, 20)
    assert (parts["lawsuits"]["numerator"], parts["lawsuits"]["counted"]) == (4, 1)
    assert parts["debts"]["points"] is None
    assert sum(part["weighs"] or 0 for part in parts.values()) == pytest.approx(100, abs=0.1)
    for part in parts.values():
        opened = await ask("GET", part["cases"]["counted"].removeprefix("/v1"))
        assert (opened.status_code, opened.json()["total"]) == (200, part["counted"])


async def test_nothing_is_counted_while_something_was_counted_otherwise(
    ask: Ask, service: Service[Any, Any, Any]
) -> None:
    case = case_id(b"t", "court", "now0")
    await service.db["cases"].update_one({"_id": case}, {"$set": {"defined": 0}})
    assert (await ask("GET", f"/bulletin?{PERIOD}")).status_code == 503
    await service.db["cases"].update_one({"_id": case}, {"$set": {"defined": 1}})
    assert (await ask("GET", f"/bulletin?{PERIOD}")).status_code == 200


@pytest.mark.parametrize("stream", sorted(STREAMS))
async def test_no_figure_scans_the_collection(service: Service[Any, Any, Any], stream: str) -> None:
    """Each of its questions goes through the index, over no more documents than it finds."""
    days = window(CITY, parse("2024-04"))
    keys, sums = STREAMS[stream].keys, STREAMS[stream].sums
    summed = {"aggregate": "cases", "pipeline": cube(days, stream, keys, sums), "cursor": {}}
    found = {"find": "cases", "filter": matching(days, stream), "projection": {"_id": 1}}
    for question in (summed, found):
        explained = await service.db.command("explain", question, verbosity="executionStats")
        plan = str(explained)
        assert "COLLSCAN" not in plan
        assert "'indexName': 'entries'" in plan
        stats = (
            explained.get("executionStats") or explained["stages"][0]["$cursor"]["executionStats"]
        )
        assert stats["totalDocsExamined"] == stats["nReturned"]
    assert await service.db["cases"].count_documents({}) > 30

"""What rooms read from their lists for /metrics is what the lists hold."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest_asyncio

from services.parking import store as of_parking
from services.parking.exposition import Waiting
from services.routing import store as of_routing
from services.routing.exposition import families, waiting
from services.runtime.mongo import Database, close_client, database, open_client
from services.tracker import store as of_tracker
from services.tracker.exposition import InStage
from services.tracker.exposition import families as of_projects

NOW = datetime(2024, 10, 8, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def db(mongo_url: str, db_name: str) -> AsyncIterator[Database]:
    client = open_client(mongo_url)
    yield database(client, db_name)
    await close_client(client)


def values(families: Any) -> dict[str, dict[str, float]]:
    return {
        family.name: {"/".join(item.labels.values()): item.value for item in family.samples}
        for family in families
    }


async def test_parked_messages_are_counted_by_queue_and_reason(db: Database) -> None:
    await db[of_parking.VIEW].create_indexes(of_parking.INDEXES[of_parking.VIEW])
    rows = [("parked", "q.a", "x"), ("parked", "q.a", "x"), ("parked", "q.b", "y")]
    rows += [("replayed", "q.a", "x")]
    await db[of_parking.VIEW].insert_many(
        [{"state": state, "queue": queue, "reason": reason} for state, queue, reason in rows]
    )
    found = await of_parking.Store(db).waiting()
    assert found == [Waiting("q.a", "x", 2), Waiting("q.b", "y", 1)]


async def test_projects_are_added_up_by_stage(db: Database) -> None:
    store = of_tracker.Store(db)
    today = date(2024, 10, 8)
    assert (
        sum(values(of_projects(await store.overview(today), today))["fuyuan_projects"].values())
        == 0
    )

    def project(stage: str, since: str | None, risk: str | None, loan: int) -> dict[str, Any]:
        money = {"government": 1, "owners": 0, "special_loan": loan}
        return {
            "stage": stage,
            "stage_since": since,
            "risk_until": risk,
            "disputes": 3,
            "by_source": money,
        }

    await db[of_tracker.VIEW].insert_many(
        [
            project("studying", "2024-09-08", "2024-10-07", 5),
            project("studying", "2024-10-01", "2024-10-08", 7),
            project("delivered", None, None, 0),
        ]
    )
    found = await store.overview(today)
    assert found.stages == {
        "studying": InStage(2, 6, date(2024, 9, 8)),
        "delivered": InStage(1, 3, None),
    }
    shown = values(of_projects(found, today))
    assert shown["fuyuan_projects"] == {
        "registered": 0, "studying": 2, "funded": 0, "resumed": 0, "delivered": 1,
    }  # fmt: skip
    assert shown["fuyuan_project_longest_days"] == {"studying": 30}
    assert shown["fuyuan_projects_at_risk"] == {"": 1}
    assert shown["fuyuan_project_funding_fen"] == {"government": 3, "owners": 0, "special_loan": 12}


async def test_what_waits_with_the_liaison_offices_is_counted_by_indexes(db: Database) -> None:
    cases = db[of_routing.VIEW]
    await cases.create_indexes(list(of_routing.INDEXES[of_routing.VIEW]))
    nothing = values(families(await waiting(cases), NOW))
    assert nothing["fuyuan_desk_cases"] == {"": 0}
    assert nothing["fuyuan_risen_tasks"] == {"county": 0, "city": 0, "conference": 0}
    await cases.insert_many(
        [
            {"desk_since": NOW - 2 * HOUR, "next_due": NOW + HOUR},
            {"desk_since": NOW - HOUR},
            {
                "agenda_due": NOW - HOUR,
                "agenda": [{"level": "county"}, {"level": "city"}],
                "next_due": NOW - timedelta(seconds=90),
            },
            {"agenda_due": NOW, "agenda": [{"level": "county"}]},
            *({"title": f"closed {number}"} for number in range(50)),
        ]
    )
    await db.command("profile", 2)
    shown = values(families(await waiting(cases), NOW))
    await db.command("profile", 0)
    assert shown == {
        "fuyuan_desk_cases": {"": 2},
        "fuyuan_desk_age_seconds": {"": 7200},
        "fuyuan_risen_tasks": {"county": 2, "city": 1, "conference": 0},
        "fuyuan_deadlines_behind_seconds": {"": 90},
    }
    looked = await db["system.profile"].find({"ns": f"{db.name}.{of_routing.VIEW}"}).to_list(None)
    assert len(looked) == 4
    assert [item["planSummary"] for item in looked if "IXSCAN" not in item["planSummary"]] == []
    assert max(item.get("docsExamined", 0) for item in looked) <= 2

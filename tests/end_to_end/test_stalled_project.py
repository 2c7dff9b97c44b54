"""A project stalled ten years (seed brief row 14): a file, money over the bus, work, delivery."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fuyuan_contracts.ids import project_id
from services.client import Client
from tests.support.world import World, fields, refusal, until

NAME, DIVISION = "十年停工小区", "410527"
LOAN_FEN = 12_000_000_000
"""120 million yuan."""
MONDAY = date(2024, 5, 20)
WEEK = [MONDAY + timedelta(days=number) for number in range(7)]
HELD = {"petition_reception": 0, "study": 3, "city_construction": 4}
PROJECT = project_id(DIVISION, NAME)


@pytest.fixture(scope="module")
def keeper(world: World) -> Client:
    """The housing office's officer, who keeps the file."""
    return world.officer(f"housing.{DIVISION}")


@pytest.fixture(scope="module")
def case(world: World) -> str:
    return world.file(world.project(NAME, DIVISION), f"court.{DIVISION}")


@pytest.fixture(scope="module")
def opened(keeper: Client, case: str) -> dict[str, Any]:
    file: dict[str, Any] = until(lambda: keeper.get("tracker", f"/v1/projects/{PROJECT}"))
    assert [item["case_id"] for item in file["cases"]] == [case]
    return file


def move(keeper: Client, to: str, on: str) -> Any:
    body = {"to": to, "on": on, "reason": "会议决定"}
    return keeper.post("tracker", f"/v1/projects/{PROJECT}/stage", body)


def test_a_case_opens_the_projects_file(opened: dict[str, Any]) -> None:
    assert (opened["name"], opened["division"]) == (NAME, DIVISION)
    assert opened["stage"]["code"] == "registered"
    assert opened["stalled_since"] == "2014-03-01"
    assert opened["days_stalled"] > 10 * 365
    assert opened["funding"]["total_fen"] == 0


@pytest.mark.usefixtures("opened")
def test_no_stage_is_skipped_and_none_entered_without_money(keeper: Client) -> None:
    for to in ("funded", "resumed", "delivered"):
        assert refusal(move, keeper, to, "2024-05-23").status == 409
    assert move(keeper, "studying", "2024-05-16")["stage"]["code"] == "studying"
    error = refusal(move, keeper, "funded", "2024-05-23")
    assert "record funding first" in error.problem["title"]


@pytest.mark.parametrize("meeting", HELD)
def test_each_meeting_is_held_on_its_own_day_of_the_week(
    keeper: Client, opened: dict[str, Any], meeting: str
) -> None:
    path = f"/v1/projects/{opened['id']}/meetings"
    for on in WEEK:
        body = {"meeting": meeting, "on": on.isoformat(), "decisions": ["一案一策"]}
        if on.weekday() == HELD[meeting]:
            held = keeper.post("tracker", path, body)["meetings"]
            assert (held[-1]["meeting"]["code"], held[-1]["on"]) == (meeting, on.isoformat())
        else:
            assert fields(refusal(keeper.post, "tracker", path, body)) == ["moved_because"]


@pytest.mark.usefixtures("opened")
def test_the_loan_arrives_exactly_and_once_through_the_bus(
    world: World, keeper: Client, case: str
) -> None:
    given = {item["task"]: item for item in world.delivered(case, 2)["assignments"]}
    assert given["project_funding"]["office"]["office"] == "finance.410527"
    assert given["project_resumption"]["office"]["office"] == f"housing.{DIVISION}"
    world.resolve(given["project_funding"], amount_fen=LOAN_FEN)
    world.resolve(given["project_funding"], amount_fen=LOAN_FEN)

    def look() -> dict[str, Any] | None:
        file = keeper.get("tracker", f"/v1/projects/{PROJECT}")
        found: dict[str, Any] = file["funding"]
        return found if found["entries"] else None

    funding = until(look)
    assert funding["total_fen"] == LOAN_FEN == 12_000_000_000
    assert funding["by_source"] == {"government": 0, "owners": 0, "special_loan": LOAN_FEN}
    (entry,) = funding["entries"]
    assert entry["reference"] == f"assignment:{given['project_funding']['assignment_id']}"
    forged = {"reference": "assignment:x", "on": "2024-05-20", "source": "owners", "amount_fen": 1}
    path = f"/v1/projects/{PROJECT}/funding"
    assert fields(refusal(keeper.post, "tracker", path, forged)) == ["reference"]


@pytest.mark.usefixtures("opened")
def test_it_goes_on_to_delivery_and_the_case_closes(
    world: World, keeper: Client, case: str
) -> None:
    stages = {"funded": "2024-05-24", "resumed": "2024-05-27", "delivered": "2024-06-03"}
    for to, on in stages.items():
        assert refusal(move, keeper, to, "2024-05-01").status == 422  # before the last move
        assert move(keeper, to, on)["stage"]["code"] == to
        assert move(keeper, to, on)["stage"]["code"] == to
    file = keeper.get("tracker", f"/v1/projects/{PROJECT}")
    assert [item["after"]["code"] for item in file["stages"]] == ["studying", *stages]
    assert file["resumed_on"] == "2024-05-27"
    assert refusal(move, keeper, "studying", "2024-06-04").status == 409
    assert world.close(case)["concluded_on"] == "2024-05-20"


@pytest.mark.usefixtures("opened")
def test_ten_disputes_in_thirty_days_warn_of_a_group_lawsuit(keeper: Client) -> None:
    path = f"/v1/projects/{PROJECT}/disputes"
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    recorded = {"起诉-1": (4, 40), "起诉-2": (5, 20), "起诉-3": (4, 10)}
    for reference, (count, ago) in recorded.items():
        on = (today - timedelta(days=ago)).isoformat()
        file = keeper.post("tracker", path, {"reference": reference, "count": count, "on": on})
        assert not file["disputes"]["warnings"]
    last = {"reference": "起诉-4", "count": 1, "on": today.isoformat()}
    for _twice in range(2):
        disputes = keeper.post("tracker", path, last)["disputes"]
        assert (disputes["total"], disputes["in_window"], disputes["at_risk"]) == (14, 10, True)
        assert [item["disputes"] for item in disputes["warnings"]] == [10]
    until(lambda: PROJECT in risky(keeper) or None)


def risky(keeper: Client) -> list[str]:
    return [item["id"] for item in keeper.get("tracker", "/v1/projects", risk=True)["projects"]]


@pytest.mark.usefixtures("opened")
def test_metrics_counts_what_became_of_the_project(world: World) -> None:
    cases = world.mongo[f"{world.prefix}metrics"]["cases"]
    wanted = {
        "funded_fen": {"special_loan": LOAN_FEN},
        "meetings": dict.fromkeys(HELD, 1),
        "stages": {"studying": "2024-05-16", "funded": "2024-05-24", "resumed": "2024-05-27",
                   "delivered": "2024-06-03"},
    }  # fmt: skip

    def look() -> bool | None:
        found = cases.find_one({"_id": PROJECT}) or {}
        same = {name: found.get(name) for name in wanted} == wanted
        return True if same and len(found.get("risks", [])) == 1 else None

    assert until(look)


@pytest.mark.usefixtures("opened")
def test_a_project_is_the_business_of_its_own_area_only(world: World) -> None:
    path = f"/v1/projects/{PROJECT}"
    assert world.officer("housing.410500").get("tracker", path)["id"] == PROJECT
    assert refusal(world.officer("housing.410502").get, "tracker", path).status == 404
    assert refusal(world.officer("tax.410527").get, "tracker", path).status == 403
    assert refusal(world.filer("court.410527").get, "tracker", path).status == 403

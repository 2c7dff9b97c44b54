"""Cases that are seeded are as the services would have them: read, folded, listed, counted."""

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Any

import pymongo
import pytest

from fuyuan_contracts.ids import case_id
from services.agencies import handlers as agencies
from services.intake import handlers as intake
from services.metrics import handlers as metrics
from services.metrics.catalogue.counting import STREAMS
from services.metrics.store import Store
from services.metrics.windows import Window
from services.notices import handlers as notices
from services.routing import handlers as routing
from services.runtime.auditing import check
from services.runtime.fold import fold
from services.runtime.mongo import close_client, database, open_client
from services.stack.bus import Bus
from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.benchmarks.contest import Place, Round, run
from tests.benchmarks.growth.asking import PAGES
from tests.benchmarks.growth.grown import NAME, Workload, grown
from tests.benchmarks.growth.moulds import Original
from tests.benchmarks.growth.originals import stored, through
from tests.benchmarks.growth.report import Asked, Results, as_json, table
from tests.benchmarks.growth.seeding import WEEKS, seed
from tests.benchmarks.growth.sizes import Size, measure
from tests.benchmarks.growth.soaking import Soak
from tests.benchmarks.ours import PREFIX, declared
from tests.benchmarks.watching import BROKER, DATABASE, PYTHON, Cost
from tests.benchmarks.workload import FILER, Json, lines
from tests.metrics.test_rolled import by_key

pytestmark = pytest.mark.bench
ORIGINALS, FIRST, CASES = 40, 150, 400
STREAM: dict[str, Any] = {
    "intake": intake.STREAM, "routing": routing.STREAM, "metrics": metrics.STREAM,
    "notices": notices.STREAM, "agency": agencies.STREAM,
}  # fmt: skip
LISTS = {"intake": "register", "notices": "listed", "agency": "tasks"}
OWN = {"_id", "rev", "rolled_in"}


@pytest.fixture(scope="module")
def place(servers: Servers, secrets: Secrets, tmp_path_factory: pytest.TempPathFactory) -> Place:
    if not servers.management_url:
        pytest.skip("this broker's management API can't be reached")
    return Place(servers, secrets, tmp_path_factory.mktemp("growth"))


@pytest.fixture(scope="module")
def bus(place: Place) -> Iterator[Bus]:
    with declared(place, NAME) as bus:
        yield bus


@pytest.fixture(scope="module")
def originals(place: Place, bus: Bus) -> list[Original]:
    """Real cases, and stores that were seeded of them in two steps."""
    with grown(place, bus) as contestant:
        cases = through(contestant, ORIGINALS)
    found = stored(place.servers.mongo_url, cases)
    for numbers in (range(FIRST), range(FIRST, CASES)):
        seed(place.servers.mongo_url, place.secrets.case_key(), found, numbers, lambda _text: None)
    return found


@pytest.fixture(scope="module")
def client(place: Place) -> Iterator["pymongo.MongoClient[Json]"]:
    with pymongo.MongoClient[Json](place.servers.mongo_url, tz_aware=True) as client:
        yield client


def services(client: "pymongo.MongoClient[Json]") -> list[tuple[str, str]]:
    """Name the stores that hold cases, and the room of each."""
    names = [name.removeprefix(PREFIX) for name in client.list_database_names()
             if name.startswith(PREFIX)]  # fmt: skip
    rooms = [(name, name.partition("_")[0]) for name in names]
    return [(name, room) for name, room in rooms if room in STREAM]


def test_histories_are_whole_and_fold_into_what_is_listed(
    originals: list[Original], client: "pymongo.MongoClient[Json]"
) -> None:
    assert len(originals) == ORIGINALS
    seen = 0
    for service, room in services(client):
        db, stream = client[PREFIX + service], STREAM[room]
        subjects: dict[str, list[Json]] = {}
        for commit in db["commits"].find().sort([("subject", 1), ("rev", 1)]):
            subjects.setdefault(commit["subject"], []).append(commit)
        listings = {item["_id"]: item for item in db[LISTS.get(room, "cases")].find()}
        for subject, commits in subjects.items():
            assert check(subject, commits) == []
            folded = fold(stream, subject, commits)
            listing = listings.pop(subject, None)
            shown = stream.view(folded.state)
            if shown is None:
                assert listing is None
                continue
            assert listing is not None, (service, subject)
            seen += 1
            assert listing["rev"] == folded.rev
            kept = {name: value for name, value in listing.items() if name not in OWN}
            assert kept == shown, (service, subject)
        assert not listings
    assert seen > 4 * CASES


@pytest.mark.usefixtures("originals")
def test_ids_are_those_that_the_services_derive(
    place: Place, client: "pymongo.MongoClient[Json]"
) -> None:
    register = client[f"{PREFIX}intake"]["register"]
    found = list(register.find({"what": "case"}))
    assert len(found) == CASES + ORIGINALS == len({item["reference"] for item in found})
    key = place.secrets.case_key()
    assert all(item["_id"] == case_id(key, FILER, item["reference"]) for item in found)
    assert len({item["filed_at"].date() for item in found}) == WEEKS + 1


@pytest.mark.usefixtures("originals")
def test_no_commit_waits_to_be_sent(client: "pymongo.MongoClient[Json]") -> None:
    for service, _ in services(client):
        db = client[PREFIX + service]
        sent = {name for item in db["sent"].find() for name in item["commits"]}
        speaking = {item["_id"] for item in db["commits"].find({"out": {"$gt": 0}})}
        assert speaking == sent


@pytest.mark.usefixtures("originals")
async def test_rolled_up_figures_are_what_would_be_added_up(place: Place) -> None:
    client = open_client(place.servers.mongo_url)
    try:
        store = Store(database(client, f"{PREFIX}metrics"))
        days = Window("410500", date(2020, 1, 1), date(2030, 12, 31))
        found = await store.months({name: (name, days) for name in STREAMS})
        assert found is not None
        for name, stream in STREAMS.items():
            assert by_key(found[name]) == by_key(await store.cube(days, stream))
        assert sum(row.sums["n"] for row in found["filed"]) == CASES + ORIGINALS
        ended = sum(row.sums["n"] for row in found["ended"])
        assert ended == CASES + ORIGINALS
    finally:
        await close_client(client)


@pytest.mark.usefixtures("originals")
def test_the_services_go_on_from_there(
    place: Place, bus: Bus, client: "pymongo.MongoClient[Json]"
) -> None:
    workload = Workload()
    with grown(place, bus, copies=2) as contestant:
        done = run(contestant, place.servers, workload.take(60))
        assert (done.lost, done.wrong) == (0, [])
        assert contestant.verdict
        assert contestant.verdict.clean
        liaison = contestant.local.client("liaison", division="410500")
        for said in PAGES.values():
            assert liaison.get("routing", "/v1/cases", **said)["cases"] is not None
        asked = contestant.local.operator()
        (seeded,) = client[f"{PREFIX}routing"]["cases"].find().sort("filed_at", 1).limit(1)
        status = contestant.filer.get("routing", f"/v1/cases/{seeded['_id']}")
        assert status["number"] == seeded["number"]
        found = liaison.get("routing", "/v1/cases", number=seeded["number"])["cases"]
        assert [item["case_id"] for item in found] == [seeded["_id"]]
        for service in ("routing", "intake", "metrics"):
            assert asked.get(service, "/v1/projection")["subjects"] >= CASES
        again = contestant.filer.post_lines("intake", "/v1/cases/batch", lines(workload.take(1)))
        assert again["failed"] == 0
    assert measure(place.servers.mongo_url, CASES)[-1].data > 10_000


def test_a_workload_gives_nothing_twice() -> None:
    workload = Workload()
    first = [*workload.take(30), *workload.take(2000)]
    assert len({item["reference"] for item in first}) == 2030


def test_a_table_says_what_was_measured_beside_the_goals() -> None:
    cost = Cost({PYTHON: 7.0, BROKER: 2.0, DATABASE: 3.0})
    results = Results(1000)
    results.rounds = {10: [Round(100, 1.0, 0, cost)], 1000: [Round(100, 1.25, 0, cost)]}
    results.copies = {2: [Round(100, 2.0, 1, cost, ["a case is lost"])]}
    results.asked = [
        Asked(100, 20, 0.1, {"newest": 0.01, "deep": 0.02}),
        Asked(1000, 200, 0.15, {"newest": 0.03, "deep": 0.02}),
    ]
    results.soak = Soak(60, 600, samples={"routing": [100.0] * 4 + [130.0] * 4})
    results.sizes = [Size("all", 20_000, 5000, 4000)]
    wanted = {"throughput": 0.8, "bulletin": 1.5, "page": 1.5, "worst_page": 3.0, "memory": 1.3}
    assert results.figures() == pytest.approx(wanted | {"duplicates": 0})
    assert as_json(results)["lost"] == results.lost == 1
    said = table(results).splitlines()
    verdicts = {line[:62].strip(): line.endswith("  met") for line in said if line.endswith("met")}
    assert list(verdicts.values()) == [False, True, True, False, False, True]
    assert said[-1] == "a case is lost"


def test_it_is_told_how_to_use_it() -> None:
    async def helped() -> str:
        process = await asyncio.create_subprocess_exec(
            ".venv/bin/python", "-m", "tests.benchmarks.growth", "--help",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return (await process.communicate())[0].decode()

    said = asyncio.run(helped())
    assert all(f"--{name}" in said for name in ("cases", "small", "json", "minutes", "copies"))

"""Urging by hand and the agenda over HTTP, on the real database, by a clock that tests move on."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fuyuan_contracts.ids import case_id
from services.routing.app import build
from services.routing.model import File, Instruct, Report, Tick
from services.routing.rulebook import Filing, Rulebook, Timing
from services.runtime.service import Service
from services.runtime.streams import Work
from tests.support.rooms import Ask, asking, running

HERE, THERE, CITY = "410526", "410527", "410500"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LIAISON = {"role": "liaison", "division": HERE}
CASES = {HERE: "滑县", THERE: "内黄县", CITY: "安阳市"}


class Mechanism:
    """Copies of routing on one database, and their clock."""

    def __init__(self, file: Path, book: Rulebook, filing: Callable[..., Filing]) -> None:
        self.file, self.book, self._filing = file, book, filing
        self.copies: list[Service[Any, Any, Any]] = []
        self.settings: Any = None
        self.set(START)

    def set(self, moment: datetime) -> None:
        """Move the clock; a file is put in place as a whole."""
        new = self.file.with_suffix(".new")
        new.write_text(moment.isoformat())
        new.replace(self.file)

    async def given(self, division: str) -> str:
        """File a case whose one task is delivered and not signed for."""
        made: Filing = replace(self._filing(division=division), reference=uuid.uuid4().hex)
        made = replace(made, filer=f"court.{division}")
        name = case_id(b"ladder", made.filer, made.reference)
        engine = self.copies[0].engine
        await engine.submit(Work(name, File(made, self.book)))
        report = Report("delivered", f"{name}.tax_clearance.1", f"tax.{division}", self.book)
        await engine.submit(Work(name, report))
        return name

    async def tick(self, *names: str) -> None:
        """Let every copy look at the clock at once, for each of the cases."""
        works = [
            copy.engine.submit(Work(name, Tick(Timing()), by="deadlines"))
            for name in names
            for copy in self.copies
            for _ in range(2)
        ]
        await asyncio.gather(*works)


@pytest_asyncio.fixture
async def mechanism(
    settings_for: Callable[..., Any], book: Rulebook, filing: Callable[..., Filing], tmp_path: Path
) -> AsyncIterator[Mechanism]:
    made = Mechanism(tmp_path / "clock", book, filing)
    settings = settings_for(clock_file=made.file)
    async with running(build(settings), settings) as one:
        other = Service(build(settings), settings)
        await other.start()
        made.copies, made.settings = [one, other], settings
        yield made
        await other.stop()


@pytest.fixture
def ask(mechanism: Mechanism) -> Ask:
    return asking(mechanism.copies[0].app, role="operator", division=CITY)


async def agenda(ask: Ask, query: str = "", **who: Any) -> list[dict[str, Any]]:
    answer = await ask("GET", f"agenda{query}", **who)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def listed(ask: Ask, count: int) -> list[dict[str, Any]]:
    """Read the whole agenda once it holds so many: lists lag."""
    for _ in range(200):
        if len(found := await agenda(ask)) == count:
            return found
        await asyncio.sleep(0.05)
    pytest.fail(f"not {count} on the agenda: {found}")


def rungs(commits: list[dict[str, Any]]) -> list[str]:
    found = []
    for commit in commits:
        for decision in commit["decisions"]:
            for fact in decision["facts"]:
                if fact["type"] in ("urged", "urge_sent"):
                    found.append(f"{fact['type']} {fact['number']}")
                elif fact["type"] in ("overdue", "escalated"):
                    found.append(fact.get("level") or f"overdue {fact['what']}")
    return found


@pytest.mark.parametrize("jumps", [1, 40], ids=["at once", "day by day"])
async def test_two_copies_say_each_rung_once_whatever_the_clock_does(
    mechanism: Mechanism, jumps: int
) -> None:
    name = await mechanism.given(HERE)
    for jump in range(1, jumps + 1):
        mechanism.set(START + timedelta(days=80) * jump / jumps)
        await mechanism.tick(name)
    stored = await mechanism.copies[0].engine.commits.load([name])
    said = rungs(stored[name])
    assert [item for item in said if not item.startswith("urge_sent")] == [
        "overdue receipt", "urged 1", "urged 2", "urged 3", "urged 4", "urged 5", "urged 6",
        "overdue resolution", "county", "city", "conference",
    ]  # fmt: skip
    assert [item for item in said if item.startswith("urge_sent")] == [
        f"urge_sent {number}" for number in range(1, 7)
    ]


async def test_a_restart_forgets_no_rung_and_says_none_again(mechanism: Mechanism) -> None:
    name = await mechanism.given(HERE)
    mechanism.set(START + timedelta(days=30))
    await mechanism.tick(name)
    before = await mechanism.copies[0].engine.commits.load([name])
    third = Service(build(mechanism.settings), mechanism.settings)
    await third.start()
    mechanism.copies.append(third)
    await mechanism.tick(name)
    assert await third.engine.commits.load([name]) == before
    mechanism.set(START + timedelta(days=80))
    await mechanism.tick(name)
    after = await third.engine.commits.load([name])
    assert rungs(after[name])[-2:] == ["city", "conference"]
    await third.stop()


async def test_the_agenda_shows_what_has_risen_to_whom_it_concerns(
    mechanism: Mechanism, ask: Ask
) -> None:
    names = {division: await mechanism.given(division) for division in CASES}
    assert await agenda(ask) == []
    number = "滑府批〔2026〕3号"
    instruct = Instruct("i" + "a" * 24, number, f"tax.{HERE}", date(2026, 4, 9), "issued")
    await mechanism.copies[0].engine.submit(Work(names[HERE], instruct))
    mechanism.set(datetime(2026, 3, 31, 1, 0, tzinfo=UTC))
    await mechanism.tick(*names.values())
    found = {item["case_id"]: item for item in await listed(ask, 3)}
    item = found[names[HERE]]
    assert item["office"]["office"] == f"tax.{HERE}"
    assert (item["task"], item["level"], item["overdue_days"]) == ("tax_clearance", "county", 5)
    assert item["level_name"]["zh"] == "县（区）联席办"
    assert (item["since"], item["due"]) == ("2026-03-31T01:00:00Z", "2026-03-23T10:00:00Z")
    assert [(one["number"], one["due_on"], one["state"]) for one in item["instructions"]] == [
        (number, "2026-04-09", "issued")
    ]
    assert found[names[CITY]]["level"] == "city"

    def seen(items: list[dict[str, Any]]) -> set[str]:
        return {division for division, name in names.items()
                if name in {one["case_id"] for one in items}}  # fmt: skip

    assert seen(await agenda(ask, **LIAISON)) == {HERE}
    assert seen(await agenda(ask, role="liaison", division=CITY)) == {*CASES}
    assert seen(await agenda(ask, f"?division={THERE}")) == {THERE}
    assert seen(await agenda(ask, f"?division={CITY}")) == {*CASES}
    assert seen(await agenda(ask, f"?division={THERE}", **LIAISON)) == set()
    assert seen(await agenda(ask, "?level=county")) == {HERE, THERE}
    assert seen(await agenda(ask, "?level=conference")) == set()
    first = (await ask("GET", "agenda?limit=1")).json()
    second = (await ask("GET", f"agenda?limit=2&cursor={first['next']}")).json()
    assert seen([*first["items"], *second["items"]]) == {*CASES}
    assert len(first["items"]) + len(second["items"]) == 3
    assert second["next"] is None


async def test_a_risen_task_is_found_at_the_desk_of_its_level_and_no_longer_below(
    mechanism: Mechanism, ask: Ask
) -> None:
    name = await mechanism.given(HERE)

    async def waits_at() -> list[str]:
        found = []
        for desk in (HERE, CITY):
            answer = await ask("GET", f"cases?waiting=liaison.{desk}")
            if name in {item["case_id"] for item in answer.json()["cases"]}:
                found.append(desk)
        return found

    for moment, desk in ((datetime(2026, 3, 31, tzinfo=UTC), HERE),
                         (datetime(2026, 4, 8, tzinfo=UTC), CITY)):  # fmt: skip
        mechanism.set(moment)
        await mechanism.tick(name)
        for _ in range(200):
            if await waits_at() == [desk]:
                break
            await asyncio.sleep(0.05)
        assert await waits_at() == [desk]
    items = (await ask("GET", "desk", role="liaison", division=CITY)).json()["items"]
    (item,) = [one for one in items if one["case_id"] == name]
    assert (item["why"]["code"], item["level"], item["reason"]) == (
        "overdue", "city", "超期，提级至市联席办 / overdue, risen to the city's liaison office",
    )  # fmt: skip
    (shown,) = (await ask("GET", f"cases?q={name}")).json()["cases"]
    assert [item["office"] for item in shown["waiting"]] == [f"tax.{HERE}", f"liaison.{CITY}"]
    assert "agenda" not in shown


async def test_the_agenda_is_read_from_its_index(mechanism: Mechanism, ask: Ask) -> None:
    name = await mechanism.given(HERE)
    mechanism.set(START + timedelta(days=60))
    await mechanism.tick(name)
    await listed(ask, 1)
    indexes = await mechanism.copies[0].db["cases"].index_information()
    assert "agenda" in indexes
    await mechanism.copies[0].engine.submit(
        Work(name, Report("resolved", f"{name}.tax_clearance.1", f"tax.{HERE}",
                          mechanism.book, outcome={"task": "tax_clearance", "result": "done",
                                                    "concluded_on": "2026-03-02", "owed_fen": 0}))
    )  # fmt: skip
    await listed(ask, 0)


async def test_an_officer_urges_with_a_reason_once_a_day(mechanism: Mechanism, ask: Ask) -> None:
    name = await mechanism.given(HERE)
    path, body = f"cases/{name}/assignments/{name}.tax_clearance.1/urge", {"reason": "请尽快签收"}
    tried = await ask("POST", f"{path}?dry_run=true", json=body, **LIAISON)
    assert (tried.status_code, len(tried.json()["assignments"][0]["urged"])) == (200, 1)
    done = await ask("POST", path, json=body, **LIAISON)
    assert done.status_code == 200, done.text
    shown = done.json()
    (urged,) = shown["assignments"][0]["urged"]
    assert (urged["number"], urged["what"], urged["reason"], urged["by"]) == (
        1, "receipt", "请尽快签收", "王某",
    )  # fmt: skip
    last = shown["history"][-1]
    assert (last["what"]["zh"], last["text"], last["by"]) == ("催办", "第1次，催签收", "王某")
    again = await ask("POST", path, json={"reason": "再催"}, **LIAISON)
    assert again.status_code == 409, again.text
    assert "today already" in again.text
    other = await ask("POST", path, json=body, role="liaison", division=CITY)
    assert other.status_code == 200
    mechanism.set(START + timedelta(days=1))
    assert (await ask("POST", path, json=body, **LIAISON)).status_code == 200


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"role": "liaison", "division": THERE}, 404),
        ({"role": "filer", "office": f"court.{HERE}"}, 403),
        ({"role": "officer", "office": f"tax.{HERE}"}, 403),
        ({"role": "operator"}, 403),
        ({"role": None}, 401),
    ],
)
async def test_only_the_cases_liaison_officers_urge(
    mechanism: Mechanism, ask: Ask, who: dict[str, Any], status: int
) -> None:
    name = await mechanism.given(HERE)
    path = f"cases/{name}/assignments/{name}.tax_clearance.1/urge"
    assert (await ask("POST", path, json={"reason": "因"}, **who)).status_code == status
    if who["role"] in ("filer", "officer", None):
        assert (await ask("GET", "agenda", **who)).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "urge", {}, "reason"),
        ("POST", "urge", {"reason": " "}, "reason"),
        ("POST", "urge", {"reason": "电话13800138000"}, "reason"),
        ("POST", "urge", {"reason": "因", "to": "all"}, "to"),
        ("GET", "agenda?level=province", None, "level"),
        ("GET", "agenda?division=nowhere", None, "division"),
        ("GET", "agenda?limit=0", None, "limit"),
        ("GET", "agenda?cursor=nonsense", None, "cursor"),
    ],
)
async def test_what_is_wrong_names_its_field(  # noqa: PLR0917 - a table
    mechanism: Mechanism, ask: Ask, method: str, path: str, body: Any, field: str
) -> None:
    if path == "urge":
        name = await mechanism.given(HERE)
        path = f"cases/{name}/assignments/{name}.tax_clearance.1/urge"
    answer = await ask(method, path, json=body, **LIAISON)
    assert answer.status_code == 422, answer.text
    assert [item["field"] for item in answer.json()["errors"]] == [field]


async def test_what_is_not_there_is_not_urged(mechanism: Mechanism, ask: Ask) -> None:
    name = await mechanism.given(HERE)
    path = f"cases/{name}/assignments/{name}.tax_clearance.9/urge"
    assert (await ask("POST", path, json={"reason": "因"}, **LIAISON)).status_code == 404

"""Status, lists and explain on the real database. The broker is away: what is said waits for it."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from fuyuan_contracts.ids import case_id
from services.routing.model import File, Report
from services.routing.rulebook import Filing, Rulebook
from services.runtime.service import Service
from services.runtime.streams import Work

Ask = Callable[..., Any]
HERE, THERE = "410526", "410527"


@pytest.fixture
def file(routing: Service[Any, Any, Any], book: Rulebook, filing: Any) -> Callable[..., Any]:
    async def go(**changes: Any) -> str:
        made: Filing = filing(**changes)
        reference = uuid.uuid4().hex
        made = replace(made, reference=reference, filer=f"court.{made.division}")
        name = case_id(b"test", made.filer, reference)
        await routing.engine.submit(Work(name, File(made, book)))
        return name

    return go


@pytest.fixture
def say(routing: Service[Any, Any, Any], book: Rulebook) -> Callable[..., Any]:
    async def go(act: Any, assignment: str, office: str, **more: Any) -> None:
        report = Report(act, assignment, office, book, **more)
        await routing.engine.submit(Work(assignment.split(".", maxsplit=1)[0], report))

    return go


@pytest_asyncio.fixture
async def listed(ask: Ask) -> Callable[..., Any]:
    """List cases once the projection shows those that are named."""

    async def go(path: str, *names: str, **who: Any) -> list[str]:
        found: list[str] = []
        for _ in range(60):
            answer = await ask("GET", path, **who)
            assert answer.status_code == 200, answer.text
            found = [item["case_id"] for item in answer.json()["cases"]]
            if set(names) <= set(found):
                break
            await asyncio.sleep(0.05)
        return found

    return go


async def test_one_sees_at_once_who_a_case_waits_for(ask: Ask, file: Any, say: Any) -> None:
    name = await file(needs=("tax_clearance", "retirement"))
    await say("accepted", f"{name}.retirement.1", "social_security.410526")
    shown = (await ask("GET", f"cases/{name}")).json()
    assert [(item["office"], item["zh"], item["what"]) for item in shown["waits_for"]] == [
        ("social_security.410526", "滑县人力资源和社会保障局", "accepted"),
        ("tax.410526", "滑县税务局", "issued"),
    ]
    assert shown["filer"]["zh"] == "滑县人民法院"
    assert [item["what"]["zh"] for item in shown["history"]] == [
        "提请", "分派", "已交办", "已交办", "已受理",
    ]  # fmt: skip
    (tax,) = [item for item in shown["assignments"] if item["task"] == "tax_clearance"]
    assert tax["rule"] == "bankruptcy-tax"
    assert tax["receipt_due"] < tax["resolution_due"]


WHO = [
    ({"role": "operator"}, True),
    ({"role": "liaison", "division": "410500"}, True),
    ({"role": "liaison", "division": HERE}, True),
    ({"role": "liaison", "division": THERE}, False),
    ({"role": "filer", "office": f"court.{HERE}"}, True),
    ({"role": "filer", "office": f"court.{THERE}"}, False),
    ({"role": "filer", "office": f"tax.{HERE}"}, False),
    ({"role": "officer", "office": f"tax.{HERE}"}, True),
    ({"role": "officer", "office": f"tax.{THERE}"}, False),
    ({"role": "officer", "office": f"court.{HERE}"}, False),
]


@pytest.mark.parametrize(("who", "sees"), WHO)
async def test_a_case_and_its_lists_are_seen_by_the_same_people(
    ask: Ask, file: Any, listed: Any, *, who: dict[str, Any], sees: bool
) -> None:
    name = await file()
    assert name in await listed("cases?limit=200", name)
    for path in (f"cases/{name}", f"cases/{name}/clock"):
        assert (await ask("GET", path, **who)).status_code == (200 if sees else 404)
    assert (name in await listed("cases?limit=200", **who)) is sees


async def test_an_office_that_returned_a_case_still_sees_it(ask: Ask, file: Any, say: Any) -> None:
    name = await file()
    task = f"{name}.tax_clearance.1"
    await say("returned", task, "tax.410526", text="不属", better_office="tax.410500")
    for office in ("tax.410526", "tax.410500"):
        answer = await ask("GET", f"cases/{name}", role="officer", office=office)
        assert answer.status_code == 200
    assert [item["office"] for item in answer.json()["waits_for"]] == ["tax.410500"]


@pytest.mark.parametrize(
    "path", ["cases/x", f"cases/c{'a' * 24}", "cases/$ne", "cases/%00", "cases/x/clock"]
)
async def test_what_is_not_there_is_not_found(ask: Ask, path: str) -> None:
    assert (await ask("GET", path)).status_code == 404


@pytest.mark.parametrize("path", ["cases", "cases/x", "desk", "rules", "offices"])
async def test_nobody_reads_without_a_token(ask: Ask, path: str) -> None:
    assert (await ask("GET", path, role=None)).status_code == 401


@pytest.mark.parametrize("role", ["filer", "officer"])
async def test_the_desk_is_the_liaison_offices(ask: Ask, role: str) -> None:
    assert (await ask("GET", "desk", role=role, office="tax.410526")).status_code == 403


@pytest.mark.parametrize(
    ("query", "mine", "other"),
    [
        (f"division={THERE}", {"division": THERE}, {}),
        ("division=410500", {"division": THERE}, None),
        ("kind=bankruptcy", {}, None),
        (f"office=tax.{THERE}", {"division": THERE}, {}),
        ("state=desk", {"needs": ("unheard_of",)}, {}),
        ("overdue=false", {}, None),
    ],
)
async def test_lists_are_filtered(
    file: Any, listed: Any, *, query: str, mine: dict[str, Any], other: dict[str, Any] | None
) -> None:
    wanted = await file(**mine)
    unwanted = await file(**other) if other is not None else None
    await listed("cases?limit=200", *filter(None, [wanted, unwanted]))
    found = await listed(f"cases?limit=200&{query}", wanted)
    assert wanted in found
    assert unwanted not in found


async def test_pages_follow_each_other_without_gap_or_double(
    ask: Ask, file: Any, listed: Any
) -> None:
    names = [await file(division="410581") for _ in range(5)]
    await listed("cases?division=410581&limit=200", *names)
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await ask("GET", f"cases?division=410581&limit=2{cursor}")).json()
        seen += [item["case_id"] for item in page["cases"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == names[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=nowhere", "state"),
        ("kind=divorce", "kind"),
        ("office[$ne]=x", "office[$ne]"),
        ("office=%7B%22%24ne%22%3A1%7D", "office"),
        ("text=安化", "text"),
        ("division=41", "division"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=MjAyNi0xMy0wMSB4", "cursor"),
    ],
)
async def test_a_wrong_query_names_its_field(ask: Ask, query: str, field: str) -> None:
    answer = await ask("GET", f"cases?{query}")
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json()["errors"]] == [field]


async def test_explain_says_what_would_be_decided_and_stores_nothing(
    ask: Ask, routing: Service[Any, Any, Any]
) -> None:
    before = await routing.db["commits"].count_documents({})
    details = {"kind": "stalled_project", "project": {"division": THERE, "name": "某小区"},
               "developer": {"name": "某置业"}}  # fmt: skip
    answer = await ask("POST", "route/explain", json={"division": THERE, "details": details})
    shown = answer.json()
    assert [
        (item["task"], item["office"], item["resolution_days"]) for item in shown["assigned"]
    ] == [
        ("project_funding", "finance.410527", 30),
        ("project_resumption", "housing.410527", 30),
    ]
    assert "问题楼盘资金由财政部门筹措" in shown["assigned"][0]["reason"]
    assert await routing.db["commits"].count_documents({}) == before


async def test_explain_refuses_a_field_nobody_knows(ask: Ask) -> None:
    body = {"division": THERE, "details": {"kind": "stalled_project"}, "langes": "green"}
    answer = await ask("POST", "route/explain", json=body)
    assert answer.status_code == 422
    assert "langes" in {item["field"] for item in answer.json()["errors"]}


async def test_rules_and_offices_are_shown_with_their_version(ask: Ask) -> None:
    rules, offices = [(await ask("GET", path)).json() for path in ("rules", "offices")]
    assert (rules["version"], rules["by"], rules["why"]) == (1, "routing", "first start")
    assert rules["rules"][0]["id"] == "bankruptcy-tax"
    assert {"id": "tax.410526", "agency": "tax", "division": "410526", "zh": "滑县税务局",
            "en": "Huaxian Tax Bureau", "receives": True, "hosted": True,
            } in offices["offices"]  # fmt: skip
    (zone,) = [item for item in offices["divisions"] if item.get("local")]
    assert zone["code"] == "410571"

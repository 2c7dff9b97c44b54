"""Searches over HTTP: what people type finds their case; what is typed wrong is told by field."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from fuyuan_contracts.ids import case_id
from services.routing.inputs import File
from services.routing.rulebook import Filing, Rulebook
from services.routing.store import VIEW
from services.runtime.service import Service
from services.runtime.streams import Work

Ask = Callable[..., Any]
HERE = "410526"
TAG = uuid.uuid4().hex[:6]
NUMBER, DEBTOR = f"（2026）豫0526破{TAG}号", f"安阳市{TAG}置业有限公司"


@pytest_asyncio.fixture
async def name(
    ask: Ask, routing: Service[Any, Any, Any], book: Rulebook, filing: Callable[..., Filing]
) -> AsyncIterator[str]:
    """File one case, and wait until it is listed."""
    made = filing()
    made = replace(
        made, reference=NUMBER, title=f"{TAG}公司重整",
        details={**made.details, "debtor": {"name": DEBTOR}},
    )  # fmt: skip
    found = case_id(b"test", made.filer, NUMBER)
    await routing.engine.submit(Work(found, File(made, book)))
    for _ in range(100):
        if (await ask("GET", f"cases?q={found}")).json()["cases"]:
            break
        await asyncio.sleep(0.05)
    yield found


@pytest.mark.parametrize(
    "query",
    [
        {"q": NUMBER}, {"q": f"破{TAG}"}, {"q": f"{TAG}置业"}, {"q": f"{TAG}公司重"},
        {"number": NUMBER}, {"number": f"[2026] 豫0526破{TAG[:3]}"}, {"party": f"市{TAG}置"},
        {"party": f"{TAG.upper()} 置业"}, {"q": TAG, "state": "open"},
        {"q": TAG, "waiting": f"tax.{HERE}"}, {"q": TAG, "office": f"tax.{HERE}"},
        {"q": TAG, "filed_from": "2026-03-02", "filed_to": "2026-03-02"},
        {"q": TAG, "desk": "false", "overdue": "false", "division": "410500"},
    ],
)  # fmt: skip
async def test_a_case_is_found_by_what_is_known_of_it(
    ask: Ask, name: str, query: dict[str, str]
) -> None:
    (found,) = (await ask("GET", "cases", params=query)).json()["cases"]
    assert (found["case_id"], found["number"]) == (name, NUMBER)
    assert not {"terms", "folded", "order", "like_keys", "told", "rev"} & {*found}


@pytest.mark.parametrize(
    "query",
    [
        {"party": f"破{TAG}"}, {"number": f"破{TAG}"}, {"q": f"{TAG}某置"},
        {"q": TAG, "desk": "true"},
        {"q": TAG, "waiting": f"liaison.{HERE}"}, {"q": TAG, "filed_to": "2026-03-01"},
        {"q": TAG, "filed_from": "2026-03-03"}, {"q": TAG, "division": "410527"},
    ],
)  # fmt: skip
async def test_what_does_not_hold_finds_nothing(ask: Ask, name: str, query: dict[str, str]) -> None:
    assert name
    assert (await ask("GET", "cases", params=query)).json() == {"cases": [], "next": None}


async def test_the_one_desk_a_case_waits_at_is_found(
    ask: Ask, routing: Service[Any, Any, Any], book: Rulebook, filing: Callable[..., Filing]
) -> None:
    own = {office.division for office in book.offices.values() if office.agency == "liaison"}
    names = {}
    for division in ("410500", HERE):
        made = replace(filing(needs=("unheard_of",), division=division), title=f"待{TAG}分派")
        names[division] = case_id(b"desk", TAG, division)
        await routing.engine.submit(Work(names[division], File(made, book)))
    assert {*names} <= own
    for division, wanted in names.items():
        waits = {"party": f"待{TAG}", "waiting": f"liaison.{division}"}
        for _ in range(100):
            found = (await ask("GET", "cases", params=waits)).json()["cases"]
            if found:
                break
            await asyncio.sleep(0.05)
        assert [item["case_id"] for item in found] == [wanted]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("q=%20%20", "q"), ("q=", "q"), ("party=%E3%80%80", "party"),
        (f"number={'1' * 201}", "number"),
        ("filed_from=2026-13-01", "filed_from"), ("filed_to=yesterday", "filed_to"),
        ("filed_from=2026-02-02&filed_to=2026-02-01", "filed_to"), ("waiting=nobody", "waiting"),
        ("desk=perhaps", "desk"), ("state=done", "state"),
    ],
)  # fmt: skip
async def test_a_wrong_search_names_its_field(ask: Ask, query: str, field: str) -> None:
    answer = await ask("GET", f"cases?{query}")
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json()["errors"]] == [field]


async def test_a_cursor_goes_on_with_its_own_search_only(
    ask: Ask, name: str, routing: Service[Any, Any, Any], book: Rulebook, filing: Any
) -> None:
    for number in range(2):
        made = replace(filing(), title=f"{TAG}另一件", reference=f"{name}{number}")
        await routing.engine.submit(Work(case_id(b"other", TAG, f"{number}"), File(made, book)))
    for _ in range(100):
        page = (await ask("GET", f"cases?q={TAG}&limit=2")).json()
        if len((await ask("GET", f"cases?q={TAG}")).json()["cases"]) >= 3:
            break
        await asyncio.sleep(0.05)
    page = (await ask("GET", f"cases?q={TAG}&limit=2")).json()
    cursor = page["next"]
    assert (await ask("GET", f"cases?q={TAG}&limit=1&cursor={cursor}")).status_code == 200
    others = [
        (f"cases?q={TAG}x&cursor={cursor}", {}),
        (f"cases?party={TAG}&cursor={cursor}", {}),
        (f"cases?q={TAG}&state=open&cursor={cursor}", {}),
        (f"cases?q={TAG}&cursor={cursor}", {"role": "liaison", "division": HERE}),
        (f"cases?q={TAG}&cursor={cursor[:-8]}", {}),
    ]
    for path, who in others:
        answer = await ask("GET", path, **who)
        assert answer.status_code == 422
        assert [item["field"] for item in answer.json()["errors"]] == ["cursor"]


async def test_a_rebuilt_list_finds_the_same(
    ask: Ask, name: str, routing: Service[Any, Any, Any]
) -> None:
    before = await routing.db[VIEW].find_one({"_id": name})
    await routing.db[VIEW].delete_many({})
    assert (await ask("POST", "projection/rebuild")).status_code == 200
    assert await routing.db[VIEW].find_one({"_id": name}) == before

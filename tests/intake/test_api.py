import asyncio
import json
from typing import Any

import httpx
import pytest
from pymongo.errors import AutoReconnect

from fuyuan_contracts.events import CaseFiled
from fuyuan_contracts.identifiers import resident_id_check
from tests.intake.conftest import Intake

BODY = "41050019000101001"
RESIDENT_ID = BODY + resident_id_check(BODY)
WRONG_ID = BODY + ("1" if RESIDENT_ID[-1] == "0" else "0")
PHONE = "13800000000"


def filing(reference: str, /, **changes: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "title": "某公司破产清算",
        "division": "410500",
        "filed_on": "2024-09-01",
        "details": {
            "kind": "bankruptcy",
            "debtor": {"name": "某公司"},
            "procedure": "liquidation",
            "needs": ["tax_clearance"],
        },
    } | changes


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> str:
    return f"({request.node.name})"[:80]


async def file(intake: Intake, body: Any, **how: Any) -> httpx.Response:
    return await intake.http.post("/v1/cases", json=body, **(how or intake.filer()))


async def test_a_filing_gets_a_receipt_and_is_told_to_routing(
    intake: Intake, reference: str
) -> None:
    answer = await file(intake, filing(reference))
    assert answer.status_code == 202
    said = answer.json()
    assert said["status_url"] == f"http://routing.example/v1/cases/{said['case_id']}"
    event = await intake.hears(lambda event: event.subject == said["case_id"])
    data = CaseFiled.model_validate(event.data)
    assert (event.type, event.source) == (CaseFiled.TYPE, "/services/intake")
    assert (data.filer, data.reference, data.lane) == ("court.410500", reference, "ordinary")
    assert event.traceparent


async def test_filing_twice_gives_the_same_receipt_once(intake: Intake, reference: str) -> None:
    first, *others = await asyncio.gather(*(file(intake, filing(reference)) for _ in range(5)))
    assert sorted(item.status_code for item in (first, *others)) == [200, 200, 200, 200, 202]
    assert all(item.json() == first.json() for item in others)


async def test_another_body_under_the_reference_is_a_conflict_that_names_the_fields(
    intake: Intake, reference: str
) -> None:
    await file(intake, filing(reference))
    answer = await file(intake, filing(reference, title="另一件", lane="green"))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert [item["field"] for item in answer.json()["errors"]] == ["lane", "title"]


async def test_the_same_reference_of_another_filer_is_another_case(
    intake: Intake, reference: str
) -> None:
    one = await file(intake, filing(reference))
    other = await file(intake, filing(reference), **intake.filer("court.410526"))
    assert other.status_code == 202
    assert one.json()["case_id"] != other.json()["case_id"]


def detailed(**changes: Any) -> dict[str, Any]:
    return {"details": filing("x")["details"] | changes}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (detailed(debtor={"name": "甲", "credit_code": "91410500XXXXXX0010"}),
         "details.debtor.credit_code"),
        ({"division": "410599"}, "division"),
        ({"division": "x"}, "division"),
        (detailed(kind="dog_licence"), "details.kind"),
        (detailed(financing_fen=-1), "details.financing_fen"),
        (detailed(financing_fen=1.5), "details.financing_fen"),
        (detailed(accepted_on="2999-01-01"), "details.accepted_on"),
        ({"filed_on": "2999-01-01"}, "filed_on"),
        ({"summary": "长" * 4001}, "summary"),
        ({"title": ""}, "title"),
        ({"lane": "express"}, "lane"),
        ({"unknown": 1}, "unknown"),
        ({"reference": {"$ne": None}}, "reference"),
        ({"contact": {"name": "王", "phone": "12"}}, "contact.phone"),
        ({"contact": {"name": "王", "resident_id": WRONG_ID}},
         "contact.resident_id"),
        ({"summary": f"联系人身份证{RESIDENT_ID}。"}, "summary"),
        ({"title": f"请联系{PHONE}"}, "title"),
        (detailed(debtor={"name": f"某{RESIDENT_ID}"}), "details.debtor.name"),
        (detailed(debtor={"name": f"某{PHONE}"}), "details.debtor.name"),
        ({"filed_on": 0}, "filed_on"),
        ({"filed_on": "1700006400"}, "filed_on"),
    ],
)  # fmt: skip
async def test_a_wrong_filing_is_refused_by_field_and_nothing_is_stored(
    intake: Intake, reference: str, changes: dict[str, Any], field: str
) -> None:
    before = await intake.stored()
    answer = await file(intake, filing(reference, **changes))
    assert answer.status_code == 422
    assert field in [item["field"] for item in answer.json()["errors"]]
    assert RESIDENT_ID not in answer.text
    assert PHONE not in answer.text
    assert await intake.stored() == before


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (json.dumps(filing("big", summary="长" * 700_000)).encode(), "application/json", 413),
        (b'{"title": "\xff\xfe"}', "application/json", 400),
        (b'{"title": ', "application/json", 400),
        (b"[1, 2]", "application/json", 422),
        (b"", "application/json", 422),
        (json.dumps(filing("x")).encode(), "text/plain", 415),
        (json.dumps(filing("x")).encode(), "", 415),
    ],
)
async def test_a_body_that_is_no_filing_is_refused_and_nothing_is_stored(
    intake: Intake, content: bytes, media_type: str, status: int
) -> None:
    before = await intake.stored()
    how = intake.filer()
    how["headers"] |= {"Content-Type": media_type} if media_type else {}
    answer = await intake.http.post("/v1/cases", content=content, **how)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert await intake.stored() == before


async def test_filing_needs_a_filers_token(intake: Intake, reference: str) -> None:
    nobody = await intake.http.post("/v1/cases", json=filing(reference))
    officer = await file(intake, filing(reference), **intake.officer("tax.410500"))
    assert (nobody.status_code, officer.status_code) == (401, 403)
    assert nobody.headers["www-authenticate"].startswith("Bearer")


async def test_without_the_broker_nothing_is_taken(
    intake: Intake, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(intake.service.bus), "up", property(lambda _bus: False))
    before = await intake.stored()
    answer = await file(intake, filing(reference))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert await intake.stored() == before


async def test_a_write_that_fails_is_told_and_the_same_filing_works_later(
    intake: Intake, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_commits: object) -> set[str]:
        raise AutoReconnect

    with monkeypatch.context() as patch:
        patch.setattr(intake.service.commits, "append", away)
        answer = await file(intake, filing(reference))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    async with asyncio.timeout(60):
        while (await file(intake, filing(reference))).status_code == 503:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.05)
    assert (await file(intake, filing(reference))).status_code == 200


async def test_a_filing_is_shown_to_its_filer_and_those_who_watch_and_to_nobody_else(
    intake: Intake, reference: str
) -> None:
    contact = {"name": "王某", "phone": PHONE, "resident_id": RESIDENT_ID}
    body = filing(reference, division="410526", contact=contact)
    filed = (await file(intake, body, **intake.filer("court.410526"))).json()
    path = f"/v1/cases/{filed['case_id']}"
    expected = [
        (intake.filer("court.410526"), 200),
        (intake.liaison("410526"), 200),
        (intake.liaison("410500"), 200),
        (intake.operator, 200),
        (intake.filer("court.410500"), 404),
        (intake.liaison("410527"), 404),
        (intake.officer("tax.410526"), 403),
    ]
    for how, status in expected:
        answer = await intake.http.get(path, **how)
        assert answer.status_code == status
        assert PHONE not in answer.text
        assert RESIDENT_ID not in answer.text
        if status == 200:
            assert answer.json()["receipt"] == filed["receipt"]
            assert answer.json()["filing"]["contact"]["name"] == "王某"


@pytest.mark.parametrize("id_", ["c" + "a" * 24, "key.abc", "x", "c%00"])
async def test_an_unknown_case_is_not_found(intake: Intake, id_: str) -> None:
    answer = await intake.http.get(f"/v1/cases/{id_}", **intake.operator)
    assert answer.status_code in (404, 422)

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest

from tests.intake.conftest import Intake
from tests.intake.test_api import PHONE, RESIDENT_ID, file, filing

CONTACT = {"name": "王某", "phone": PHONE, "resident_id": RESIDENT_ID}
TAX = "tax.410500"


async def filed(intake: Intake, reference: str, **changes: Any) -> str:
    answer = await file(intake, filing(reference, contact=CONTACT, **changes))
    return str(answer.json()["case_id"])


async def ask(intake: Intake, case_id: str, office: str = TAX, **body: Any) -> httpx.Response:
    body = {"field": "phone", "purpose": "通知债务人到场"} | body
    path = f"/v1/cases/{case_id}/disclosures"
    return await intake.http.post(path, json=body, **intake.officer(office))


async def until(intake: Intake, case_id: str, status: int, office: str = TAX) -> httpx.Response:
    """Ask until the events said before have been heard."""
    async with asyncio.timeout(60):
        answer = await ask(intake, case_id, office)
        while answer.status_code != status:  # the event is on its way
            answer = await ask(intake, case_id, office)
            await asyncio.sleep(0.05)
    return answer


async def test_an_office_reads_personal_data_while_it_has_an_open_task(intake: Intake) -> None:
    case_id = await filed(intake, "disclosure-1")
    assert (await ask(intake, case_id)).status_code == 403
    await intake.routed(case_id, TAX)
    answer = await until(intake, case_id, 200)
    assert answer.json() == {"field": "phone", "value": PHONE}
    assert answer.headers["cache-control"] == "no-store"
    other = await ask(intake, case_id, field="resident_id")
    assert other.json() == {"field": "resident_id", "value": RESIDENT_ID}
    assert (await ask(intake, case_id, "tax.410526")).status_code == 403
    await intake.closed(case_id)
    await until(intake, case_id, 403)


async def test_every_reading_is_listed_by_case_and_by_person(intake: Intake) -> None:
    ids = [await filed(intake, f"disclosure-2-{number}") for number in range(2)]
    for case_id in ids:
        await intake.routed(case_id, TAX)
        await until(intake, case_id, 200)
    path = f"/v1/cases/{ids[0]}"
    (listed,) = (await intake.http.get(f"{path}/disclosures", **intake.operator)).json()[
        "disclosures"
    ]
    assert (listed["office"], listed["field"]) == (TAX, "phone")
    assert listed["purpose"] == "通知债务人到场"
    assert listed["at"]
    shown = (await intake.http.get(path, **intake.operator)).json()
    digest = shown["filing"]["contact"]["digest"]
    async with asyncio.timeout(60):
        while True:
            answer = await intake.http.get(f"/v1/disclosures?digest={digest}", **intake.operator)
            found = {item["case_id"] for item in answer.json()["disclosures"]}
            if set(ids) <= found:
                break
            await asyncio.sleep(0.05)
    elsewhere = await intake.http.get(
        f"/v1/disclosures?digest={digest}", **intake.liaison("410527")
    )
    assert elsewhere.json() == {"disclosures": []}
    assert PHONE not in answer.text


async def test_who_may_list_readings(intake: Intake) -> None:
    case_id = await filed(intake, "disclosure-3")
    path = f"/v1/cases/{case_id}/disclosures"
    expected = [
        (intake.liaison("410500"), 200),
        (intake.liaison("410526"), 404),
        (intake.officer(TAX), 403),
        (intake.filer(), 403),
        ({}, 401),
    ]
    for how, status in expected:
        assert (await intake.http.get(path, **how)).status_code == status


async def test_personal_data_never_reach_the_bus_the_database_or_the_log(
    intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    case_id = await filed(intake, "disclosure-4")
    await intake.routed(case_id, TAX)
    await until(intake, case_id, 200)
    await file(intake, filing("disclosure-4b", contact=CONTACT | {"phone": PHONE[:-1]}))
    event = await intake.hears(lambda event: event.subject == case_id)
    db = intake.service.db
    stored = [
        str(document)
        for name in await db.list_collection_names()
        for document in await db[name].find({}).to_list(None)
    ]
    for text in (event.model_dump_json(), *stored, caplog.text):
        assert PHONE not in text
        assert RESIDENT_ID not in text
    assert json.loads(event.model_dump_json())["data"]["contact"]["name"] == "王某"


@pytest.mark.parametrize(
    "body", [{"field": "name"}, {"purpose": ""}, {"purpose": " "}, {"purpose": None}]
)
async def test_a_reading_needs_a_field_and_a_purpose(intake: Intake, body: dict[str, Any]) -> None:
    case_id = await filed(intake, "disclosure-5")
    assert (await ask(intake, case_id, **body)).status_code == 422


async def test_an_unknown_case_tells_nothing(intake: Intake) -> None:
    assert (await ask(intake, "c" + "a" * 24)).status_code == 404


async def test_equal_values_have_different_ciphertexts_and_equal_digests(intake: Intake) -> None:
    await filed(intake, "disclosure-6a")
    await filed(intake, "disclosure-6b")
    cursor = intake.service.commits.commits.find(
        {"decisions.facts.filing.reference": {"$in": ["disclosure-6a", "disclosure-6b"]}}
    )
    one, other = (
        commit["decisions"][0]["facts"][0]["filing"]["contact"]["phone"]
        for commit in await cursor.to_list(None)
    )
    assert one["digest"] == other["digest"]
    assert one["cipher"] != other["cipher"]

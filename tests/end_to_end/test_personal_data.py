"""Phone and resident id: with intake alone, encrypted, and given only to who has a task."""

import base64
import re
from collections.abc import AsyncIterator
from typing import Any

import aiormq
import bson
import pytest
from aiormq.abc import AbstractChannel

from fuyuan_contracts.channels import office_out_exchange
from fuyuan_contracts.identifiers import resident_id_check
from services.client import ClientError
from tests.support.world import Json, World, fields, outcome, refusal, until

PHONE = "13703721958"
BODY = "41050219751123152"
RESIDENT_ID = BODY + resident_id_check(BODY)
SECRETS = (PHONE, RESIDENT_ID)
TAP = "test.tap"


@pytest.fixture(scope="module")
async def tap(world: World) -> AsyncIterator[AbstractChannel]:
    """A queue that gets a copy of everything anybody says."""
    bus = world.local.bus
    connection = await aiormq.connect(bus.admin_url)
    channel = await connection.channel()
    await channel.queue_declare(TAP, durable=True)
    await channel.queue_bind(TAP, "evt", "#")
    await channel.queue_bind(TAP, "unrouted", "")
    for office in bus.offices:
        await channel.queue_bind(TAP, "inbox", office)
        await channel.queue_bind(TAP, office_out_exchange(office), "")
    for service in ("intake", "routing", "tracker", "metrics", "notices", "liaison", "parking"):
        await channel.queue_bind(TAP, f"retry.{service}", "#")
        await channel.queue_bind(TAP, "dead", service)
    yield channel
    await channel.queue_delete(TAP)
    await connection.close()


async def overheard(tap: AbstractChannel) -> list[bytes]:
    found = []
    while (message := await tap.basic_get(TAP, no_ack=True)).delivery_tag:
        found.append(message.body + repr(message.header.properties).encode())
    return found


@pytest.fixture(scope="module")
async def told(world: World, tap: AbstractChannel) -> dict[str, Any]:
    """File a case with a contact, let it go round; give what was said and shown."""
    contact = {"name": "王某", "phone": PHONE, "resident_id": RESIDENT_ID}
    filing = world.bankruptcy("tax_clearance", "housing_continuation", contact=contact)
    case = world.file(filing)
    # a refused one is said in an error, and its reference once more with another person
    wrong = filing | {"contact": contact | {"resident_id": RESIDENT_ID[:-1] + "5"}}
    texts = [str(refusal(world.filer().post, "intake", "/v1/cases", wrong).problem)]
    other = filing | {"contact": contact | {"phone": "13700000000"}}
    error = refusal(world.filer().post, "intake", "/v1/cases", other)
    assert error.problem["errors"][0]["field"] == "contact.phone"
    status = world.delivered(case, 2)
    texts += [
        str(error.problem),
        str(status),
        str(world.filer().get("intake", f"/v1/cases/{case}")),
    ]
    return {"case": case, "texts": texts, "given": status["assignments"], "tap": tap}


def test_an_office_with_a_task_is_told_and_the_reading_is_listed(
    world: World, told: dict[str, Any]
) -> None:
    path = f"/v1/cases/{told['case']}/disclosures"
    ask = {"field": "phone", "purpose": "通知债务人到场"}
    officer = world.officer("tax.410500")

    def entitled() -> Json | None:
        try:
            found: Json = officer.post("intake", path, ask)
        except ClientError as error:
            if error.status != 403:  # intake hears of the office a little later
                raise
            return None
        return found

    assert until(entitled) == {"field": "phone", "value": PHONE}
    told_id = officer.post("intake", path, ask | {"field": "resident_id"})
    assert told_id["value"] == RESIDENT_ID
    (read, second) = world.operator.get("intake", path)["disclosures"]
    assert (read["office"], read["field"], read["purpose"]) == (
        "tax.410500", "phone", "通知债务人到场"
    )  # fmt: skip
    assert second["field"] == "resident_id"
    digest = world.filer().get("intake", f"/v1/cases/{told['case']}")["filing"]["contact"]["digest"]
    until(lambda: world.operator.get("intake", "/v1/disclosures", digest=digest)["disclosures"]
          or None)  # fmt: skip


def test_an_office_without_a_task_is_refused_and_so_is_everybody_else(
    world: World, told: dict[str, Any]
) -> None:
    path = f"/v1/cases/{told['case']}/disclosures"
    ask = {"field": "phone", "purpose": "想知道"}
    for by in (world.officer("tax.410502"), world.officer("social_security.410500"),
               world.filer(), world.operator,
               world.local.client("liaison", division="410500")):  # fmt: skip
        error = refusal(by.post, "intake", path, ask)
        assert error.status == 403
        assert PHONE not in str(error.problem)
    no_reason = refusal(world.officer("tax.410500").post, "intake", path, ask | {"purpose": " "})
    assert no_reason.status == 422
    assert all(item["office"] == "tax.410500"
               for item in world.operator.get("intake", path)["disclosures"])  # fmt: skip


@pytest.mark.parametrize("said", [f"已电话通知{PHONE}", f"身份证{RESIDENT_ID}。"])
def test_what_an_officer_writes_for_others_holds_nobodys_numbers(
    world: World, told: dict[str, Any], said: str
) -> None:
    tax = next(item for item in told["given"] if item["task"] == "tax_clearance")
    for act, body, field in (
        ("progress", {"note": said}, "note"),
        ("return", {"reason": said}, "reason"),
        ("resolve", {"outcome": outcome("tax_clearance", note=said)}, "outcome.note"),
    ):
        error = refusal(world.act, tax, act, body)
        assert (error.status, fields(error)) == (422, [field])
        assert said not in str(error.problem)


def test_after_the_case_is_closed_nobody_is_told_any_more(
    world: World, told: dict[str, Any]
) -> None:
    world.close(told["case"])
    ask = {"field": "phone", "purpose": "再问一次"}
    path = f"/v1/cases/{told['case']}/disclosures"

    def refused() -> bool | None:
        try:
            world.officer("tax.410500").post("intake", path, ask)
        except ClientError as error:
            return True if error.status == 403 else None
        return None

    assert until(refused)


async def test_no_message_carries_them(told: dict[str, Any]) -> None:
    bodies = await overheard(told["tap"])
    spoken = b"\n".join(bodies)
    assert told["case"].encode() in spoken
    assert len(bodies) > 8
    assert not [secret for secret in SECRETS if secret.encode() in spoken]
    assert "王某".encode() in spoken  # the name may be known: an office has to turn to somebody


def test_nothing_that_was_shown_or_logged_holds_them(world: World, told: dict[str, Any]) -> None:
    logs = list((world.local.directory / "logs").glob("*.log"))
    assert len(logs) >= len(world.local.urls)
    texts = told["texts"] + [log.read_text("utf-8", "replace") for log in logs]
    for text in texts:
        assert not [secret for secret in SECRETS if secret in text]
    assert any(told["case"] in log.read_text("utf-8", "replace") for log in logs)


def test_no_database_holds_them_in_the_clear_and_only_intakes_at_all(
    world: World, told: dict[str, Any]
) -> None:
    ciphers = 0
    hidden = [base64.b64encode(secret.encode()) for secret in SECRETS]
    for name in world.mongo.list_database_names():
        if not name.startswith(world.prefix):
            continue
        for collection in world.mongo[name].list_collection_names():
            stored = b"".join(bson.encode(item) for item in world.mongo[name][collection].find())
            for secret in [*(text.encode() for text in SECRETS), *hidden]:
                assert secret not in stored, (name, collection)
            if told["case"].encode() in stored and re.search(rb"cipher", stored):
                ciphers += 1
                assert (name, collection) == (f"{world.prefix}intake", "commits")
    assert ciphers == 1

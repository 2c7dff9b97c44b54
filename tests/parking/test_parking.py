"""What is set aside is kept once, shown to operators, and sent back to where it came from."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fuyuan_contracts.channels import (
    DELIVERY_LIMIT,
    EVT,
    office_out_exchange,
    office_out_queue,
)
from fuyuan_contracts.envelope import Envelope
from services.runtime.wires import body_id
from tests.parking.conftest import Ask, Parking, Rig, Until

Listed = Callable[..., Awaitable[list[dict[str, Any]]]]
OFFICE = "tax.410526"
WHY = {"why": "处理程序已修复"}


def own(properties: Any) -> dict[str, Any]:
    """Give a message's headers but the broker's own."""
    headers = properties.headers or {}
    return {name: value for name, value in headers.items() if name != "x-delivery-count"}


async def said(rig: Rig) -> list[tuple[str, dict[str, Any]]]:
    """Take what the service has told the others: kind and data."""
    found = []
    for body, _ in await rig.take("q.metrics"):
        try:
            envelope = Envelope.model_validate_json(body)
        except ValueError:
            continue
        found.append((envelope.type.split(".")[3], envelope.data))
    return found


async def test_a_dead_letter_is_kept_once_however_often_it_is_found(
    rig: Rig, listed: Listed, ask: Ask, parking: Parking
) -> None:
    await asyncio.gather(*(rig.die("正文".encode(), "m1") for _ in range(30)))
    await rig.die(b"\xff\x00 bytes", "m2")
    await rig.die("正文".encode(), "m1", service="tracker")  # another queue's copy is another's
    items = await listed(3)
    assert {(item["queue"], item["message_id"]) for item in items} == {
        ("q.metrics", "m1"), ("q.metrics", "m2"), ("q.tracker", "m1"),
    }  # fmt: skip
    assert {item["times_parked"] for item in items} == {1}
    one = next(item for item in items if (item["queue"], item["message_id"]) == ("q.metrics", "m1"))
    shown = (await ask("GET", f"/{one['id']}")).json()
    assert shown["message"]["text"] == "正文"
    assert shown["message"]["reason"] == "refused"
    assert shown["message"]["error"] == "不可以"
    told = await said(rig)
    assert sorted(data["parked_id"] for kind, data in told if kind == "parked") == sorted(
        item["id"] for item in items
    )
    assert await parking.db["commits"].count_documents({}) == 3


async def test_an_id_too_long_to_be_sent_is_kept_under_another(rig: Rig, listed: Listed) -> None:
    await rig.die(b"one", "号" * 200)
    (item,) = await listed(1)
    assert item["message_id"] == body_id(b"one")


async def test_a_replay_is_the_same_message_to_the_queue_it_came_from_once(
    rig: Rig, listed: Listed, ask: Ask, until: Until
) -> None:
    body = b"\xff raw \x00 bytes"
    await rig.die(body, "m1", service="tracker")
    (item,) = await listed(1)
    assert (await said(rig))[0][0] == "parked"
    answer = await ask("POST", f"/{item['id']}/replay", json=WHY)
    assert (answer.status_code, answer.json()["state"]) == (200, "replayed")
    back: list[Any] = []

    async def arrived() -> bool:
        back.extend(await rig.take("q.tracker"))
        return bool(back)

    await until(arrived)
    again = await ask("POST", f"/{item['id']}/replay", json=WHY)
    assert again.status_code == 409
    assert "李某" in again.json()["title"]
    await asyncio.sleep(0.2)
    assert await rig.take("q.tracker") == []
    ((found, properties),) = back
    assert (found, properties.message_id) == (body, "m1")
    assert properties.content_type == "application/cloudevents+json"
    assert own(properties) == {}
    assert await said(rig) == [("replayed", {"parked_id": item["id"], "queue": "q.tracker"})]
    shown = (await ask("GET", f"/{item['id']}")).json()
    assert [(entry["by"], entry["why"]) for entry in shown["replays"]] == [("李某", WHY["why"])]
    assert await listed(0) == []
    assert len(await listed(1, "replayed")) == 1


async def test_what_a_replay_did_not_help_is_parked_again_and_can_be_replayed_again(
    rig: Rig, listed: Listed, ask: Ask, parking: Parking
) -> None:
    await rig.die(b"body", "m1", service="tracker")
    (item,) = await listed(1)
    for times in (2, 3):
        assert (await ask("POST", f"/{item['id']}/replay", json=WHY)).status_code == 200
        await listed(0)
        await rig.die(b"body", "m1", service="tracker")
        (found,) = await listed(1)
        assert (found["id"], found["times_parked"]) == (item["id"], times)
        assert found["first_parked_at"] == item["first_parked_at"]
        assert found["parked_at"] > item["parked_at"]
    state = (await parking.engine.state(item["id"])).state
    assert len(state.replays) == 2


async def test_of_many_replays_at_once_one_is_done(
    rig: Rig, listed: Listed, ask: Ask, until: Until
) -> None:
    await rig.die(b"body", "m1", service="tracker")
    (item,) = await listed(1)
    answers = await asyncio.gather(
        *(ask("POST", f"/{item['id']}/replay", json=WHY) for _ in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    back: list[Any] = []

    async def arrived() -> bool:
        back.extend(await rig.take("q.tracker"))
        return bool(back)

    await until(arrived)
    await asyncio.sleep(0.3)
    assert len(back) + len(await rig.take("q.tracker")) == 1


async def test_what_the_broker_gave_up_finds_its_queue_whatever_its_headers_say(
    rig: Rig, listed: Listed, ask: Ask, until: Until
) -> None:
    forged = {
        "fuyuan-queue": "q.intake",
        "fuyuan-reason": "fine\nforged",
        "fuyuan-error": "x",
        "x-death": [{"queue": "q.intake", "reason": "rejected", "count": 1}],
    }
    out = office_out_queue(OFFICE)
    await rig.put(b"killer", office_out_exchange(OFFICE), "", message_id="k1", headers=forged)
    await rig.give_up(out, DELIVERY_LIMIT + 1)
    (item,) = await listed(1)
    assert (item["queue"], item["message_id"]) == (out, "k1")
    assert item["reason"] == "delivery_limit"
    assert "delivery_limit" in item["error"]
    assert (await ask("POST", f"/{item['id']}/replay", json=WHY)).status_code == 200
    back: list[Any] = []

    async def arrived() -> bool:
        back.extend(await rig.take(out))
        return bool(back)

    await until(arrived)
    ((body, properties),) = back
    assert (body, properties.message_id, own(properties)) == (b"killer", "k1", {})


async def test_what_no_queue_wanted_is_kept_and_offered_to_all_again(
    rig: Rig, listed: Listed, ask: Ask, until: Until
) -> None:
    forged = {"fuyuan-queue": "q.intake", "fuyuan-reason": "x"}
    await rig.put(b"stray", EVT, "nobody.listens", message_id="u1", headers=forged)
    (item,) = await listed(1)
    assert (item["queue"], item["reason"]) == ("q.unrouted", "unrouted")
    assert (item["service"], item["message_id"]) == ("nobody.listens", "u1")
    await rig.channel.queue_bind("q.intake", EVT, "nobody.listens")  # whom it was meant for
    assert (await ask("POST", f"/{item['id']}/replay", json=WHY)).status_code == 200
    back: list[Any] = []

    async def arrived() -> bool:
        back.extend(await rig.take("q.intake"))
        return bool(back)

    await until(arrived)
    assert (back[0][0], back[0][1].message_id) == (b"stray", "u1")
    assert await listed(0) == []


@pytest.mark.parametrize("role", ["filer", "officer", "liaison", None])
async def test_parked_messages_are_the_operators_only(
    rig: Rig, listed: Listed, ask: Ask, role: str | None
) -> None:
    await rig.die(b"body", "m1")
    (item,) = await listed(1)
    expected = 403 if role else 401
    for method, path in (("GET", ""), ("GET", f"/{item['id']}"), ("POST", f"/{item['id']}/replay")):
        answer = await ask(method, path, role=role, json=WHY if method == "POST" else None)
        assert answer.status_code == expected
        assert answer.headers["content-type"] == "application/problem+json"
        assert "body" not in answer.text
    assert len(await listed(1)) == 1


async def test_wrong_requests_are_told_apart(rig: Rig, listed: Listed, ask: Ask) -> None:
    await rig.die(b"body", "m1")
    (item,) = await listed(1)
    replay = f"/{item['id']}/replay"
    cases = [
        ("GET", "/nothing", None, 404),
        ("POST", "/nothing/replay", WHY, 404),
        ("POST", replay, {}, 422),
        ("POST", replay, {"why": ""}, 422),
        ("POST", replay, {"why": "   "}, 422),
        ("POST", replay, {**WHY, "queue": "q.intake"}, 422),
        ("GET", "?state=else", None, 422),
        ("GET", "?limit=0", None, 422),
    ]
    for method, path, body, status in cases:
        answer = await ask(method, path, json=body)
        assert (path, body, answer.status_code) == (path, body, status)
    assert len(await listed(1)) == 1


async def test_the_list_comes_in_pages_that_miss_nothing(
    rig: Rig, listed: Listed, ask: Ask
) -> None:
    for number in range(7):
        await rig.die(b"body", f"m{number}")
    everything = await listed(7)
    paged, after = [], ""
    while True:
        page = (await ask("GET", f"?limit=3&after={after}")).json()
        paged += page["items"]
        if page["next"] is None:
            break
        after = page["next"]
    assert paged == everything
    assert page["parked"] == 7
    assert "body" not in paged[0]


async def test_a_revoked_key_is_void_here_too(rig: Rig, ask: Ask, until: Until) -> None:
    assert (await ask("GET")).status_code == 200
    envelope = Envelope.model_validate_json(
        b'{"specversion":"1.0","id":"r1","source":"/services/intake","subject":"k1","sequence":1,'
        b'"type":"cn.fuyuan.access.revoked.v1","time":"2026-09-06T02:00:00Z",'
        b'"data":{"key_id":"k1"}}'
    )
    await rig.put(envelope.encode(), EVT, "access.revoked", message_id="r1")

    async def refused() -> bool:
        return (await ask("GET")).status_code == 401

    await until(refused)

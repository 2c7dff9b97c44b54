"""A message that can't be handled is parked with its reason; its neighbours don't notice."""

import asyncio
import json
from typing import Any

import aiormq
import pytest

from fuyuan_contracts.channels import EVT, office_out_exchange, office_out_queue
from fuyuan_contracts.envelope import decode
from fuyuan_contracts.events import AssignmentProgressed, AssignmentResolved, CaseFiled
from fuyuan_contracts.ids import case_id
from tests.support.world import Json, World, envelope, outcome, publish, refusal, until

OURS, OTHERS = "tax.410523", "tax.410526"
FAR = 900
"""Sequence numbers of reports that the office's service has not used."""
TYPE = "cn.fuyuan.assignment.progressed.v1"


@pytest.fixture(scope="module")
def given(world: World) -> Json:
    """An assignment of OURS that stays open."""
    found: Json = world.delivered(world.file(world.bankruptcy("tax_relief", division="410523")))
    return dict(found["assignments"][0])


@pytest.fixture(scope="module")
def others(world: World) -> Json:
    found: Json = world.delivered(world.file(world.bankruptcy("tax_relief", division="410526")))
    return dict(found["assignments"][0])


def progress(given: Json, number: int, note: str, **more: Any) -> bytes:
    id_ = given["assignment_id"]
    data: Any = AssignmentProgressed(assignment_id=id_, note=note)
    if "type" in more:
        data = data.model_dump(mode="json")
    return envelope(f"/offices/{OURS}", id_, FAR + number, data, **more)


def resolved(given: Json, number: int) -> bytes:
    id_ = given["assignment_id"]
    data = AssignmentResolved.model_validate(
        {"assignment_id": id_, "outcome": outcome(given["task"])}
    )
    # the source says it is the other office: only the queue counts
    return envelope(f"/offices/{OTHERS}", id_, FAR + number, data)


def notes(world: World, given: Json) -> list[str]:
    case = given["assignment_id"].partition(".")[0]
    history = world.status(case)["history"]
    return [item["text"] for item in history if item["what"]["code"] == "progressed"]


def refusals(world: World, case: str) -> list[Json]:
    return [item for item in world.status(case)["history"] if item["what"]["code"] == "refused"]


def found_in(world: World, queue: str, reason: str, said: str = "") -> Json:
    """Wait for a parked message of a queue, whose error says something."""

    def look() -> Json | None:
        items = world.parked(
            lambda item: (
                (item["queue"], item["reason"]) == (queue, reason) and said in item["error"]
            )
        )
        return items[0] if items else None

    return until(look)


async def test_each_unreadable_report_is_parked_the_wrong_one_answered_and_the_good_ones_count(
    world: World, given: Json, others: Json
) -> None:
    bad = {
        "not_json": b"\xff not json",
        "not_an_envelope": b'{"hello": 1}',
        # what it is about can't be told; what can be is answered
        "wrong_data": progress(given, 50, "x", type=TYPE).replace(b'"assignment_id"', b'"about"'),
        "not_an_office_report": progress(given, 51, "x", type="cn.fuyuan.case.closed.v1"),
    }
    toneless = progress(given, 53, "x", type=TYPE).replace(b'"note"', b'"tone"')
    bodies = [toneless, progress(given, 54, "电话wx13812345678")]
    refused = resolved(others, 52)
    for number, body in enumerate((*bad.values(), refused)):
        bodies += [body, progress(given, number, f"进展{number}")]
    bus = world.local.bus
    await publish(bus.url(OURS), office_out_exchange(OURS), "", bodies)
    expected = [f"进展{number}" for number in range(len(bad) + 1)]
    until(lambda: sorted(notes(world, given)) == expected or None)
    for reason, body in bad.items():
        item = found_in(world, office_out_queue(OURS), reason)
        shown = world.operator.get("parking", f"/v1/parked/{item['id']}")
        assert shown["state"] == "parked"
        assert item["error"]
        if reason != "not_json":
            assert json.loads(shown["message"]["text"]) == json.loads(body)
    own = until(lambda: refusals(world, given["assignment_id"].partition(".")[0]) or None)
    assert [item["field"] for item in own] == ["note", "note"]
    assert "13812345678" not in str(own)
    case = others["assignment_id"].partition(".")[0]
    history = until(lambda: refusals(world, case) or None)
    assert [(item["office"]["office"], item["field"]) for item in history] == [
        (OURS, "assignment_id")
    ]
    assert f"{others['assignment_id']} is not an assignment of {OURS}" in history[0]["text"]
    assert "resolved" not in [item["what"]["code"] for item in world.status(case)["history"]]
    assert not world.parked(lambda item: item["reason"] == "refused" and case in item["error"])


@pytest.mark.parametrize("type_", ["cn.fuyuan.case.vanished.v1", "cn.fuyuan.case.filed.v9"])
async def test_an_unknown_type_or_version_of_a_service_is_parked_by_all_who_hear_it(
    world: World, type_: str
) -> None:
    case = world.file(filing := world.bankruptcy("tax_relief"))
    subject = case_id(world.local.bus.secrets.case_key(), "court.410500", f"{type_} unheard")
    body = envelope("/services/intake", subject, 1, filing, type=type_)
    url = world.local.bus.url("intake")
    await publish(url, EVT, "case.filed.bankruptcy", [body])
    for service in ("routing", "tracker", "metrics"):
        assert found_in(world, f"q.{service}", "unknown_type", type_)["attempts"] == 0
    world.close(case)
    assert refusal(world.status, subject).status == 404


async def test_headers_an_office_sends_change_nothing(world: World, given: Json) -> None:
    bus = world.local.bus
    headers: Json = {
        "CC": ["case.closed.bankruptcy"], "BCC": ["q.routing"], "x-death": [{"queue": "q.intake"}],
        "fuyuan-attempts": 99, "fuyuan-queue": "q.intake", "fuyuan-reason": "made up",
    }  # fmt: skip
    good, bad = progress(given, 90, "有头"), b"\xfe with headers"
    before = {item["id"] for item in world.parked()}
    await publish(bus.url(OURS), office_out_exchange(OURS), "", [bad, good], headers)
    until(lambda: "有头" in notes(world, given) or None)
    (item,) = until(lambda: world.parked(lambda item: item["id"] not in before) or None)
    assert (item["queue"], item["service"]) == (office_out_queue(OURS), "routing")
    assert (item["reason"], item["attempts"]) == ("not_json", 0)


async def test_an_event_sent_twice_under_new_message_ids_counts_once(
    world: World, given: Json
) -> None:
    body = progress(given, 95, "一次")
    bus = world.local.bus
    await publish(bus.url(OURS), office_out_exchange(OURS), "", [body] * 3)
    marker = progress(given, 96, "之后")
    await publish(bus.url(OURS), office_out_exchange(OURS), "", [marker])
    until(lambda: "之后" in notes(world, given) or None)
    assert notes(world, given).count("一次") == 1


async def test_what_no_queue_wanted_is_sent_again_once_that_is_mended(world: World) -> None:
    bus = world.local.bus
    filing = world.bankruptcy("tax_clearance")
    case = case_id(bus.secrets.case_key(), "court.410500", filing["reference"])
    data = CaseFiled.model_validate(
        {**filing, "case_id": case, "kind": "bankruptcy", "filer": "court.410500",
         "lane": "ordinary"}
    )  # fmt: skip
    body = envelope("/services/intake", case, 1, data)
    assert decode(body).subject == case
    await publish(bus.url("intake"), EVT, "typo.filed", [body])
    item = found_in(world, "q.unrouted", "unrouted")
    assert refusal(world.status, case).status == 404
    path = f"/v1/parked/{item['id']}/replay"
    assert refusal(world.operator.post, "parking", path, {"why": " "}).status == 422
    admin = await aiormq.connect(bus.admin_url)
    try:
        channel = await admin.channel()
        await channel.queue_bind("q.routing", EVT, "typo.filed")
        answer = world.operator.post("parking", path, {"why": "补上了绑定"})
        assert answer["state"] == "replayed"
        assert refusal(world.operator.post, "parking", path, {"why": "再来"}).status == 409
        given = await asyncio.to_thread(world.delivered, case)
        await publish(bus.url("intake"), EVT, "typo.filed", [body])
    finally:
        await channel.queue_unbind("q.routing", EVT, "typo.filed")
        await admin.close()
    world.resolve(given["assignments"][0])
    codes = [entry["what"]["code"] for entry in world.in_state(case, "closed")["history"]]
    assert codes == ["filed", "routed", "issued", "delivered", "received", "accepted", "resolved",
                     "closed"]  # fmt: skip
    shown = world.operator.get("parking", f"/v1/parked/{item['id']}")
    assert (shown["state"], shown["times_parked"]) == ("replayed", 1)
    assert [entry["why"] for entry in shown["replays"]] == ["补上了绑定"]
    # intake has heard of this case before it was filed: filed, it is the same case, and routed once
    assert world.file(filing) == case
    assert [entry["what"]["code"] for entry in world.status(case)["history"]] == codes

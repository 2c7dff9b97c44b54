"""The room on the real broker and database, and a real endpoint: told, tried again, never lost."""

import hashlib
import hmac
import re
import uuid
from typing import Any

import httpx
import pytest

from fuyuan_contracts.ids import instruction_id
from services.notices.sender import Sender
from services.notices.store import Store
from tests.notices.conftest import Site, repeating
from tests.notices.people import (
    DUE,
    LIAISON,
    Running,
    Say,
    Until,
    about,
    arrived,
    filed,
    new_case,
    office,
    routed,
    standing,
    subscribed,
)
from tests.support.rooms import Ask, bearer


async def test_people_are_told_over_a_signed_webhook_after_it_was_checked(
    ask: Ask, say: Say, site: Site, until: Until
) -> None:
    case, me = new_case(), {"office": office()}
    made, path = await subscribed(ask, until, site, who=me)
    assert made["state"]["zh"] == "待核验"
    await say("case.routed", case, 2, **routed(case, me["office"]))  # overtakes the filing
    await say("case.filed", case, 1, **filed(case))
    await say("case.filed", case, 1, **filed(case))
    (told,) = await arrived(until, site, path)
    (notice,) = told["notices"]
    assert notice["event"] == {"code": "waiting", "zh": "待您办理", "en": "waiting for you"}
    assert notice["case"]["reference"] == "（2024）豫0526破3号"
    assert notice["case"]["url"] == f"https://cases.example.gov.cn/v1/cases/{case}"
    assert (notice["task"]["zh"], notice["office"]) == ("清税", me["office"])
    assert notice["due"] == "2030-09-10T10:00:00Z"
    assert notice["text"]["zh"].startswith(
        "待您办理（新交办）：（2024）豫0526破3号《某公司破产清算》"
    )
    (got,) = site.notices(path)
    assert "秘密".encode() not in got.raw
    assert b"91350100M000100Y43" not in got.raw
    moment, mark = re.fullmatch(
        r"t=(\d+),v1=([0-9a-f]{64})", got.headers["fuyuan-signature"]
    ).groups()  # type: ignore[union-attr]
    signed = hmac.new(made["secret"].encode(), moment.encode() + b"." + got.raw, hashlib.sha256)
    assert mark == signed.hexdigest()
    assert got.headers["fuyuan-notice"] == told["id"] == notice["id"]
    deliveries = (await ask("GET", f"/subscriptions/{made['id']}/deliveries", **me)).json()
    states = [(one["notice"]["event"]["code"], one["state"]) for one in deliveries["deliveries"]]
    assert sorted(states) == [("verify", "sent"), ("waiting", "sent")]


async def test_a_failing_endpoint_is_tried_again_with_the_same_id_and_body(
    ask: Ask, say: Say, site: Site, until: Until
) -> None:
    case, me, left = new_case(), {"office": office()}, [500, 503]

    def answer(body: dict[str, Any]) -> tuple[int, bytes] | None:
        if body["type"] == "verify":
            return repeating(body)
        return (left.pop(0), b"") if left else (200, b"")

    made, path = await subscribed(ask, until, site, answer, me)
    await say("case.filed", case, 1, **filed(case))
    await say(
        "assignment.due_soon", case, 2, **about(case, me["office"], what="resolution", due=DUE)
    )
    bodies = await arrived(until, site, path, 3)
    assert len({one["id"] for one in bodies}) == 1
    assert len({str(one["notices"]) for one in bodies}) == 1

    async def sent() -> Any:
        found = (
            await ask("GET", f"/subscriptions/{made['id']}/deliveries?state=sent", **me)
        ).json()
        return [one for one in found["deliveries"] if one["notice"]["event"]["code"] == "due_soon"]

    (delivery,) = await until(sent)
    assert delivery["attempts"] == 3
    assert delivery["last"]["status"] == 200


async def test_one_that_never_answers_is_failing_holds_up_nobody_and_loses_nothing(
    ask: Ask, say: Say, site: Site, until: Until
) -> None:
    case, me, dead = new_case(), {"office": office()}, [True]

    def answer(body: dict[str, Any]) -> tuple[int, bytes] | None:
        silent = dead[0] and body["type"] != "verify"
        return None if silent else repeating(body)

    made, path = await subscribed(ask, until, site, answer, me)
    _, other = await subscribed(ask, until, site, who=me)
    await say("case.filed", case, 1, **filed(case))
    await say("case.routed", case, 2, **routed(case, me["office"]))
    await arrived(until, site, other)
    failing = await standing(ask, until, made["id"], "failing", me)
    assert failing["failures"] >= 3
    assert "1 s" in failing["said"] or "timed out" in failing["said"]
    found = (await ask("GET", f"/subscriptions/{made['id']}/deliveries?state=failed", **me)).json()
    (delivery,) = found["deliveries"]
    assert delivery["next_at"]
    dead[0] = False
    again = f"/subscriptions/{made['id']}/deliveries/{delivery['delivery']}/retry"
    assert (await ask("POST", again, **me)).status_code == 202
    await standing(ask, until, made["id"], "active", me)
    assert len({one["id"] for one in await arrived(until, site, path, 4)}) == 1
    assert (await ask("POST", again, **me)).status_code == 409


async def test_an_endpoint_that_does_not_repeat_the_challenge_stays_pending(
    ask: Ask, say: Say, site: Site, until: Until
) -> None:
    case, me, path = new_case(), {"office": office()}, f"/{uuid.uuid4().hex}"
    url = site.url(path, lambda _body: (200, b"hello"))
    made = (
        await ask("POST", "/subscriptions", json={"channel": "webhook", "url": url}, **me)
    ).json()

    async def refused() -> Any:
        found = (await ask("GET", f"/subscriptions/{made['id']}/deliveries", **me)).json()
        return [one for one in found["deliveries"] if one["attempts"] > 1]

    (check,) = await until(refused)
    assert check["last"]["said"] == "did not answer with the challenge"
    await say("case.filed", case, 1, **filed(case))
    await say("case.routed", case, 2, **routed(case, me["office"]))
    _, good = await subscribed(ask, until, site, who=me)
    assert (await ask("GET", f"/subscriptions/{made['id']}", **me)).json()["state"][
        "code"
    ] == "pending"
    assert not site.notices(path)
    site.answers[path] = repeating
    await standing(ask, until, made["id"], "active", me)
    assert not site.notices(good)


async def test_a_crash_after_sending_sends_the_same_message_again(
    ask: Ask, say: Say, site: Site, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, me = new_case(), {"office": office()}
    made, path = await subscribed(ask, until, site, who=me)
    note, crashed = Sender.note, list[str]()

    async def crash_once(self: Sender, state: Any, message: Any, *rest: Any) -> None:
        if state.id == made["id"] and not crashed:
            crashed.append(message.id)
            raise ConnectionError("the database is away")
        await note(self, state, message, *rest)

    monkeypatch.setattr(Sender, "note", crash_once)
    await say("case.filed", case, 1, **filed(case))
    await say("case.routed", case, 2, **routed(case, me["office"], 5))
    first, second = await arrived(until, site, path, 2)
    assert first["id"] == second["id"] == crashed[0]
    assert first["notices"] == second["notices"]
    assert len(first["notices"]) == 5


async def test_a_crash_after_spreading_makes_no_second_delivery(
    ask: Ask, say: Say, site: Site, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, me = new_case(), {"office": office()}
    made, path = await subscribed(ask, until, site, who=me)
    add, crashed = Store.add, list[str]()

    async def crash_once(self: Store, deliveries: Any) -> None:
        await add(self, deliveries)
        if not crashed and any(one["subscription"] == made["id"] for one in deliveries):
            crashed.append(case)
            raise ConnectionError("the process dies")

    monkeypatch.setattr(Store, "add", crash_once)
    await say("case.filed", case, 1, **filed(case))
    await say("case.routed", case, 2, **routed(case, me["office"]))
    await arrived(until, site, path)
    await say(
        "assignment.recalled", case, 3, **about(case, me["office"], why="recalled", reason="x")
    )
    told = await arrived(until, site, path, 2)
    assert crashed
    assert [one["notices"][0]["event"]["code"] for one in told] == ["waiting", "recalled"]


async def test_a_revoked_key_suspends_what_was_subscribed_with_it_and_another_takes_over(
    ask: Ask, say: Say, site: Site, until: Until, running: Running
) -> None:
    async def with_lost_key(method: str, path: str, **more: Any) -> httpx.Response:
        headers = bearer("liaison", division="410500", sub="lost")
        transport = httpx.ASGITransport(running.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://room/v1") as client:
            return await client.request(method, path, headers=headers, **more)

    made, path = await subscribed(with_lost_key, until, site)
    await say("access.revoked", "lost", 1, key_id="lost")
    found = await standing(ask, until, made["id"], "suspended", LIAISON)
    assert found["why"]["code"] == "revoked"
    assert (await with_lost_key("GET", "/subscriptions")).status_code == 401
    case = new_case()
    await say("case.filed", case, 1, **filed(case))
    escalated = {"case_id": case, "kind": "bankruptcy", "division": "410526"}
    escalated |= {"task": "tax_clearance", "why": "third_return"}
    await say("case.escalated", case, 2, **escalated)
    assert (await ask("POST", f"/subscriptions/{made['id']}/resume", **LIAISON)).status_code == 200
    (told,) = await arrived(until, site, path)
    assert told["notices"][0]["event"]["zh"] == "提级督办"


async def test_urges_rises_and_instructions_are_told_to_whom_they_concern(
    ask: Ask, say: Say, site: Site, until: Until
) -> None:
    case, me = new_case(), {"office": office()}
    _, mine = await subscribed(ask, until, site, who=me, events=["urged", "instruction"])
    county = LIAISON | {"division": "410526"}
    rose: Any = {"events": ["escalated", "instruction"]}
    _, here = await subscribed(ask, until, site, who=county, **rose)
    _, above = await subscribed(ask, until, site, who=LIAISON, **rose)
    await say("case.filed", case, 1, **filed(case))
    past = {"due": "2024-09-10T10:00:00Z", "what": "receipt", "number": 1}
    await say("assignment.urged", case, 2, **about(case, me["office"], **past))
    near = {"due": DUE.isoformat(), "what": "resolution", "number": 2}
    await say("assignment.urged", case, 3, **about(case, me["office"], **near))  # as `due_soon`
    await say("assignment.urged", case, 4, **about(case, me["office"], **near, reason="请尽快"))
    risen = {"case_id": case, "kind": "bankruptcy", "division": "410526", "task": "tax_clearance",
             "why": "overdue", "office": me["office"]}  # fmt: skip
    await say("case.escalated", case, 5, **risen, level="county")
    await say("case.escalated", case, 6, **risen, level="city")
    number = f"滑府批〔2026〕{uuid.uuid4().int % 1000}号"
    name = instruction_id("410526", number)
    said = {"instruction_id": name, "number": number, "division": "410526",
            "office": me["office"], "due_on": "2026-03-09"}  # fmt: skip
    more = {"text": "速办", "issued_by": "县长", "issued_on": "2026-03-02"}
    await say("instruction.issued", name, 1, **said, **more)  # about no case
    await say("instruction.overdue", name, 2, **said)

    async def told(path: str, count: int) -> list[dict[str, Any]]:
        """Wait for so many notices, one by one or several in a message."""

        async def enough() -> Any:
            found = [one for message in site.notices(path) for one in message.body["notices"]]
            return found if len(found) >= count else None

        found: list[dict[str, Any]] = await until(enough)
        return sorted(found, key=lambda one: (one["event"]["code"], one["why"]))

    def short(notices: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(one["event"]["code"], one["why"]) for one in notices]

    issued, late = ("instruction", "instruction_issued"), ("instruction", "instruction_overdue")
    city, own = ("escalated", "overdue_city"), ("escalated", "overdue_county")
    to_office = await told(mine, 4)
    assert short(to_office) == [issued, late, ("urged", "receipt"), ("urged", "resolution")]
    first = to_office[0]
    assert (first["case"], first["number"], first["due"]) == (None, number, "2026-03-09T10:00:00Z")
    assert first["text"]["zh"].startswith(f"批示督办（请按期办结）：{number}")
    assert short(await told(here, 3)) == [city, own, late]
    assert short(await told(above, 2)) == [city, late]

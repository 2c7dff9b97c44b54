"""The room on the real broker and database, with a real endpoint and a real mail server."""

import hashlib
import hmac
import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fuyuan_contracts.ids import case_id
from services.notices.sender import Sender
from services.notices.store import Store
from services.runtime.service import Service
from tests.notices.conftest import Answer, Letterbox, Site, repeating
from tests.support.rooms import Ask, asking, bearer

Say = Callable[..., Awaitable[None]]
Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
Running = Service[Any, Any, Any]
COURT = {"role": "filer", "office": "court.410526"}
LIAISON = {"role": "liaison", "office": None, "division": "410500"}
OPERATOR = {"role": "operator", "office": None}
DUE = datetime(2030, 9, 10, 10, tzinfo=UTC)


def new_case() -> str:
    return case_id(b"t", "x", uuid.uuid4().hex)


def office() -> str:
    """An office of this test's own, so that no other test's subscriptions hear of it."""
    return f"tax{uuid.uuid4().hex[:8].translate(str.maketrans('0123456789', 'ghijklmnop'))}.410526"


def filed(case: str, filer: str = "court.410526", **more: Any) -> dict[str, Any]:
    return {
        "case_id": case, "kind": "bankruptcy", "filer": filer,
        "reference": "（2024）豫0526破3号",
        "title": "某公司破产清算", "summary": "秘密的经过", "division": "410526", "lane": "ordinary",
        "filed_on": "2024-09-06",
        "details": {
            "kind": "bankruptcy", "needs": ["tax_clearance"], "procedure": "liquidation",
            "debtor": {"name": "某公司", "credit_code": "91350100M000100Y43"},
        },
    } | more  # fmt: skip


def routed(case: str, to: str, count: int = 1) -> dict[str, Any]:
    tasks = [
        "tax_clearance",
        "tax_relief",
        "deregistration",
        "financing",
        "retirement",
        "credit_repair",
    ]
    issued = [
        {
            "assignment_id": f"{case}.{task}.1", "task": task, "agency": "tax", "office": to,
            "rule": "r1", "rules_version": 1, "reason": "按规则", "receipt_due": DUE.isoformat(),
            "resolution_due": DUE.isoformat(),
        }
        for task in tasks[:count]
    ]  # fmt: skip
    return {"case_id": case, "kind": "bankruptcy", "division": "410526", "assignments": issued}


def about(case: str, to: str, **more: Any) -> dict[str, Any]:
    context = {
        "case_id": case, "kind": "bankruptcy", "division": "410526", "task": "tax_clearance",
        "agency": "tax", "office": to,
    }  # fmt: skip
    return {"assignment_id": f"{case}.tax_clearance.1", "context": context, **more}


async def subscribed(
    ask: Ask, until: Until, site: Site, answer: Answer = repeating, who: Any = None, **terms: Any
) -> tuple[dict[str, Any], str]:
    """Make a subscription and wait for its check; gives it with its secret, and its path."""
    path = f"/{uuid.uuid4().hex}"
    body = {"channel": "webhook", "url": site.url(path, answer), **terms}
    made = await ask("POST", "/subscriptions", json=body, **(who or {}))
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    await standing(ask, until, id_, "active", who)
    await until(lambda: _listed(ask, id_, who))
    return made.json(), path


async def _listed(ask: Ask, id_: str, who: Any) -> bool:
    found = (await ask("GET", "/subscriptions?limit=200", **(who or {}))).json()["subscriptions"]
    return any(one["id"] == id_ and one["state"]["code"] == "active" for one in found)


async def standing(ask: Ask, until: Until, id_: str, code: str, who: Any = None) -> Any:
    async def reached() -> Any:
        found = (await ask("GET", f"/subscriptions/{id_}", **(who or {}))).json()
        return found if found["state"]["code"] == code else None

    return await until(reached)


async def arrived(until: Until, site: Site, path: str, count: int = 1) -> list[dict[str, Any]]:
    async def enough() -> Any:
        found = site.notices(path)
        return found if len(found) >= count else None

    return [one.body for one in await until(enough)]


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
    assert states == [("verify", "sent"), ("waiting", "sent")] or states == states[::-1]


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


async def test_mail_comes_after_the_address_was_confirmed_and_can_be_ended(
    ask: Ask, say: Say, until: Until, letterbox: tuple[Letterbox, int], running: Running
) -> None:
    box, case, me = letterbox[0], new_case(), {"role": "filer", "office": office()}
    address = f"clerk-{uuid.uuid4().hex[:8]}@court.example.gov.cn"
    made = await ask("POST", "/subscriptions", json={"channel": "mail", "address": address}, **me)
    assert made.status_code == 201
    assert "secret" not in made.json()

    async def mails() -> Any:
        return box.to(address)

    (asking_,) = await until(mails)
    assert not asking_["Subject"].startswith("=?")
    link = re.search(r"https://notices\.example\.gov\.cn/v1(\S+)", plain(asking_))
    assert link
    nobody = asking(running.app)
    wrong = link[1][:-1] + ("a" if link[1][-1] != "a" else "b")
    assert (await nobody("POST", wrong, role=None)).status_code == 422
    assert "确认" in (await nobody("GET", link[1], role=None)).text
    id_ = made.json()["id"]
    assert (await ask("GET", f"/subscriptions/{id_}", **me)).json()["state"]["code"] == "pending"
    assert (await nobody("POST", link[1], role=None)).status_code == 200
    await until(lambda: _listed(ask, id_, me))
    await say("case.filed", case, 1, **filed(case, me["office"]))

    async def second() -> Any:
        return box.to(address)[1:]

    (mail,) = await until(second)
    assert mail["Subject"].startswith("【府院联动】已提请：（2024）豫0526破3号")
    assert re.fullmatch(r"<n[a-z2-7]{24}@example\.gov\.cn>", mail["Message-ID"])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert f"https://cases.example.gov.cn/v1/cases/{case}" in plain(mail)
    html = mail.get_body(("html",))
    assert html is not None
    assert "《某公司破产清算》" in html.get_content()
    end = re.fullmatch(r"<https://notices\.example\.gov\.cn/v1(\S+)>", mail["List-Unsubscribe"])
    assert end
    assert (await nobody("POST", end[1], role=None)).status_code == 200
    assert (await ask("GET", f"/subscriptions/{id_}", **me)).status_code == 404


def plain(mail: Any) -> str:
    text: str = mail.get_body(("plain",)).get_content()
    return text


async def test_an_address_the_relay_refuses_suspends_its_subscription(
    ask: Ask, until: Until, letterbox: tuple[Letterbox, int]
) -> None:
    me, address = {"office": office()}, f"nobody-{uuid.uuid4().hex[:8]}@example.gov.cn"
    letterbox[0].refusing[address] = "550 no such user"
    made = await ask("POST", "/subscriptions", json={"channel": "mail", "address": address}, **me)
    found = await standing(ask, until, made.json()["id"], "suspended", me)
    assert (found["why"]["code"], found["said"]) == ("gone", "the address was refused: 550")


async def test_more_than_the_limit_comes_as_one_digest_each_notice_once(
    ask: Ask, say: Say, site: Site, until: Until
) -> None:
    case, me = new_case(), {"office": office()}
    made, path = await subscribed(ask, until, site, who=me)
    await say("case.filed", case, 1, **filed(case))
    await say("case.routed", case, 2, **routed(case, me["office"], 6))
    (told,) = await arrived(until, site, path)
    assert told["type"] == "digest"
    assert len({one["id"] for one in told["notices"]}) == len(told["notices"]) == 6
    # within the window no second digest: it waits
    await say("assignment.overdue", case, 3, **about(case, me["office"], what="receipt", due=DUE))

    async def held() -> Any:
        query = f"/subscriptions/{made['id']}/deliveries?state=waiting"
        return [
            one
            for one in (await ask("GET", query, **me)).json()["deliveries"]
            if datetime.fromisoformat(one["next_at"]) > datetime.now(UTC) + timedelta(minutes=5)
        ]

    await until(held)
    assert len(site.notices(path)) == 1


async def test_an_hourly_digest_waits_for_the_hour_but_a_test_comes_at_once(
    ask: Ask, say: Say, site: Site, until: Until
) -> None:
    case, me = new_case(), {"office": office()}
    made, path = await subscribed(ask, until, site, who=me, digest="hourly")
    await say("case.filed", case, 1, **filed(case))
    await say("case.routed", case, 2, **routed(case, me["office"]))

    async def waiting() -> Any:
        query = f"/subscriptions/{made['id']}/deliveries?state=waiting"
        return (await ask("GET", query, **me)).json()["deliveries"]

    (delivery,) = await until(waiting)
    assert datetime.fromisoformat(delivery["next_at"]).minute == 0
    assert (await ask("POST", f"/subscriptions/{made['id']}/test", **me)).status_code == 202
    (told,) = await arrived(until, site, path)
    assert (told["type"], told["notices"][0]["text"]["zh"]) == ("test", "测试通知")


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


async def test_an_old_secret_is_good_for_a_while_beside_the_new_one(
    ask: Ask, site: Site, until: Until
) -> None:
    me = {"office": office()}
    made, path = await subscribed(ask, until, site, who=me)
    new = (await ask("POST", f"/subscriptions/{made['id']}/rotate", **me)).json()
    assert new["secret"] != made["secret"]
    await ask("POST", f"/subscriptions/{made['id']}/test", **me)
    await arrived(until, site, path)
    (got,) = site.notices(path)
    moment, *marks = [part.split("=")[1] for part in got.headers["fuyuan-signature"].split(",")]
    text = moment.encode() + b"." + got.raw
    expected = [
        hmac.new(one["secret"].encode(), text, hashlib.sha256).hexdigest() for one in (new, made)
    ]
    assert marks == expected


async def test_a_paused_one_gets_nothing_and_all_of_it_when_resumed(
    ask: Ask, say: Say, site: Site, until: Until
) -> None:
    case, me = new_case(), {"office": office()}
    made, path = await subscribed(ask, until, site, who=me)
    paused = await ask("POST", f"/subscriptions/{made['id']}/pause", **me)
    assert paused.json()["state"]["zh"] == "已暂停"
    await say("case.filed", case, 1, **filed(case))
    await say("case.routed", case, 2, **routed(case, me["office"]))

    async def waiting() -> Any:
        query = f"/subscriptions/{made['id']}/deliveries?state=waiting"
        return (await ask("GET", query, **me)).json()["deliveries"]

    await until(waiting)
    assert not site.notices(path)
    await ask("POST", f"/subscriptions/{made['id']}/resume", **me)
    await arrived(until, site, path)


async def test_only_its_own_side_and_operators_see_a_subscription(
    ask: Ask, site: Site, until: Until
) -> None:
    me = {"office": office()}
    made, _ = await subscribed(ask, until, site, who=me)
    path = f"/subscriptions/{made['id']}"
    others: tuple[dict[str, Any], ...] = (
        COURT,
        LIAISON,
        {"office": "tax.410500"},
        {"role": "filer", **me},
    )
    for who in others:
        for method, end in (
            ("GET", ""),
            ("GET", "/deliveries"),
            ("DELETE", ""),
            ("POST", "/pause"),
        ):
            assert (await ask(method, path + end, **who)).status_code == 404
    assert (await ask("GET", path, role=None)).status_code == 401
    assert (await ask("GET", path, **OPERATOR)).json()["scope"] == f"office:{me['office']}"
    assert (await ask("DELETE", path, **OPERATOR)).status_code == 403
    reason = {"reason": "投诉核实"}
    stopped = await ask("POST", f"{path}/suspend", json=reason, **OPERATOR)
    assert (stopped.json()["why"]["code"], stopped.json()["said"]) == ("operator", "投诉核实")
    assert (await ask("POST", f"{path}/resume", **me)).status_code == 409
    assert (await ask("DELETE", path, **me)).status_code == 204
    assert (await ask("GET", path, **me)).status_code == 404

"""Mail by a real server, digests, and who may do what with a subscription."""

import hashlib
import hmac
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.notices.conftest import Letterbox, Site
from tests.notices.people import (
    COURT,
    DUE,
    LIAISON,
    OPERATOR,
    Running,
    Say,
    Until,
    about,
    arrived,
    filed,
    listed,
    new_case,
    office,
    routed,
    standing,
    subscribed,
)
from tests.support.rooms import Ask, asking


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
    await until(lambda: listed(ask, id_, me))
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

"""What is refused over HTTP, naming the field; what twice is once."""

from typing import Any

import pytest

from tests.notices.conftest import Site
from tests.support.rooms import Ask

FILER = {"role": "filer", "office": "court.410527"}


def webhook(url: str, **more: Any) -> dict[str, Any]:
    return {"channel": "webhook", "url": url, **more}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (webhook("https://10.0.0.1/x"), "url"),
        (webhook("https://169.254.169.254/latest/meta-data"), "url"),
        (webhook("https://[::1]/x"), "url"),
        (webhook("https://[::ffff:7f00:1]/x"), "url"),
        (webhook("https://0x0a.1/x"), "url"),
        (webhook("https://u:p@example.com/"), "url"),
        (webhook("ftp://example.com/"), "url"),
        (webhook("https://no-such-name.invalid/"), "url"),
        (webhook("https://1.1.1.1/", events=["escalated"]), "events"),
        (webhook("https://1.1.1.1/", events=["rain"]), "events.0"),
        (webhook("https://1.1.1.1/", digest="weekly"), "digest"),
        ({"channel": "mail", "address": "nobody"}, "address"),
        ({"channel": "mail", "address": "a@b.cn\r\nBcc: c@d.cn"}, "address"),
        ({"channel": "fax", "address": "a@b.cn"}, "channel"),
        ({"channel": "mail", "url": "https://1.1.1.1/"}, "body"),
        (webhook("https://1.1.1.1/", address="a@b.cn"), "body"),
        (webhook("https://1.1.1.1/", secret="mine"), "secret"),
    ],
)
async def test_a_subscription_is_refused_naming_the_field(
    ask: Ask, body: dict[str, Any], field: str
) -> None:
    answer = await ask("POST", "/subscriptions", json=body, **FILER)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field


async def test_an_operator_subscribes_to_nothing(ask: Ask, site: Site) -> None:
    body = webhook(site.url("/operator"))
    assert (await ask("POST", "/subscriptions", json=body, role="operator")).status_code == 403


async def test_the_same_twice_is_one_and_its_secret_is_shown_once(ask: Ask, site: Site) -> None:
    body = webhook(site.url("/twice"), events=["closed", "filed", "closed"])
    first = await ask("POST", "/subscriptions", json=body, **FILER)
    second = await ask("POST", "/subscriptions", json=body, **FILER)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["events"] == ["filed", "closed"]
    assert first.json()["secret"].startswith("fysec_")
    assert "secret" not in second.json()
    shown = await ask("GET", f"/subscriptions/{first.json()['id']}", **FILER)
    assert first.json()["secret"] not in shown.text
    other = await ask("POST", "/subscriptions", json=body | {"digest": "daily"}, **FILER)
    assert other.status_code == 409
    await ask("DELETE", f"/subscriptions/{first.json()['id']}", **FILER)
    anew = await ask("POST", "/subscriptions", json=body | {"digest": "daily"}, **FILER)
    assert anew.status_code == 201
    assert anew.json()["secret"] != first.json()["secret"]


async def test_a_case_is_no_subscription(ask: Ask) -> None:
    for path in ("c" + "a" * 24, "s" + "a" * 24, "s" + "a" * 24 + "/deliveries"):
        assert (await ask("GET", f"/subscriptions/{path}", **FILER)).status_code == 404

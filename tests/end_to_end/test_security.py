"""Who may do what, tried from outside: on the broker, over HTTP, with a key that was revoked."""

import base64
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import aiormq
import pytest
from aiormq.abc import AbstractChannel
from aiormq.exceptions import ChannelAccessRefused

from fuyuan_contracts.channels import office_out_exchange, office_out_queue
from services.client import Client, ClientError
from services.stack.bus import Bus
from tests.support.world import Json, World, refusal, until

OURS, OTHER = "tax.410526", "tax.410502"
OPEN = {
    "/v1/tokens",
    "/v1/subscriptions/x/confirm",  # these two are told by the token of a mail's link
    "/v1/subscriptions/x/unsubscribe",
}
REVOKED_SECONDS = 2.0


async def ignore(_message: object) -> None:
    """Take a message that must not come."""


def say(exchange: str, key: str = "") -> Callable[[Bus, AbstractChannel], Awaitable[Any]]:
    persistent = aiormq.spec.Basic.Properties(delivery_mode=2)
    return lambda _bus, channel: channel.basic_publish(
        b"{}", exchange=exchange, routing_key=key, properties=persistent
    )


FORBIDDEN: dict[str, Callable[[Bus, AbstractChannel], Awaitable[Any]]] = {
    "speak as a service": say("evt", "case.closed.bankruptcy"),
    "speak as another office": say(office_out_exchange(OTHER)),
    "issue an assignment": say("inbox", OTHER),
    "park": say("dead", "routing"),
    "replay": say("replay", "q.routing"),
    "publish past the exchanges": say("", "q.routing"),
    "read another inbox": lambda bus, ch: ch.basic_consume(bus.inbox(OTHER), ignore),
    "get from another inbox": lambda bus, ch: ch.basic_get(bus.inbox(OTHER)),
    "purge another inbox": lambda bus, ch: ch.queue_purge(bus.inbox(OTHER)),
    "read reports": lambda _bus, ch: ch.basic_consume(office_out_queue(OTHER), ignore),
    "purge its own reports": lambda _bus, ch: ch.queue_purge(office_out_queue(OURS)),
    "read a service's queue": lambda _bus, ch: ch.basic_get("q.routing"),
    "read the dead": lambda _bus, ch: ch.basic_get("q.routing.dead"),
    "declare a queue": lambda _bus, ch: ch.queue_declare("mine"),
    "declare an exchange": lambda _bus, ch: ch.exchange_declare("mine"),
    "bind its inbox": lambda bus, ch: ch.queue_bind(bus.inbox(OURS), "evt", "#"),
    "unbind its inbox": lambda bus, ch: ch.queue_unbind(bus.inbox(OURS), "inbox", OURS),
    "delete its inbox": lambda bus, ch: ch.queue_delete(bus.inbox(OURS)),
}


async def test_an_office_reaches_its_own_two_names_and_nothing_else(world: World) -> None:
    bus = world.local.bus
    world.management("overview")  # rights are enforced, or this is skipped
    connection = await aiormq.connect(bus.url(OURS))
    try:
        for name, act in FORBIDDEN.items():
            channel = await connection.channel()
            try:
                await act(bus, channel)
            except ChannelAccessRefused:
                continue
            pytest.fail(f"an office may {name}")
    finally:
        await connection.close()


def test_every_office_has_rights_on_two_names_only(world: World) -> None:
    bus = world.local.bus
    given = {item["user"]: item for item in world.management(f"vhosts/{bus.vhost}/permissions")}
    for office in bus.offices:
        rights = given[office]
        assert rights["configure"] == "^$"
        for pattern in (rights["write"], rights["read"]):
            assert pattern.startswith("^")
            assert pattern.endswith("$")
            assert not set(pattern.replace("\\.", "").strip("^$")) & set(".*+?|()[]\\")
    names = {item["name"]: item["tags"] for item in world.management("users")}
    assert not any(names[office] for office in bus.offices)


def routes(world: World) -> Iterator[tuple[str, str, str]]:
    """Name every route of every service, with ids made up."""
    for service in world.local.urls:
        paths = world.http("GET", service, "/openapi.json").json()["paths"]
        for path, methods in paths.items():
            plain = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
            yield from ((service, method.upper(), plain) for method in methods)


def test_without_a_token_nothing_answers(world: World) -> None:
    asked = [item for item in routes(world) if item[2] not in OPEN]
    assert len(asked) > 60
    for service, method, path in asked:
        refused(world, service, method, path, None)


def refused(world: World, service: str, method: str, path: str, token: str | None) -> None:
    type_ = "application/jsonl" if path.endswith("batch") else "application/json"
    headers = {"content-type": type_} | ({"authorization": f"Bearer {token}"} if token else {})
    answer = world.http(method, service, path, headers=headers, content=b"{}")
    assert answer.status_code == 401, (service, method, path, token, answer.text)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_no_service_takes_a_token_that_intake_did_not_sign(world: World) -> None:
    head, claims, signature = world.filer()._bearer().split(".")
    more = base64.urlsafe_b64encode(b'{"role": "operator"}').decode().rstrip("=")
    forged = {
        "another signature": f"{head}.{claims}.{signature[::-1]}",
        "other claims": f"{head}.{more}.{signature}",
        "no algorithm": f"eyJhbGciOiJub25lIn0.{claims}.",
        "no token": "x",
        "an access key": world.operator.key,
    }
    for service in world.local.urls:
        for token in forged.values():
            refused(world, service, "GET", "/v1/projection", token)


@pytest.fixture(scope="module")
def case(world: World) -> str:
    """A case of 滑县, filed by its court, with an assignment of its tax office."""
    found = world.file(world.bankruptcy("tax_clearance", division="410526"), "court.410526")
    world.delivered(found)
    until(lambda: world.operator.get("metrics", f"/v1/cases/{found}/facts"))
    return found


def seen(by: Client, service: str, path: str) -> int:
    """Tell with which status somebody is answered."""
    plain, _, query = path.partition("?")
    try:
        by.get(service, plain, **dict(parse_qsl(query)))
    except ClientError as error:
        return error.status
    return 200


def test_each_sees_their_own_cases_and_no_others(world: World, case: str) -> None:
    client = world.local.client
    given = f"/v1/assignments/{case}.tax_clearance.1"
    places = [("intake", f"/v1/cases/{case}"), ("routing", f"/v1/cases/{case}"),
              ("metrics", f"/v1/cases/{case}/facts"), ("agency-tax", given),
              ("parking", "/v1/parked"), ("intake", f"/v1/cases/{case}/disclosures"),
              ("intake", "/v1/keys"), ("routing", "/v1/desk")]  # fmt: skip
    expected = [
        (client("filer", office="court.410526"), (200, 200, 403, 403, 403, 403, 403, 403)),
        (client("filer", office="court.410500"), (404, 404, 403, 403, 403, 403, 403, 403)),
        (client("officer", office="tax.410526"), (403, 200, 403, 200, 403, 403, 403, 403)),
        (client("officer", office="tax.410502"), (403, 404, 403, 404, 403, 403, 403, 403)),
        (client("officer", office="housing.410526"), (403, 404, 403, 403, 403, 403, 403, 403)),
        (client("liaison", division="410526"), (200, 200, 200, 403, 403, 200, 403, 200)),
        (client("liaison", division="410502"), (404, 404, 404, 403, 403, 404, 403, 200)),
        (client("liaison", division="410500"), (200, 200, 200, 403, 403, 200, 403, 200)),
        (world.operator, (200, 200, 200, 200, 200, 200, 200, 200)),
    ]  # fmt: skip
    for by, wanted in expected:
        got = tuple(seen(by, service, path) for service, path in places)
        assert got == wanted, by


def test_lists_hold_what_each_may_see(world: World, case: str) -> None:
    client = world.local.client

    def listed(by: Client, **query: str) -> list[str]:
        return [
            item["case_id"] for item in by.get("routing", "/v1/cases", limit=200, **query)["cases"]
        ]

    until(lambda: case in listed(client("filer", office="court.410526")) or None)
    for by, there in (
        (client("filer", office="court.410502"), False),
        (client("officer", office="tax.410526"), True),
        (client("officer", office="tax.410502"), False),
        (client("liaison", division="410526"), True),
        (client("liaison", division="410502"), False),
        (client("liaison", division="410500"), True),
    ):
        assert (case in listed(by, division="410526")) is there, by
        assert (case in listed(by, office="tax.410526")) is there, by
    page = client("officer", office="tax.410502").get("agency-tax", "/v1/assignments", limit=200)
    assert {item["office"] for item in page["items"]} <= {"tax.410502"}
    asked = {"office": "tax.410526"}
    error = refusal(client("officer", office="tax.410502").get, "agency-tax", "/v1/assignments",
                    **asked)  # fmt: skip
    assert error.status == 403


def test_a_summary_counts_what_its_reader_watches_over(world: World, case: str) -> None:
    county = world.local.client("liaison", division="410526")
    rows = county.get("metrics", "/v1/summary", by="division")["rows"]
    assert [row["key"] for row in rows] == ["410526"]
    assert case
    error = refusal(county.get, "metrics", "/v1/summary", division="410502")
    assert error.status == 403
    officer = world.officer("tax.410526")
    rows = officer.get("metrics", "/v1/summary", by="office")["rows"]
    assert [row["key"] for row in rows] == ["tax.410526"]


READS: dict[str, tuple[Json, dict[str, str]]] = {
    "officer": ({"role": "officer", "office": "housing.410526"},
                {"agency-housing": "/v1/assignments", "routing": "/v1/offices",
                 "tracker": "/v1/projects", "metrics": "/v1/summary"}),
    "liaison": ({"role": "liaison", "division": "410526"},
                {"intake": "/v1/disclosures?digest=" + "0" * 64, "routing": "/v1/desk",
                 "tracker": "/v1/projects", "metrics": "/v1/summary"}),
    "operator": ({"role": "operator"},
                 {"intake": "/v1/keys", "routing": "/v1/desk", "tracker": "/v1/projects",
                  "metrics": "/v1/summary", "parking": "/v1/parked",
                  "agency-tax": "/v1/assignments", "agency-housing": "/v1/assignments",
                  "agency-market_regulation": "/v1/assignments"}),
}  # fmt: skip


@pytest.mark.parametrize("who", READS)
def test_a_revoked_key_is_refused_everywhere_at_once(world: World, who: str) -> None:
    scope, places = READS[who]
    made = world.operator.post("intake", "/v1/keys", {"name": f"to be revoked {who}", **scope})
    revoked = Client(world.local.urls, made["key"])
    for service, path in places.items():
        assert seen(revoked, service, path) == 200, service
    began = time.monotonic()
    answer = world.http("DELETE", "intake", f"/v1/keys/{made['key_id']}", by=world.operator)
    assert answer.status_code == 204
    assert seen(revoked, "intake", places.get("intake", "/v1/keys")) == 401
    left = dict(places)
    while left and time.monotonic() - began < REVOKED_SECONDS:
        left = {name: path for name, path in left.items() if seen(revoked, name, path) != 401}
    assert not left, f"still answered {REVOKED_SECONDS} s later"
    fresh = Client(world.local.urls, made["key"])
    assert seen(fresh, "routing", "/v1/offices") == 401


def test_nobody_makes_a_key_above_their_own(world: World) -> None:
    for by in (
        world.filer(),
        world.officer(OURS),
        world.local.client("liaison", division="410500"),
    ):
        body = {"role": "operator", "name": "mine"}
        assert refusal(by.post, "intake", "/v1/keys", body).status == 403
    wrong = {"role": "officer", "name": "x"}
    assert refusal(world.operator.post, "intake", "/v1/keys", wrong).status == 422

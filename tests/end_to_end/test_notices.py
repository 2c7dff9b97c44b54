"""People are told by a webhook of their own: signed, what is theirs, and once."""

import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from services.client import Client
from tests.support.world import Json, World, refusal, until


@dataclass
class Endpoint:
    """An office's own web server."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def notices(self) -> list[Json]:
        bodies = [json.loads(raw) for _, raw in self.got]
        return [notice for body in bodies if body["type"] != "verify" for notice in body["notices"]]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            headers = {key.lower(): value for key, value in self.headers.items()}
            made.got.append((headers, raw))
            answer = json.loads(raw).get("challenge", "").encode()
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


def test_a_filer_and_an_office_are_told_what_is_theirs_and_nothing_else(
    world: World, endpoint: Endpoint
) -> None:
    court, tax = world.filer("court.410505"), world.officer("tax.410505")
    asked = {"channel": "webhook", "events": ["filed", "closed"], "digest": "none"}
    filers = court.post("notices", "/v1/subscriptions", asked | {"url": endpoint.url})
    offices = tax.post(
        "notices",
        "/v1/subscriptions",
        asked | {"url": endpoint.url + "/office", "events": ["waiting", "closed"]},
    )
    for by, one in ((court, filers), (tax, offices)):

        def active(by: Client = by, one: Json = one) -> bool | None:
            found = by.get("notices", f"/v1/subscriptions/{one['id']}")
            return found["state"]["code"] == "active" or None

        until(active)
    path = f"/v1/subscriptions/{filers['id']}"
    assert refusal(tax.get, "notices", path).status == 404
    case = world.file(world.bankruptcy("tax_clearance", division="410505"), "court.410505")
    other = world.file(world.bankruptcy("tax_clearance", division="410506"), "court.410506")
    for one in (case, other):
        world.delivered(one)
        world.close(one)

    def told() -> list[str] | None:
        found = sorted(item["event"]["code"] for item in endpoint.notices())
        return found if len(found) >= 4 else None

    assert until(told) == ["closed", "closed", "filed", "waiting"]
    assert {item["case"]["id"] for item in endpoint.notices()} == {case}
    headers, raw = endpoint.got[-1]
    parts = dict(item.split("=", 1) for item in headers["fuyuan-signature"].split(","))
    secrets = [item["secret"].encode() for item in (filers, offices)]
    signed = f"{parts['t']}.".encode() + raw
    assert parts["v1"] in [hmac.new(key, signed, "sha256").hexdigest() for key in secrets]
    for by, one in ((court, filers), (tax, offices)):
        by.delete("notices", f"/v1/subscriptions/{one['id']}")


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/x", "http://169.254.169.254/latest", "http://[::1]/x", "ftp://a.cn/x"]
)
def test_a_webhook_to_a_private_address_is_refused(world: World, url: str) -> None:
    body = {"channel": "webhook", "url": url, "events": ["filed"], "digest": "none"}
    error = refusal(world.filer("court.410505").post, "notices", "/v1/subscriptions", body)
    assert error.status == 422
    assert error.problem["errors"][0]["field"] == "url"

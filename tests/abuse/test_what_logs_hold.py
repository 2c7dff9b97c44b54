"""At the end: no log of a service, the broker or the database holds a secret or a person's number.

Runs last of this folder's files, over what all of them have left.
"""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.client import Client
from tests.abuse.planting import PHONE, RESIDENT_ID, TAX, Planted
from tests.support.world import World, until

SECRET_NAMES = re.compile(r"KEY|PASSWORD|SECRET")
PUBLIC = {"TOKEN_PUBLIC_KEY", "BOOTSTRAP_KEY_HASH"}
LAST = "/v1/cases/the-last-of-all"


def secrets(world: World) -> Iterator[str]:
    """Give every secret of the deployment, and every key and token of this run."""
    for service in world.local.stack.services.values():
        for name, value in service.spec.env.items():
            if SECRET_NAMES.search(name) and name not in PUBLIC:
                yield value
            if password := urlsplit(value).password:
                yield password
    for file in world.local.directory.rglob("offices.json"):
        yield from re.findall(r"://[^:/]+:([^@]+)@", file.read_text("utf-8"))
    yield world.local.servers.admin[1]
    for client in [world.operator, *world.local._clients.values()]:
        yield from (client.key, client._bearer())


def logs(world: World) -> dict[Path, bytes]:
    servers = world.local.servers
    found = set((world.local.directory / "logs").glob("*.log"))
    for server in (servers.broker, servers.mongo):
        if server is not None:
            found |= set(server.directory.rglob("*.log"))
    return {path: path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def run(world: World, planted: Planted) -> dict[Path, bytes]:
    """Read all logs, once everything that must not be in them has been said where it could be."""
    officer = world.officer(TAX)
    for text in (PHONE, RESIDENT_ID, officer.key, officer._bearer()):
        for service in world.local.urls:
            for way in ("", f"?q={text}"):
                headers = {"user-agent": text, "traceparent": text, "x-person": text}
                world.http("GET", service, f"/v1/cases/{text}{way}", headers=headers)
        wrong = {"field": text, "purpose": text, text: text}
        path = f"/v1/cases/{planted.case}/disclosures"
        assert world.http("POST", "intake", path, by=officer, json=wrong).status_code == 422
        assert world.http("POST", "intake", "/v1/tokens", json={"key": text + "x"}).is_error
    world.http("GET", "intake", LAST)

    def written() -> bool | None:
        return any(LAST.encode() in text for text in logs(world).values()) or None

    until(written)
    return logs(world)


def test_no_log_holds_a_secret_of_the_deployment_or_anybodys_key(
    world: World, run: dict[Path, bytes]
) -> None:
    assert len(run) >= len(world.local.urls)
    known = {text for text in secrets(world) if len(text) > 5}
    assert len(known) > 30
    for path, text in run.items():
        held = [secret[:4] for secret in known if secret.encode() in text]
        assert not held, (path.name, held)


def test_no_log_holds_the_number_of_a_person(run: dict[Path, bytes]) -> None:
    for text in (PHONE, RESIDENT_ID):
        shapes = [text.encode(), base64.b64encode(text.encode()), text.encode("utf-16-le")]
        for path, log in run.items():
            assert not any(shape in log for shape in shapes), (path.name, text)


def test_every_line_of_a_service_is_one_json_object(world: World, run: dict[Path, bytes]) -> None:
    for path, text in run.items():
        if path.stem not in world.local.urls:
            continue
        for line in text.splitlines():
            assert json.loads(line)["service"], line


def test_every_reading_of_a_persons_number_is_listed_with_its_purpose(
    world: World, planted: Planted
) -> None:
    officer: Client = world.officer(TAX)
    path = f"/v1/cases/{planted.case}/disclosures"
    before = world.operator.get("intake", path)["disclosures"]
    purposes = [f"核对第{number}次" for number in range(3)]
    for purpose in purposes:
        asked = {"field": "resident_id", "purpose": purpose}
        assert officer.post("intake", path, asked)["value"] == RESIDENT_ID
    listed = world.operator.get("intake", path)["disclosures"][len(before) :]
    assert [item["purpose"] for item in listed] == purposes
    assert {(item["office"], item["field"]) for item in listed} == {(TAX, "resident_id")}
    for none in ("", " ", None):
        wrong = {"field": "resident_id", "purpose": none}
        answer = world.http("POST", "intake", path, by=officer, json=wrong)
        assert answer.status_code == 422
        assert RESIDENT_ID not in answer.text
    assert len(world.operator.get("intake", path)["disclosures"]) == len(before) + 3

"""Tricks with paths and headers, and what of all this the logs say: one JSON object a line."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.client import Client
from tests.support.world import Json, World, until

FORGED = '{"level": "ERROR", "service": "intake", "message": "forged"}'
LINES = ["\n", "\r\n", "\r", "\x1b[2J\x1b[31m", "\u2028", "\x85", "\x0b", "\x00"]
TRICKS = [
    "/../../etc/passwd", "/v1/../v1/keys", "/v1/cases/..%2f..%2fkeys", "/v1/%2e%2e/keys",
    "/v1//keys", "//v1/keys", "/v1/keys/", "/v1/keys;x=1", "/v1/keys%00", "/v1/keys%20", "/V1/KEYS",
    "/v1/keys/%00", "/v1/cases/%00", "/v1/cases/%ff%fe", "/v1/cases/%ed%a0%80", "/v1/cases/%0a%0d",
    "/v1/cases/" + "a" * 20_000, "/v1/cases/" + "%F0%9F%92%A9" * 100, "/v1/cases/c%e2%80%ae",
    "/v1/cases/$where", "/v1/cases/{$gt:1}", "/v1/cases/[object]", "/%", "/%zz", "/v1/cases/%25",
    "/v1/assignments/..%2f..", "/v1/projects/%00", "/v1/parked/%00", "/v1/subscriptions/%00",
    "/v1/rules/%00", "/v1/offices/%00", "/v1/bulletins/%00", "/v1/instructions/%00",
    "/v1/bulletin/figures/%00/cases?period=2024-01..2024-06", "/v1/rules/versions/9999999999999999",
    "/v1/cases?cursor=%00", "/v1/keys?after=%00", "/v1/cases?limit=99999999999999999999",
    "/v1/cases?q=" + "%E7%A0%B4" * 5000, "/v1/cases?" + "&".join(["q=a"] * 2000), "/v1/cases?%00=1",
]  # fmt: skip
HEADERS: list[tuple[str, bytes]] = [
    ("authorization", b"Bearer"), ("authorization", b"Bearer "), ("authorization", b"Basic YTpi"),
    ("authorization", b"Bearer " + b"a" * 20_000), ("authorization", b"Bearer a.b.c"),
    ("authorization", b"Bearer \xff\xfe"), ("authorization", b"Bearer eyJhbGciOiJub25lIn0.e30."),
    ("traceparent", b"00-" + b"0" * 5000), ("traceparent", FORGED.encode()),
    ("user-agent", FORGED.encode()), ("accept", b"x" * 10_000), ("cookie", b"a=b;" * 2000),
    ("x-forwarded-for", b"127.0.0.1, '; DROP"), ("host", b"evil.example"), ("range", b"bytes=0-"),
    ("x-http-method-override", b"DELETE"), ("content-encoding", b"gzip"), ("expect", b"x"),
    ("accept-language", b"\xff" * 100), ("if-none-match", b"*" * 5000),
    ("x-original-url", b"/v1/keys"),
]  # fmt: skip


def spoken(world: World, service: str, head: bytes) -> bytes:
    """Say bytes to a service as they are, and give its whole answer."""
    url = urlsplit(world.local.urls[service])
    with socket.create_connection((str(url.hostname), url.port or 80), 30) as line:
        line.sendall(head + b"connection: close\r\n\r\n")
        return b"".join(iter(lambda: line.recv(65536), b""))


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture(scope="module")
def token(world: World) -> bytes:
    return world.operator._bearer().encode()


@pytest.mark.parametrize("trick", TRICKS, ids=range(len(TRICKS)))
def test_a_trick_with_a_path_is_told_off_or_finds_nothing(
    world: World, token: bytes, trick: str
) -> None:
    for service in ("intake", "routing", "tracker", "metrics", "notices", "liaison", "parking"):
        for given in (b"", b"authorization: Bearer " + token + b"\r\n"):
            head = f"GET {trick} HTTP/1.1\r\nhost: x\r\n".encode() + given
            answer = spoken(world, service, head)
            status = status_of(answer)
            assert status < 500, (service, trick, answer[-300:])
            assert b"root:" not in answer
            if not given:
                assert status >= 400, (service, trick)
            if status >= 400:
                assert b"application/problem+json" in answer, (service, trick, answer[:300])


@pytest.mark.parametrize("number", range(len(HEADERS)))
def test_a_hostile_header_is_told_off_or_means_nothing(
    world: World, token: bytes, number: int
) -> None:
    name, value = HEADERS[number]
    own = b"" if name == "authorization" else b"authorization: Bearer " + token + b"\r\n"
    for service in ("intake", "routing", "agency-tax"):
        head = b"GET /v1/projection HTTP/1.1\r\n" + (b"" if name == "host" else b"host: x\r\n")
        answer = spoken(world, service, head + own + name.encode() + b": " + value + b"\r\n")
        assert status_of(answer) in ((401,) if name == "authorization" else (200, 400)), name


def log_lines(folder: Path) -> Iterator[tuple[str, Json]]:
    for log in (folder / "logs").glob("*.log"):
        for line in log.read_bytes().splitlines():
            if line.strip() and log.stem not in ("rabbitmq", "mongod", "broker", "mongo"):
                yield log.name, json.loads(line)


def test_nobody_writes_lines_of_their_own_into_a_log(world: World, token: bytes) -> None:
    filer: Client = world.filer()
    for number, text in enumerate(LINES):
        filing = world.bankruptcy("tax_clearance") | {"title": f"案{text}{FORGED}"}
        answer = world.http("POST", "intake", "/v1/cases", by=filer, json=filing)
        assert answer.status_code == 422, (text, answer.text)
        assert [item["field"] for item in answer.json()["errors"]] == ["title"]
        quoted = "".join(f"%{byte:02x}" for byte in (text + FORGED).encode())
        spoken(world, "intake", f"GET /v1/cases/{quoted}{number} HTTP/1.1\r\nhost: x\r\n".encode())
    trace = f"traceparent: {FORGED}\r\nuser-agent: {FORGED}\r\n".encode()
    head = b"GET /v1/cases/seen HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + token + b"\r\n"
    spoken(world, "intake", head + trace)

    def logged() -> list[Json] | None:
        found = [entry for _, entry in log_lines(world.local.directory)]
        return found if any("/v1/cases/seen" in str(entry.get("path")) for entry in found) else None

    entries: list[Any] = until(logged)
    assert all(set(entry) >= {"time", "level", "service", "message"} for entry in entries)
    assert not [entry for entry in entries if entry["message"] == "forged"]
    raw = b"".join(path.read_bytes() for path in (world.local.directory / "logs").glob("*.log"))
    assert not re.search(rb"[\x00-\x08\x0b-\x1f]", raw)

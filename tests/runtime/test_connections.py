"""A server that is spoken to slowly, in nonsense, or by too many at once."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvicorn
from fastapi import Request

from services.runtime.connections import MAX_HEAD_BYTES, config_of
from services.runtime.request_bodies import Bodies
from services.runtime.settings import Settings
from services.runtime.web import build_app

SECONDS = 0.3
AT_ONCE = 10
HEAD = b"POST /take HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n"


class Line:
    """A connection that is spoken on byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, *parts: bytes, pause: float = 0) -> None:
        for part in parts:
            self.writer.write(part)
            await asyncio.sleep(pause)

    async def hear(self) -> bytes:
        """Read until the server closes the connection."""
        async with asyncio.timeout(SECONDS * 10):
            return await self.reader.read()

    async def answer(self) -> bytes:
        """Read one answer, whose connection goes on."""
        async with asyncio.timeout(SECONDS * 10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            return head + await self.reader.readexactly(length)


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    async def ready() -> dict[str, bool]:
        return {}

    bodies = Bodies({"": 1000}, {"/take": ("text/plain",)}, "", SECONDS, SECONDS)
    app = build_app("toy", ready, lambda: b"", bodies)

    @app.post("/take")
    async def take(request: Request) -> int:
        return len(await request.body())

    settings = Settings(http_port=0, header_seconds=SECONDS, http_connections=AT_ONCE)
    server = uvicorn.Server(config_of(app, settings))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


@pytest_asyncio.fixture
async def line(port: int) -> Line:
    return Line(*await asyncio.open_connection("127.0.0.1", port))


def problem(heard: bytes, status: int) -> None:
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head.lower()
    told = json.loads(body)
    assert told["status"] == status
    assert told["errors"][0]["message"]


async def test_a_head_that_does_not_come_is_not_waited_for(line: Line) -> None:
    assert not await line.hear()


async def test_a_head_that_comes_by_the_byte_is_not_waited_for(line: Line) -> None:
    speaking = asyncio.create_task(line.say(*(bytes([byte]) for byte in HEAD), pause=0.05))
    problem(await line.hear(), 408)
    speaking.cancel()


async def test_the_next_request_on_a_connection_has_no_more_time(line: Line) -> None:
    await line.say(HEAD + b"content-length: 2\r\n\r\nab")
    assert (await line.answer()).endswith(b"\r\n\r\n2")
    await line.say(HEAD)
    problem(await line.hear(), 408)


async def test_a_connection_may_be_idle_between_requests(line: Line) -> None:
    for _ in range(2):
        await line.say(HEAD + b"content-length: 2\r\n\r\nab")
        assert (await line.answer()).endswith(b"\r\n\r\n2")
        await asyncio.sleep(SECONDS * 2)


async def test_a_body_that_comes_by_the_byte_is_not_waited_for(line: Line) -> None:
    await line.say(HEAD + b"content-length: 500\r\n\r\n")
    speaking = asyncio.create_task(line.say(*[b"x"] * 500, pause=0.05))
    problem(await line.hear(), 408)
    speaking.cancel()


@pytest.mark.parametrize(
    "said",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET /\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab",
        HEAD + b"content-length: -1\r\n\r\n",
        HEAD + b"x: \x00\r\n\r\n",
        HEAD + b"x: " + b"x" * MAX_HEAD_BYTES,
    ],
    ids=range(8),
)
async def test_what_is_no_http_is_a_problem(line: Line, said: bytes) -> None:
    await line.say(said)
    assert b"HTTP/1.1 4" in (heard := await line.hear())
    assert b"application/problem+json" in heard


async def test_chunks_and_a_length_at_once_are_no_way_to_smuggle(line: Line) -> None:
    await line.say(
        HEAD + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n"
    )
    problem(await line.hear(), 400)


async def test_a_request_that_has_begun_behind_another_has_no_more_time(line: Line) -> None:
    await line.say(HEAD + b"content-length: 2\r\n\r\nab" + HEAD)
    assert (await line.answer()).endswith(b"\r\n\r\n2")
    problem(await line.hear(), 408)


async def test_too_many_connections_are_told_to_come_later(port: int) -> None:
    lines = [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(AT_ONCE)]
    await lines[0].say(HEAD + b"content-length: 2\r\n\r\nab")
    assert (await lines[0].answer()).startswith(b"HTTP/1.1 503 ")
    for one in lines[1:]:
        one.writer.close()
    await asyncio.sleep(0.1)
    again = Line(*await asyncio.open_connection("127.0.0.1", port))
    await again.say(HEAD + b"content-length: 2\r\n\r\nab")
    assert (await again.answer()).endswith(b"\r\n\r\n2")

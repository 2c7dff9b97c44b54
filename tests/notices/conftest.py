"""An endpoint and a mail server of the test's own, and the room on the real servers."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import aiormq
import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP
from pamqp.commands import Basic

from fuyuan_contracts.channels import EVT
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import AccessRevoked, Data, parse, short_name
from services.notices import model as m
from services.notices.app import build
from services.notices.settings import NoticesSettings
from services.runtime.service import Service
from services.stack.bus import Bus
from tests.support.rooms import Ask, asking, quick
from tests.support.rooms import running as run

WAIT_SECONDS = 60
NoticesService = Service[m.State, m.Input, m.Fact]
Answer = Callable[[dict[str, Any]], tuple[int, bytes] | None]


def repeating(body: dict[str, Any]) -> tuple[int, bytes]:
    """What a good endpoint answers."""
    return 200, body.get("challenge", "").encode()


@dataclass
class Request:
    """What an endpoint was sent."""

    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found


@dataclass
class Site:
    """An HTTP server whose paths answer as a test says; None: never."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    got: dict[str, list[Request]] = field(default_factory=dict)

    def url(self, path: str, answer: Answer = repeating) -> str:
        self.answers[path] = answer
        self.got[path] = []
        return f"http://127.0.0.1:{self.port}{path}"

    def notices(self, path: str) -> list[Request]:
        return [one for one in self.got[path] if one.body["type"] != "verify"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            raw = await reader.readexactly(int(headers["content-length"]))
            self.got.setdefault(path, []).append(Request(headers, raw))
            answered = self.answers[path](json.loads(raw))
            if answered is None:
                await asyncio.sleep(3600)
                return
            status, text = answered
            lines = f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n"
            lines += "Location: http://127.0.0.1:1/\r\n" if 300 <= status < 400 else ""
            writer.write(f"{lines}Connection: close\r\n\r\n".encode() + text)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the caller has hung up: a test of that
        finally:
            writer.close()


@pytest_asyncio.fixture(scope="module")
async def site() -> AsyncIterator[Site]:
    made = Site()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


class Letterbox:
    """What a mail server was given, in order; it refuses whom a test says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusing: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@pytest_asyncio.fixture(scope="module")
async def letterbox() -> AsyncIterator[tuple[Letterbox, int]]:
    """A real SMTP server, and its port."""
    box = Letterbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box), "127.0.0.1", 0)
    yield box, server.sockets[0].getsockname()[1]
    server.close()


@pytest_asyncio.fixture(scope="module")
async def running(
    module_bus: Bus, mongo_url: str, letterbox: tuple[Letterbox, int]
) -> AsyncIterator[NoticesService]:
    settings = NoticesSettings(
        amqp_url=module_bus.url("notices"),
        notices_key=secrets.token_hex(32),
        notices_allow_http=True,
        notices_allow_networks="127.0.0.1/32",
        notices_ports=(),
        whole_seconds=1,
        smtp_host="127.0.0.1",
        smtp_port=letterbox[1],
        smtp_tls="none",
        smtp_from="府院联动 <fuyuan@example.gov.cn>",
        retry_base_seconds=0.2,
        retry_cap_seconds=0.5,
        failing_after=3,
        flood_notices=3,
        dispatch_seconds=0.05,
        public_url="https://cases.example.gov.cn/",
        notices_url="https://notices.example.gov.cn",
        **quick(mongo_url),
    )
    async with run(build(settings), settings) as service:
        yield service


@pytest.fixture
def ask(running: NoticesService) -> Ask:
    """Send a request as somebody, an officer where nothing else is said."""
    return asking(running.app, role="officer", office="tax.410526")


@pytest_asyncio.fixture
async def say(module_bus: Bus) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """Publish an event as a service does: `say(type, case, sequence, **data)`."""
    connection = await aiormq.connect(module_bus.url("routing"))
    channel = await connection.channel(publisher_confirms=True)

    async def send(name: str, case: str, sequence: int, **fields: Any) -> None:
        type_ = f"cn.fuyuan.{name}.v1"
        data: Data = parse(type_, fields)
        envelope = Envelope(
            id=f"{name}.{case}.{sequence}", source="/services/routing", type=type_, subject=case,
            time=datetime.now(UTC), sequence=sequence, correlationid=case,
            data=data.model_dump(mode="json"),
        )  # fmt: skip
        last = "" if isinstance(data, AccessRevoked) else ".bankruptcy"
        properties = Basic.Properties(delivery_mode=2, message_id=envelope.id)
        await channel.basic_publish(
            envelope.encode(),
            exchange=EVT,
            routing_key=short_name(type_) + last,
            properties=properties,
        )

    yield send
    await connection.close()


@pytest.fixture
def until() -> Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]:
    """Wait until something holds; gives it."""

    async def wait(holds: Callable[[], Awaitable[Any]]) -> Any:
        async with asyncio.timeout(WAIT_SECONDS):
            while not (found := await holds()):  # noqa: ASYNC110 - asks a service
                await asyncio.sleep(0.02)
            return found

    return wait

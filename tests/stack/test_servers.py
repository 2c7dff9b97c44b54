"""The private broker and database: killed and started again, they hold what they confirmed."""

import asyncio
from pathlib import Path
from typing import Any

import aiormq
import pymongo
import pytest

from services.stack import broker, mongod
from services.stack.broker import PrivateBroker
from services.stack.bus import Bus
from services.stack.daemons import StackError
from services.stack.mongod import PrivateMongo
from services.stack.secrets import Secrets
from services.stack.servers import Servers

needs_mongod = pytest.mark.skipif(not mongod.binary(), reason="no mongod here")


async def publish(url: str, exchange: str, key: str, body: bytes) -> None:
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel(publisher_confirms=True)
        await channel.basic_publish(
            body,
            exchange=exchange,
            routing_key=key,
            properties=aiormq.spec.Basic.Properties(delivery_mode=2),
            mandatory=True,
        )
    finally:
        await connection.close()


async def fetch(url: str, queue: str) -> bytes | None:
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel()
        got = await channel.basic_get(queue, no_ack=True)
        return got.body if got.message_count is not None else None
    finally:
        await connection.close()


async def test_a_killed_broker_keeps_confirmed_messages_on_the_same_ports(tmp_path: Path) -> None:
    if not broker.installed():
        pytest.skip("no RabbitMQ here")
    # one of its own: 3.10 loses its dead-lettering of all virtual hosts when a queue is deleted
    # while it still elects its leader after a restart, as the end of a test does
    server = PrivateBroker(tmp_path, "password")
    await asyncio.to_thread(server.start)
    try:
        before = server.url()
        servers = Servers(before, server.management_url, "", "private", broker=server)
        bus = await Bus.declare(servers, Secrets.random(), "killed", ["tax.410500"])
        await publish(bus.url("intake"), "evt", "case.filed.bankruptcy", b"kept")
        await asyncio.to_thread(server.kill)
        assert server.pid is None
        await asyncio.to_thread(server.start)
        assert server.url() == before
        async with asyncio.timeout(60):
            assert await fetch(bus.url("routing"), "q.routing") == b"kept"
    finally:
        server.kill()


@needs_mongod
def test_a_killed_mongod_keeps_majority_writes_on_the_same_port(tmp_path: Path) -> None:
    server = PrivateMongo(tmp_path)
    server.start()
    try:
        url = server.url
        with pymongo.MongoClient[dict[str, Any]](url, w="majority", journal=True) as client:
            client["a"]["b"].insert_one({"_id": 1})
        servers, heard = Servers("", None, url, "private", mongo=server), list[str]()
        servers.revive(heard.append)
        assert heard == []
        server.kill()
        servers.revive(heard.append)
        assert heard == ["the database died; starting it again", "the database runs again"]
        assert server.url == url
        with pymongo.MongoClient[dict[str, Any]](url) as client:
            assert client["a"]["b"].find_one() == {"_id": 1}
    finally:
        server.kill()


@needs_mongod
def test_a_missing_library_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "mongod"
    broken.write_text(
        "#!/bin/sh\necho 'error while loading shared libraries: libcurl.so.4'; exit 127"
    )
    broken.chmod(0o755)
    monkeypatch.setattr(mongod, "binary", lambda: broken)
    with pytest.raises(StackError, match=r"make deps.*libcurl4"):
        PrivateMongo(tmp_path / "data").start()


def test_without_binaries_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "installed", lambda: False)
    monkeypatch.setattr(mongod, "binary", lambda: None)
    with pytest.raises(StackError, match="make deps"):
        PrivateBroker(tmp_path, "password").start()
    with pytest.raises(StackError, match="MONGO_URL"):
        PrivateMongo(tmp_path).start()

"""One process of the limit: a service's messages and writes, and nothing else of it.

It takes what comes to the service's queues, writes as many bytes in as many documents as the
service did, says as many bytes in as many messages, waits for all of it, and acknowledges. There is
no decision, no state, no HTTP, and no model of anything: a body names its case's trace and its
place in that, and is filled up with blanks.
"""

import asyncio
import itertools
import json
import os
import signal
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from services.runtime.commits import Commits
from tests.benchmarks.limit.trace import ROOT, Trace, load
from tests.benchmarks.limit.wire import Message, Wire

BATCH, WAIT_SECONDS, PREFETCH = 250, 0.01, 500
"""As the services have them (services/runtime/settings.py)."""
OVERHEAD = 150
"""Bytes of a document beside its filling."""
Json = dict[str, Any]
Todo = tuple[str, int, str]
"""`(case, trace, number of the message or root)`."""


class Role:
    """A service without its logic."""

    def __init__(self, name: str, found: list[Trace], db: AsyncDatabase[Json]) -> None:
        """Nothing is connected yet."""
        self.wire: Wire
        self._traces = found
        self._steps = [trace.steps.get(name, {}) for trace in found]
        self._commits = Commits(db)  # the same collections, with the same indexes
        self._views = db["views"]
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._event = asyncio.Event()
        self._numbers = itertools.count()
        self._revisions = itertools.count()

    async def prepare(self) -> None:
        """Make the indexes."""
        await self._commits.ensure_indexes()

    def took(self, tag: int, body: bytes) -> None:
        """Have a message wait for the next batch."""
        self._waiting.append((tag, body))
        self._event.set()

    async def run(self) -> None:
        """Take batch after batch, for ever."""
        while True:
            await self._event.wait()
            self._event.clear()
            if len(self._waiting) < BATCH:
                await asyncio.sleep(WAIT_SECONDS)
            while self._waiting:
                number = min(len(self._waiting), BATCH)
                taken = [self._waiting.popleft() for _ in range(number)]
                await self.do([_read(body) for _, body in taken])
                self.wire.acknowledge(taken[-1][0])

    async def file(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take JSON Lines, their length before them; answer with the cases' ids once written."""
        size = int.from_bytes(await reader.readexactly(4))
        lines = (await reader.readexactly(size)).splitlines()
        cases = [f"c{next(self._numbers):024d}" for _ in lines]
        for start in range(0, len(cases), BATCH):
            part = cases[start : start + BATCH]
            await self.do([(case, int(case[1:]) % len(self._traces), ROOT) for case in part])
        writer.write(json.dumps(cases).encode())
        writer.write_eof()
        await writer.drain()
        writer.close()

    async def do(self, todo: Iterable[Todo]) -> None:
        """Write, say, and list as said: what a batch leads to."""
        commits, views, said = [], [], list[Message]()
        now = datetime.now(UTC)
        for case, number, cause in todo:
            step = self._steps[number].get(cause)
            if step is None:
                continue
            out = len(step.says)
            commits += [self._document(case, size, out, now) for size in step.commits]
            views += [self._document(case, size, 0, now) for size in step.views]
            messages = self._traces[number].messages
            for place in step.says:
                exchange, key, size = messages[place]
                body = f"{case} {number} {place} ".ljust(size).encode()
                said.append((exchange, key, f"{case}{place}"[-26:], body))
        if commits:
            await self._commits.commits.insert_many(commits, ordered=False)
        if said:
            await self.wire.publish(said)
            await self._commits.mark_sent([item["_id"] for item in commits], now)
        if views:
            await self._views.insert_many(views, ordered=False)

    def _document(self, case: str, size: int, out: int, at: datetime) -> Json:
        rev = next(self._revisions)
        return {"_id": f"{case}/{rev}", "subject": case, "rev": rev, "out": out, "at": at,
                "filling": " " * max(0, size - OVERHEAD)}  # fmt: skip


def _read(body: bytes) -> Todo:
    case, number, place, _ = body.split(b" ", 3)
    return case.decode(), int(number), place.decode()


def tell_ready() -> None:
    """Let who started this process know."""
    Path(os.environ["READY_FILE"]).touch()


async def _main() -> None:
    env = os.environ
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with AsyncMongoClient[Json](env["MONGO_URL"], w="majority", journal=True) as client:
        role = Role(env["ROLE"], load(env["TRACES"]), client[env["DATABASE"]])
        await role.prepare()
        role.wire = await Wire.connect(env["AMQP_URL"], role.took)
        await role.wire.consume(json.loads(env["QUEUES"]), PREFETCH)
        if port := env.get("FILING_PORT"):
            await asyncio.start_server(role.file, "127.0.0.1", int(port))
        tell_ready()
        running = asyncio.create_task(role.run())
        ended = asyncio.create_task(stopping.wait())
        await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()


if __name__ == "__main__":
    uvloop.run(_main())

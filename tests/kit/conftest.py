"""The kit as an office has it: its wheel in an environment of its own, without the repository."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from typing import Any

import aiormq
import pytest
import pytest_asyncio
from packaging.requirements import Requirement
from pamqp.commands import Basic

from fuyuan_contracts.channels import INBOX, office_out_queue
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import Data
from fuyuan_contracts.ids import event_id
from services.stack.bus import Bus

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "contracts"
OFFICE = "tax.410526"
WAIT_SECONDS = 60

Issue = Callable[..., Awaitable[Envelope]]
Reports = Callable[..., Awaitable[list[dict[str, Any]]]]


def name_of(requirement: Requirement) -> str:
    return re.sub(r"[-_.]+", "-", requirement.name).lower()


def closure(dist: Distribution, extras: set[str]) -> set[str]:
    """Name the distributions that one brings, as declared in its metadata and theirs."""
    found: set[str] = set()
    waiting: list[tuple[Distribution, frozenset[str]]] = [(dist, frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        dist, wanted = waiting.pop()
        for needed in map(Requirement, dist.requires or ()):
            chosen = [{"extra": extra} for extra in (*wanted, "")]
            if needed.marker is None or any(map(needed.marker.evaluate, chosen)):
                found.add(name_of(needed))
                more = (distribution(needed.name), frozenset(needed.extras))
                if (name_of(needed), more[1]) not in seen:
                    seen.add((name_of(needed), more[1]))
                    waiting.append(more)
    return found


@pytest.fixture(scope="session")
def kit_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the wheel, what the extra [agency] declares, and nothing else."""
    made = tmp_path_factory.mktemp("office")
    source = made / "source"
    shutil.copytree(
        CONTRACTS, source, ignore=shutil.ignore_patterns("*.egg-info", "schemas", "node_modules")
    )
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(made)]
    subprocess.run([*build, str(source)], check=True, capture_output=True, text=True)
    (wheel,) = made.glob("*.whl")
    venv = made / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    (packages,) = venv.glob("lib/python*/site-packages")
    subprocess.run(
        [*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)],
        check=True,
    )
    (kit,) = distributions(path=[str(packages)])
    for name in closure(kit, {"agency"}):
        dist = distribution(name)
        tops = {path.parts[0] for path in dist.files or () if path.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            (packages / top).symlink_to(Path(str(dist.locate_file(top))))
    return python


def words(reports: list[dict[str, Any]]) -> list[str]:
    return [report["type"].split(".")[-2] for report in reports]


class Process:
    """An office's program, running."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def text(self) -> str:
        return self._log.read_text("utf-8")

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = self.text.splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    async def logged(self, text: str) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while not any(text in line["text"] for line in self.log):  # noqa: ASYNC110 -- another process writes it
                await asyncio.sleep(0.02)

    async def ended(self) -> int:
        async with asyncio.timeout(WAIT_SECONDS):
            return await self.process.wait()

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.terminate()
        return await self.ended()


Start = Callable[..., Awaitable[Process]]


@asynccontextmanager
async def programs(bus: Bus, folder: Path) -> AsyncIterator[Start]:
    """Start offices' programs in a folder, told what `office.env` tells them; end them after."""
    running: list[Process] = []

    async def begin(words: Sequence[str | Path], office: str = OFFICE, **more: str) -> Process:
        log = folder / f"log-{len(running)}"
        environ = {
            "PATH": os.environ["PATH"],
            "FUYUAN_OFFICE": office,
            "FUYUAN_AMQP_URL": bus.url(office),
            "FUYUAN_INBOX": bus.inbox(office),
            "FUYUAN_STORE": str(folder / f"{office}.sqlite3"),
            "FOLDER": str(folder),
        }
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *map(str, words), cwd=folder, env=environ | more, stderr=file
            )
        running.append(Process(process, log))
        return running[-1]

    yield begin
    for item in running:
        if item.process.returncode is None:
            item.process.kill()
            await item.process.wait()
        print(item.text)  # noqa: T201 -- pytest shows it where a test fails


@pytest.fixture
async def start_program(module_bus: Bus, tmp_path: Path) -> AsyncIterator[Start]:
    """Start programs of one test."""
    async with programs(module_bus, tmp_path) as begin:
        yield begin


@pytest.fixture
def start(kit_python: Path, start_program: Start) -> Start:
    """Start programs that use the kit."""

    async def begin(program: Path, office: str = OFFICE, **more: str) -> Process:
        return await start_program((kit_python, program), office, **more)

    return begin


@pytest_asyncio.fixture(scope="module")
async def routing(module_bus: Bus, management: Any) -> AsyncIterator[Any]:
    """Routing's side of the bus; the office's side has the office's own rights only."""
    assert management
    assert module_bus.enforced
    connection = await aiormq.connect(module_bus.url("routing"))
    yield await connection.channel(publisher_confirms=True)
    await connection.close()


@pytest.fixture
def send(routing: Any) -> Issue:
    """Send an event to an inbox, as routing does; gives its envelope."""

    async def publish(
        data: Data, sequence: int, *, office: str = OFFICE, case: str = ""
    ) -> Envelope:
        subject = case or getattr(data, "case_id", "") or data.assignment_id.split(".")[0]  # type: ignore[attr-defined]
        envelope = Envelope(
            id=event_id("/services/routing", subject, sequence),
            source="/services/routing",
            type=data.TYPE,
            subject=subject,
            time="2024-09-06T00:30:00Z",
            sequence=sequence,
            correlationid=subject,
            data=data.model_dump(mode="json"),
        )
        await raw(routing, envelope.encode(), office, envelope.id)
        return envelope

    return publish


async def raw(channel: Any, body: bytes, office: str = OFFICE, id_: str | None = None) -> None:
    properties = Basic.Properties(delivery_mode=2, message_id=id_)
    await channel.basic_publish(body, exchange=INBOX, routing_key=office, properties=properties)


@pytest.fixture
def reports(routing: Any) -> Reports:
    """Read exactly `count` reports of an office, as routing does."""

    async def read(count: int, office: str = OFFICE, *, more: bool = False) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(WAIT_SECONDS):
            while len(found) < count:
                message = await routing.basic_get(office_out_queue(office), no_ack=True)
                if isinstance(message.delivery, Basic.GetOk):
                    properties = message.header.properties
                    assert properties.delivery_mode == 2
                    found.append(json.loads(message.body))
                    assert properties.message_id == found[-1]["id"]
                else:
                    await asyncio.sleep(0.02)
        if not more:
            await asyncio.sleep(0.1)
            last = await routing.basic_get(office_out_queue(office), no_ack=True)
            assert not isinstance(last.delivery, Basic.GetOk), f"nothing more: {last.body!r}"
        return found

    return read

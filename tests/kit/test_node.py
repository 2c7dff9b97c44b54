"""The consumer in plain Node.js, written from asyncapi.yaml alone, on the real broker."""

import asyncio
import json
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from fuyuan_contracts.events import AssignmentRecalled, AssignmentUrged, InstructionIssued
from fuyuan_contracts.ids import event_id, instruction_id
from services.stack.bus import Bus
from tests.kit.conftest import Process, raw, words
from tests.kit.made import issued
from tests.kit.proxy import proxied

EXAMPLE = Path(__file__).parents[2] / "contracts" / "examples" / "node"
DIE = Path(__file__).parent / "die.mjs"
OFFICE = "tax.410526"
FULL = ["delivered", "accepted", "resolved"]
PLACES = ("torn kept", "after kept", "before handled", "after handled", "before sent")
Begin = Callable[..., Awaitable[Process]]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with what its lock file names, in a folder of its own."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed (apt-get install nodejs npm)")
    folder = tmp_path_factory.mktemp("node") / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("node_modules", "*.jsonl"))
    quiet = ["--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    subprocess.run([npm, "ci", *quiet], cwd=folder, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture
def begin(installed: Path, start_program: Any, tmp_path: Path) -> Begin:
    async def started(**more: str) -> Process:
        told = {"FUYUAN_STORE": str(tmp_path / "office.jsonl")} | more
        command = ("node", "--import", str(DIE), str(installed / "office.js"))
        process: Process = await start_program(command, **told)
        return process

    return started


async def test_the_same_contract_in_another_language(
    begin: Begin, send: Any, reports: Any, tmp_path: Path
) -> None:
    app = await begin()
    data = issued("node")
    envelope = await send(data, 1)
    said = await reports(3)
    assert words(said) == FULL
    source = f"/offices/{OFFICE}"
    assert [report["id"] for report in said] == [
        event_id(source, data.assignment_id, number) for number in (1, 2, 3)
    ]
    assert {report["causationid"] for report in said} == {envelope.id}
    assert [error for report in said for error in errors_of(report)] == []
    await send(data, 1)  # the same message: nothing; a new one: `delivered` again
    await send(data, 2)
    assert words(await reports(1)) == ["delivered"]
    await app.stop()
    assert app.process.returncode == 0
    assert (tmp_path / "office.jsonl").stat().st_mode & 0o077 == 0


def errors_of(report: dict[str, Any]) -> list[str]:
    """Check a report against the document it was written from."""
    document = yaml.safe_load((EXAMPLE.parents[1] / "schemas" / "asyncapi.yaml").read_text("utf-8"))
    name = report["type"].removeprefix("cn.fuyuan.").removesuffix(".v1")
    schema = document["components"]["messages"][name]["payload"]
    validator = Draft202012Validator(schema | {"components": document["components"]})
    return [error.message for error in validator.iter_errors(report)]


async def test_killed_at_every_step_in_turn_each_report_is_made_once(
    begin: Begin, send: Any, reports: Any, tmp_path: Path
) -> None:
    await send(issued("killed"), 1)
    for place in PLACES:
        app = await begin(KILL=place)
        assert await app.ended() == -signal.SIGKILL, place
    app = await begin()
    said: dict[str, dict[str, Any]] = {}
    async with asyncio.timeout(60):
        while len(said) < len(FULL):
            for report in await reports(1, more=True):
                assert said.setdefault(report["id"], report) == report, "the same id, the same body"
    assert await app.stop() == 0
    assert words(sorted(said.values(), key=lambda report: report["sequence"])) == FULL
    lines = (tmp_path / "office.jsonl").read_text("utf-8").splitlines()
    assert sum("handled" in json.loads(line) for line in lines) == 1


async def test_recalled_unreadable_and_cut_off(  # noqa: PLR0917 -- fixtures
    begin: Begin, send: Any, reports: Any, routing: Any, module_bus: Bus, tmp_path: Path
) -> None:
    data = issued("recalled")
    recall = AssignmentRecalled(assignment_id=data.assignment_id, why="withdrawn", reason="撤回")
    await send(recall, 2)
    await raw(routing, b"no json")
    await send(data, 1)
    async with proxied(module_bus.url(OFFICE)) as line:
        app = await begin(FUYUAN_AMQP_URL=line.url)
        assert words(await reports(1)) == ["delivered"], "and nothing is done with it"
        await line.cut()
        await send(issued("meanwhile"), 1)
        await line.open()
        assert words(await reports(3)) == FULL
        assert await app.stop() == 0
    kept = [json.loads(line) for line in (tmp_path / "office.jsonl").read_text().splitlines()]
    assert [line["unreadable"] for line in kept if "unreadable" in line] == ["bm8ganNvbg=="]


async def test_what_it_has_no_use_for_is_acknowledged_and_kept_aside(
    begin: Begin, send: Any, reports: Any, routing: Any, tmp_path: Path
) -> None:
    data = issued("aside")
    urged = AssignmentUrged(
        assignment_id=data.assignment_id, what="receipt", due=data.receipt_due, number=1
    )
    number = "滑府批〔2024〕3号"
    instruction = InstructionIssued(
        instruction_id=instruction_id("410526", number), number=number, division="410526",
        office=OFFICE, text="速办", issued_by="县长", issued_on=date(2024, 9, 6),
        due_on=date(2024, 9, 9),
    )  # fmt: skip
    await send(urged, 2)
    envelope = await send(instruction, 1, case=instruction.instruction_id)
    later = envelope.model_dump(mode="json", exclude_none=True)
    later |= {"id": "of-a-later-day", "type": "cn.fuyuan.assignment.praised.v3"}
    await raw(routing, json.dumps(later).encode())
    app = await begin()
    await send(data, 1)
    assert words(await reports(3)) == FULL
    assert await app.stop() == 0
    lines = [json.loads(line) for line in (tmp_path / "office.jsonl").read_text().splitlines()]
    kept = {line["kept"]["type"]: line["kept"]["data"] for line in lines if "kept" in line}
    assert kept["cn.fuyuan.assignment.urged.v1"]["number"] == 1
    assert kept["cn.fuyuan.instruction.issued.v1"]["number"] == number
    assert "cn.fuyuan.assignment.praised.v3" in kept
    again = await begin()  # acknowledged: nothing comes again, and nothing more is said
    await send(data, 3)
    assert words(await reports(1)) == ["delivered"]
    assert await again.stop() == 0


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((EXAMPLE / "package-lock.json").read_text("utf-8"))
    wanted = json.loads((EXAMPLE / "package.json").read_text("utf-8"))["dependencies"]
    packages = {name: item for name, item in lock["packages"].items() if name}
    assert all("resolved" not in item and item["integrity"] for item in packages.values())
    assert {f"node_modules/{name}": version for name, version in wanted.items()} == {
        name: item["version"] for name, item in packages.items()
    }

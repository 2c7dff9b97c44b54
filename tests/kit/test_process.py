"""An office's program on the real broker, with the office's own rights, dying where it hurts."""

import asyncio
import signal
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from tests.kit.conftest import words
from tests.kit.made import issued

APP = Path(__file__).parent / "app.py"
FULL = ["delivered", "received", "accepted", "progressed", "resolved"]
PLACES = ("after store", "between acts", "before finish", "before mark")


def test_the_program_has_the_wheel_and_nothing_of_the_repository(kit_python: Path) -> None:
    def run(program: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(kit_python), "-c", program], cwd="/", capture_output=True, text=True, check=False
        )

    for missing in ("services", "pymongo", "fastapi", "cryptography", "pytest"):
        assert "ModuleNotFoundError" in run(f"import {missing}").stderr
    found = run("import fuyuan_contracts.agency as kit; print(kit.__file__)")
    assert "/venv/lib/" in found.stdout


async def test_from_credentials_to_the_first_handled(start: Any, send: Any, reports: Any) -> None:
    app = await start(APP)
    data = issued("first")
    envelope = await send(data, 1)
    said = await reports(5)
    assert words(said) == FULL
    assert [report["sequence"] for report in said] == [1, 2, 3, 4, 5]
    assert {report["subject"] for report in said} == {data.assignment_id}
    assert {report["source"] for report in said} == {"/offices/tax.410526"}
    assert {report["correlationid"] for report in said} == {data.case_id}
    assert {report["causationid"] for report in said} == {envelope.id}
    assert said[1]["data"]["by"] == "policy"
    assert said[-1]["data"]["outcome"]["owed_fen"] == 1250000
    assert await app.stop() == 0
    assert data.case.title not in app.text
    assert "王科员" not in app.text


async def test_killed_at_every_step_in_turn_each_report_is_made_once(
    start: Any, send: Any, reports: Any, tmp_path: Path
) -> None:
    data = issued("killed")
    await send(data, 1)
    for place in PLACES:
        if place == "before mark":  # all may have been sent by now
            await send(data, 2)
        app = await start(APP, KILL=place)
        assert await app.ended() == -signal.SIGKILL, place
    app = await start(APP)
    said: dict[str, dict[str, Any]] = {}
    async with asyncio.timeout(60):
        while len(said) < len(FULL) + 1:
            for report in await reports(1, more=True):
                assert said.setdefault(report["id"], report) == report, "the same id, the same body"
    assert await app.stop() == 0
    ordered = sorted(said.values(), key=lambda report: report["sequence"])
    assert words(ordered) == [*FULL, "delivered"]
    with sqlite3.connect(tmp_path / "tax.410526.sqlite3") as db:
        assert db.execute("SELECT count(*) FROM reports WHERE sent_at IS NULL").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM messages").fetchone() == (2,)


async def test_told_to_stop_it_finishes_what_is_in_hand_and_sends_it(
    start: Any, send: Any, reports: Any, tmp_path: Path
) -> None:
    app = await start(APP)
    await send(issued("slow", title="slow"), 1)
    async with asyncio.timeout(60):
        while not (tmp_path / "effects").exists():  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.01)
    app.process.terminate()
    await asyncio.sleep(0.1)
    await send(issued("late"), 1)
    assert await app.ended() == 0
    assert words(await reports(5)) == FULL
    app = await start(APP)  # what came after the word to stop was left in the inbox
    assert words(await reports(5)) == FULL
    assert await app.stop() == 0


async def test_a_second_consumer_with_the_same_store_refuses_to_start(start: Any) -> None:
    first = await start(APP)
    await first.logged("reading the inbox")
    second = await start(APP)
    assert await second.ended() == 1
    assert "another consumer is running" in second.text
    assert await first.stop() == 0


async def test_two_offices_answer_each_for_itself(start: Any, send: Any, reports: Any) -> None:
    offices = ("tax.410526", "tax.410500")
    for office in offices:
        await start(APP, office)
    for office in offices:
        await send(issued(f"of {office}", office), 1, office=office)
    for office in offices:
        said = await reports(5, office)
        assert {report["source"] for report in said} == {f"/offices/{office}"}

"""An office from joining to leaving: its folder runs, it is checked, gets a new password, goes."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiormq
import pytest
from aiormq.exceptions import AMQPError
from typer.testing import CliRunner, Result

from services.cli import app
from services.stack.handing import FILE
from tests.support.world import Json, World, until

OFFICE = "sports.410523"
NAMES = ("--agency-zh", "体育局", "--agency-en", "Sports Bureau")
TASK, FILER = "pre_suit_communication", "court.410523"
FILED: list[str] = []


def fuyuan(world: World, *words: str) -> Result:
    environ = {"FUYUAN_STACK": str(world.local.directory / "stack.json")}
    return CliRunner().invoke(app, words, env=environ)


def told(world: World, *words: str, code: int = 0) -> Json:
    done = fuyuan(world, *words, "--json")
    assert done.exit_code == code, done.output
    found: Json = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out: Path = tmp_path_factory.mktemp("sports")
    world.joined.append(OFFICE)
    told(world, "agency", "add", OFFICE, "--why", "加入", *NAMES, "--out", str(out))
    yield out
    for case in FILED:  # nothing is left open for the other files here
        world.filer(FILER).post("intake", f"/v1/cases/{case}/withdraw", {"reason": "试完"})


@contextmanager
def consumer(folder: Path, store: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program of a folder, on the library that came with it."""
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    environ = dict(line.split("=", 1) for line in lines) | {
        "PATH": os.environ["PATH"],
        "FUYUAN_STORE": str(store),
        "PYTHONPATH": str(folder / "starter" / "contracts" / "src"),
    }
    program = str(folder / "starter" / "app.py")
    running = subprocess.Popen([sys.executable, program], env=environ, cwd=folder)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0


def filed(world: World, title: str) -> str:
    details = {
        "kind": "administrative_dispute", "cause": "disclosure", "phase": "before",
        "respondent": OFFICE, "needs": [TASK],
    }  # fmt: skip
    case = world.file(world.filing(title, "410523", details), FILER)
    FILED.append(case)
    return case


def received(world: World, case: str) -> Json:
    def look() -> Json | None:
        found: Json = world.operator.get("routing", f"/v1/cases/{case}")
        given = found["assignments"]
        return given[0] if given and given[0]["received_at"] else None

    return until(look)


def test_its_folder_holds_all_its_own_consumer_needs(folder: Path) -> None:
    there = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert {
        "README.md",
        "assignment.json",
        "compose.agency.yml",
        "office.env",
        "starter/Dockerfile",
        "starter/app.py",
        "starter/contracts/README.md",
        "starter/contracts/pyproject.toml",
        "starter/contracts/schemas/asyncapi.yaml",
    } <= there
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600
    assert OFFICE in (folder / "README.md").read_text(encoding="utf-8")
    # no TLS here: Docker would make a folder of a ca.pem that isn't there
    assert "ca.pem" not in (folder / "compose.agency.yml").read_text(encoding="utf-8")
    assert not [name for name in there if "__pycache__" in name or "tests" in name]


def test_a_check_tries_what_it_may_and_what_it_must_not(world: World, folder: Path) -> None:
    assert folder
    found = told(world, "agency", "check", OFFICE)["checks"]
    verdicts = {item["name"]: item["verdict"] for item in found}
    assert verdicts.pop("connection") == "warn"  # this broker speaks no TLS
    assert set(verdicts.values()) == {"ok"}, found
    assert len([name for name in verdicts if name.endswith(": refused")]) == 9
    (inbox,) = [item["text"] for item in found if item["name"] == "inbox"]
    assert inbox == "a test message came and went"


def test_the_program_of_its_folder_takes_a_case(world: World, folder: Path, tmp_path: Path) -> None:
    with consumer(folder, tmp_path / "store"):
        given = received(world, filed(world, "体育场馆信息公开"))
        assert given["office"]["office"] == OFFICE
        found = told(world, "agency", "check", OFFICE)["checks"]
        (inbox,) = [item for item in found if item["name"] == "inbox"]
        assert inbox["verdict"] == "ok"
        assert "no test message was sent" in inbox["text"]


def test_a_new_password_shuts_the_old_one_out_and_loses_nothing(
    world: World, folder: Path, tmp_path: Path
) -> None:
    dry = told(world, "agency", "rotate", OFFICE, "--dry-run")
    assert (dry["generation"], dry["dry_run"]) == (1, True)
    old = (folder / FILE).read_text(encoding="utf-8")
    with consumer(folder, tmp_path / "store") as before:
        received(world, filed(world, "更换口令前"))
        found = told(world, "agency", "rotate", OFFICE, "--out", str(folder))
        assert (found["generation"], found["connections"] > 0) == (1, True)
        case = filed(world, "更换口令时")
        time.sleep(2)
        assert before.poll() is None  # it tries again and again, with a password that is void
        status = world.operator.get("routing", f"/v1/cases/{case}")
        assert not any(given["delivered_at"] for given in status["assignments"])
    assert (folder / FILE).read_text(encoding="utf-8") != old
    with consumer(folder, tmp_path / "store"):
        assert received(world, case)

    told(world, "agency", "suspend", OFFICE)
    (first, *_) = told(world, "agency", "check", OFFICE, code=1)["checks"]
    assert first["name"] == "suspended"
    told(world, "agency", "suspend", OFFICE, "--resume")  # with the password it has now
    with consumer(folder, tmp_path / "store"):
        assert received(world, filed(world, "恢复之后"))


def test_an_office_that_leaves_gets_nothing_and_what_it_had_open_goes_on(
    world: World, folder: Path
) -> None:
    assert folder
    cases = [filed(world, f"体育局退出前{number}") for number in range(2)]

    def listed() -> list[Any] | None:
        moves: list[Any] = told(world, "agency", "remove", OFFICE, "--why", "撤并", "--dry-run")[
            "moves"
        ]
        return moves if {move["case_id"] for move in moves} >= {*cases} else None

    moves = until(listed)
    assert {move["to"] for move in moves} == {"desk"}  # there is no such office of the city
    asked = fuyuan(world, "agency", "remove", OFFICE, "--why", "撤并")
    assert asked.exit_code == 1  # nobody says yes
    gone = told(world, "agency", "remove", OFFICE, "--why", "撤并", "--yes")
    assert {move["case_id"] for move in gone["moves"]} >= {*cases}
    for case in cases:
        status = world.operator.get("routing", f"/v1/cases/{case}")
        assert status["assignments"][0]["state"]["code"] == "recalled"
        assert status["desk"]
    offices = world.operator.get("routing", "/v1/offices")["offices"]
    (found,) = [item for item in offices if item["id"] == OFFICE]
    assert not found["receives"]
    again = fuyuan(world, "agency", "check", OFFICE)
    assert again.exit_code == 1
    assert "no consumer of its own" in " ".join(again.output.split())


def test_no_password_it_had_works_again_when_all_is_declared_anew_or_it_joins_again(
    world: World, folder: Path, tmp_path: Path
) -> None:
    bus = world.local.bus
    with_it = replace(bus, offices=(*bus.offices, OFFICE))  # as where offices.yaml names it
    asyncio.run(with_it.redeclare())
    had = [bus.url(OFFICE, number) for number in (0, 1)]
    assert not any(map(opens, had))
    told(world, "agency", "add", OFFICE, "--why", "重新加入", *NAMES, "--out", str(folder))
    assert not any(map(opens, had))
    with consumer(folder, tmp_path / "store"):
        assert received(world, filed(world, "重新加入之后"))


def test_a_password_it_had_is_not_given_again(world: World) -> None:
    done = fuyuan(world, "agency", "rotate", OFFICE, "--generation", "1")
    assert done.exit_code == 1
    assert "expected 2 or more" in " ".join(done.output.split())


def test_a_wrong_address_or_ca_is_told_before_the_password_changes(
    world: World, tmp_path: Path
) -> None:
    key = tmp_path / "ca.key"
    key.write_text("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n", encoding="utf-8")
    before = told(world, "agency", "rotate", OFFICE, "--dry-run")
    for words in (("--ca", str(key)), ("--public-amqp-url", "broker.example:5671")):
        done = fuyuan(world, "agency", "rotate", OFFICE, *words, "--out", str(tmp_path / "new"))
        assert done.exit_code == 1
    assert told(world, "agency", "rotate", OFFICE, "--dry-run") == before
    assert not (tmp_path / "new").exists()


def opens(url: str) -> bool:
    async def attempt() -> bool:
        try:
            await (await aiormq.connect(url)).close()
        except AMQPError:
            return False
        return True

    return asyncio.run(attempt())

"""An office joins the running system with a consumer of its own; nothing is restarted."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.stack.handing import FILE
from tests.support.world import Json, World, until

OFFICE = "education.410522"
CONSUMER = """
from fuyuan_contracts.agency import Agency, Assignment

agency = Agency.from_env(receive=True)

@agency.on("pre_suit_communication")
async def answer(given: Assignment) -> None:
    outcome = {"task": "pre_suit_communication", "concluded_on": "2024-05-20", "averted": True}
    await given.resolve(outcome, by="李科员")

agency.run()
"""


@pytest.fixture(scope="module")
def joined(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Join by the command line; gives the file with the office's credentials."""
    out = tmp_path_factory.mktemp("office")
    world.joined.append(OFFICE)
    args = ["agency", "add", OFFICE, "--why", "教育局加入", "--agency-zh", "教育局",
            "--agency-en", "Education Bureau", "--out", str(out), "--json"]  # fmt: skip
    environ = {"FUYUAN_STACK": str(world.local.directory / "stack.json")}
    planned = CliRunner().invoke(app, [*args, "--dry-run"], env=environ)
    assert planned.exit_code == 0, planned.output
    assert not (out / FILE).exists()
    done = CliRunner().invoke(app, args, env=environ)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["office"] == OFFICE
    return out / FILE


@pytest.fixture
def consumer(joined: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    program = tmp_path / "consumer.py"
    program.write_text(CONSUMER, encoding="utf-8")
    told = dict(line.split("=", 1) for line in joined.read_text(encoding="utf-8").splitlines())
    environ = {"PATH": os.environ["PATH"], "FUYUAN_STORE": str(tmp_path / "office.sqlite3"), **told}
    running = subprocess.Popen([sys.executable, str(program)], env=environ, cwd=tmp_path)
    yield running
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0


def test_its_credentials_are_for_its_owners_eyes_only(joined: Path) -> None:
    assert joined.stat().st_mode & 0o777 == 0o600


def test_a_case_reaches_its_own_consumer_and_comes_back_resolved(
    world: World, consumer: subprocess.Popen[bytes]
) -> None:
    details = {
        "kind": "administrative_dispute", "cause": "disclosure", "phase": "before",
        "respondent": OFFICE, "needs": ["pre_suit_communication"],
    }  # fmt: skip
    case = world.file(world.filing("某校信息公开", "410522", details), "court.410522")
    closed: Json = world.in_state(case, "closed")
    assert consumer.poll() is None
    (given,) = closed["assignments"]
    assert (given["office"]["office"], given["state"]["code"]) == (OFFICE, "resolved")
    assert given["received_at"]
    assert [entry["by"] for entry in closed["history"] if entry["what"]["code"] == "resolved"] == [
        "李科员"
    ]


def test_its_agency_is_listed_with_an_office_of_its_own(world: World, joined: Path) -> None:
    assert joined
    environ = {"FUYUAN_STACK": str(world.local.directory / "stack.json")}

    def look() -> Json | None:
        done = CliRunner().invoke(app, ["agency", "list", "--json"], env=environ)
        listed = json.loads(done.stdout)["agencies"]
        return next((item for item in listed if item["id"] == "education"), None)

    found = until(look)
    assert (found["offices"], found["receiving"], found["own"]) == (1, 1, 1)

"""The README's ten lines, as a stranger would run them: rehearsed, tested, run, looked at."""

import asyncio
import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.stack.bus import Bus
from tests.kit.made import issued

CONTRACTS = Path(__file__).parents[2] / "contracts"
SNIPPET = re.compile(r"test_readme.py runs this -->\n```python\n(.*?)```", re.DOTALL)
DONE = ["assignment.delivered", "assignment.accepted", "assignment.resolved"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the README's `app.py` and the sample."""
    (program,) = SNIPPET.findall((CONTRACTS / "README.md").read_text("utf-8"))
    (tmp_path / "app.py").write_text(program, "utf-8")
    shutil.copy(CONTRACTS / "examples" / "assignment.json", tmp_path)
    return tmp_path


def kit(
    python: Path, folder: Path, *words: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(python), "-m", "fuyuan_contracts.agency", *words],
        cwd=folder,
        env={"PYTHONUTF8": "1", "FUYUAN_OFFICE": "tax.410526"} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_ten_lines_or_so(folder: Path) -> None:
    lines = (folder / "app.py").read_text("utf-8").splitlines()
    code = [line for line in lines if line and not line.startswith(("from ", "import "))]
    assert len(code) <= 10


def test_a_dry_run_prints_what_would_be_reported_and_leaves_nothing(
    kit_python: Path, folder: Path
) -> None:
    before = set(folder.iterdir())
    ran = kit(kit_python, folder, "dry-run", "app:agency", "assignment.json")
    assert ran.returncode == 0, ran.stderr
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [report["says"] for report in said] == DONE
    assert said[-1]["data"]["outcome"]["owed_fen"] == 1250000
    assert {path for path in folder.iterdir() if path.name != "__pycache__"} == before


@pytest.mark.parametrize(
    ("program", "sample", "error"),
    [
        ("app:nobody", "assignment.json", "can't load app:nobody"),
        ("app:agency", "none.json", "none.json"),
        ("app:agency", "wrong.json", "receipt_due"),
        ("app:agency", "other.json", "there is no handler for tax_relief"),
        ("careless:agency", "assignment.json", "__main__"),
        ("broken:agency", "assignment.json", "ZeroDivisionError"),
    ],
)
def test_what_is_wrong_with_a_dry_run_is_said(
    kit_python: Path, folder: Path, program: str, sample: str, error: str
) -> None:
    text = (folder / "app.py").read_text("utf-8")
    (folder / "careless.py").write_text(text.replace('if __name__ == "__main__":', "if True:"))
    (folder / "broken.py").write_text(text.replace("1250000", "1 // 0"))
    right = json.loads((folder / "assignment.json").read_text("utf-8"))["data"]
    (folder / "wrong.json").write_text(json.dumps(right | {"receipt_due": 7}))
    (folder / "other.json").write_text(json.dumps(right | {"task": "tax_relief"}))
    ran = kit(kit_python, folder, "dry-run", program, sample)
    assert ran.returncode == 1
    assert error in ran.stderr


async def test_from_credentials_to_the_first_handled_case(  # noqa: PLR0917 -- fixtures
    kit_python: Path, folder: Path, start: Any, send: Any, reports: Any, module_bus: Bus
) -> None:
    told = {
        "FUYUAN_AMQP_URL": module_bus.url("tax.410526"),
        "FUYUAN_INBOX": module_bus.inbox("tax.410526"),
    }
    tested = await asyncio.to_thread(kit, kit_python, folder, "self-test", **told)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "out may be written: yes" in tested.stdout
    store = folder / "tax.410526.sqlite3"
    app = await start(folder / "app.py")
    data = issued("readme")
    await send(data, 1)
    assert [report["data"]["assignment_id"] for report in await reports(3)] == (
        [data.assignment_id] * 3
    )
    await send(issued("by a person", task="tax_relief"), 1)
    await reports(1)
    listed = await asyncio.to_thread(kit, kit_python, folder, "list", FUYUAN_STORE=str(store))
    assert "tax_relief" in listed.stdout
    assert data.assignment_id not in listed.stdout
    shown = await asyncio.to_thread(
        kit, kit_python, folder, "show", data.assignment_id, FUYUAN_STORE=str(store)
    )
    assert json.loads(shown.stdout)["stage"] == "resolved"
    assert kit(kit_python, folder, "parked", FUYUAN_STORE=str(store)).returncode == 0
    assert await app.stop() == 0


def test_what_a_person_has_to_look_at_is_shown_and_can_be_tried_again(
    kit_python: Path, folder: Path
) -> None:
    assert kit(kit_python, folder, "list").returncode == 0  # makes the store
    name = f"c{'a' * 24}.tax_clearance.1"
    with sqlite3.connect(folder / "tax.410526.sqlite3") as db:
        db.execute(
            "INSERT INTO works (assignment_id, message_id, hook, task, next_at, result, error,"
            " done_at, attempts) VALUES (?, 'm', 'assignment.issued', 't', '2024', 'gave_up',"
            " 'KeyError', '2024', 6)",
            (name,),
        )
        db.execute(
            "INSERT INTO unreadable (digest, reason, error, body, came_at)"
            " VALUES ('d', 'not_json', 'e', ?, '2024')",
            (b"no json",),
        )
    parked = kit(kit_python, folder, "parked")
    assert parked.returncode == 1
    assert [json.loads(line)["what"] for line in parked.stdout.splitlines()] == [
        "unreadable", "gave_up",
    ]  # fmt: skip
    assert kit(kit_python, folder, "retry", name).returncode == 0
    assert kit(kit_python, folder, "retry", name).returncode == 1
    assert len(kit(kit_python, folder, "parked").stdout.splitlines()) == 1

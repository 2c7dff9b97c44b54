"""`fuyuan` against the running stack: what it prints, its JSON, its exit codes and error texts."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.stack.layout import operator_key
from tests.support.world import World

Fuyuan = Callable[..., Result]


@pytest.fixture(scope="module")
def environ(world: World) -> dict[str, str]:
    return {
        "FUYUAN_URLS": json.dumps(world.local.urls),
        "FUYUAN_KEY": operator_key(world.local.bus),
    }


@pytest.fixture(scope="module")
def fuyuan(environ: dict[str, str]) -> Fuyuan:
    def run(*args: str, **more: str) -> Result:
        return CliRunner().invoke(app, args, env=environ | more)

    return run


@pytest.fixture(scope="module")
def filed(world: World, fuyuan: Fuyuan, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """File two good cases, an empty line and two bad lines between them."""
    good = [world.bankruptcy("tax_clearance", summary="一行\u2028仍是一行") for _ in range(2)]
    lines = [
        json.dumps(good[0], ensure_ascii=False).encode(),
        b"",
        b"{",
        b'{"reference": "\xff"}',
        json.dumps({"filer": "x", "filing": good[1], "answers": {}}).encode(),
    ]
    file = tmp_path_factory.mktemp("cli") / "cases.jsonl"
    file.write_bytes(b"\n".join(lines))
    return file, fuyuan("file", str(file), "--as", "court.410500", "--json")


def test_filing_reports_each_line_by_its_number_in_the_file(filed: Any) -> None:
    _, result = filed
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert (answer["filed"], answer["repeated"], answer["failed"]) == (2, 0, 2)
    assert [(item["line"], item["result"]) for item in answer["results"]] == [
        (1, "filed"), (3, "failed"), (4, "failed"), (5, "filed")
    ]  # fmt: skip


def test_filing_again_is_said_to_be_a_repetition(filed: Any, fuyuan: Fuyuan) -> None:
    result = fuyuan("file", str(filed[0]), "--as", "court.410500")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "filed 0, repeated 2, failed 2"
    assert "line 3: body:" in result.stderr


def test_status_shows_the_case_and_who_it_waits_for(
    world: World, filed: Any, fuyuan: Fuyuan
) -> None:
    for item in json.loads(filed[1].stdout)["results"]:
        if item["result"] != "filed":
            continue
        case = item["case_id"]
        world.delivered(case)
        shown = fuyuan("status", case)
        assert shown.exit_code == 0
        assert "安阳市税务局" in shown.stdout
        english = fuyuan("status", case, "--lang", "en")
        assert "Tax Bureau" in english.stdout
        assert json.loads(fuyuan("status", case, "--json").stdout)["case_id"] == case
        world.close(case)
        assert "已办结" in fuyuan("status", case).stdout


def test_offices_are_listed(fuyuan: Fuyuan) -> None:
    listed = json.loads(fuyuan("offices", "--agency", "tax", "--json").stdout)["offices"]
    assert {item["agency"] for item in listed} == {"tax"}
    assert len(listed) == 10
    assert "安阳市税务局" in fuyuan("offices").stdout


def test_parked_messages_are_listed_shown_and_only_said_to_be_sent_in_a_dry_run(
    world: World, fuyuan: Fuyuan
) -> None:
    listed = json.loads(fuyuan("parked", "list", "--json").stdout)
    assert {item["id"] for item in listed} == {item["id"] for item in world.parked()}
    if not listed:
        pytest.skip("no test before has left a bad message")
    id_ = listed[0]["id"]
    assert id_ in fuyuan("parked", "list").stdout
    assert json.loads(fuyuan("parked", "show", id_).stdout)["id"] == id_
    dry = fuyuan("parked", "replay", id_, "--why", "试一试", "--dry-run")
    assert dry.exit_code == 0
    assert dry.stdout.startswith("would send ")
    as_json = json.loads(
        fuyuan("parked", "replay", id_, "--why", "x", "--dry-run", "--json").stdout
    )
    assert as_json["state"] == "parked"
    assert id_ in {item["id"] for item in world.parked()}


@pytest.mark.parametrize(
    ("args", "more", "said"),
    [
        (["status", "c" + "a" * 24], {}, f"no case c{'a' * 24} is known"),
        (["parked", "show", "nothing"], {}, "parking: 404 not found"),
        (["parked", "replay", "nothing", "--why", "x"], {}, "parking: 404 not found"),
        (["file", "/no/such/file", "--as", "court.410500"], {}, "No such file"),
        (["status", "x"], {"FUYUAN_KEY": "wrong"}, "intake: 401 the access key is not valid"),
        (["status", "x"], {"FUYUAN_URLS": "nonsense"}, "FUYUAN_URLS must be JSON"),
        (["status", "x"], {"FUYUAN_URLS": "{}"}, "no address is known for the service intake"),
        (["offices"], {"FUYUAN_URLS": '{"intake": "http://127.0.0.1:9"}'}, "can't be reached"),
    ],
)
def test_what_goes_wrong_is_said_without_a_traceback(
    fuyuan: Fuyuan, args: list[str], more: dict[str, str], said: str
) -> None:
    result = fuyuan(*args, **more)
    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert isinstance(result.exception, SystemExit)


def test_a_filers_key_files_for_its_own_court_only(
    world: World, fuyuan: Fuyuan, tmp_path: Path
) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps(world.bankruptcy("tax_clearance")), encoding="utf-8")
    key = world.filer("court.410502").key
    wrong = fuyuan("file", str(file), "--as", "court.410500", FUYUAN_KEY=key)
    assert wrong.exit_code == 1
    assert "is a key of the filer court.410502, not of court.410500" in wrong.stderr
    right = fuyuan("file", str(file), "--as", "court.410502", "--json", FUYUAN_KEY=key)
    assert right.exit_code == 0
    world.close(json.loads(right.stdout)["results"][0]["case_id"])


def test_rebuilding_a_projection_leaves_the_lists_as_they_were(
    world: World, fuyuan: Fuyuan
) -> None:
    before = world.mongo[f"{world.prefix}tracker"]["projects"].count_documents({})
    result = fuyuan("rebuild", "tracker", "--json")
    assert result.exit_code == 0
    # a project of which only disputes are known has no file yet, so is in no list
    assert json.loads(result.stdout)["done"] >= before
    assert world.mongo[f"{world.prefix}tracker"]["projects"].count_documents({}) == before


def test_as_a_program_of_its_own_it_answers_in_json(environ: dict[str, str]) -> None:
    program = Path(sys.executable).with_name("fuyuan")
    done = subprocess.run(
        [program, "offices", "--json"], env=environ, capture_output=True, check=True, timeout=60
    )
    assert json.loads(done.stdout)["offices"]
    wrong = subprocess.run([program, "status"], env=environ, capture_output=True, check=False)
    assert wrong.returncode == 2

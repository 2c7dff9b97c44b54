"""`fuyuan backup` and `restore` on a running stack: what is written is what comes back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.stack.backup import Stored
from tests.support.filings import filings
from tests.support.world import World, until

PASSPHRASE = "a passphrase of the tests"
ELSEWHERE = "restored_e2e_"


def fuyuan(world: World, *words: str, **environ: str) -> Result:
    told = {"FUYUAN_STACK": str(world.local.directory / "stack.json")}
    return CliRunner().invoke(app, words, env=told | environ)


def words_of(done: Result) -> str:
    """Give what it said, however it was broken into lines."""
    return " ".join(done.output.split())


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[pymongo.MongoClient[dict[str, Any]]]:
    with pymongo.MongoClient[dict[str, Any]](world.local.servers.mongo_url) as found:
        yield found
        Stored(found, ELSEWHERE).drop()


@pytest.fixture(scope="module")
def taken(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """File some cases and back up; gives the file, and the passphrase's."""
    folder = tmp_path_factory.mktemp("backups")
    phrase = folder / "phrase"
    phrase.write_text(PASSPHRASE + "\n")
    filer = world.local.client("filer", office="court.410500")
    for filing in filings(5, seed=91):
        filer.post("intake", "/v1/cases", filing)
    file = folder / "monday"
    words = ("--passphrase-file", str(phrase), "--prefix", world.prefix, "--json")
    done = fuyuan(world, "backup", str(file), *words)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["verified"]
    assert told["documents"] > 5
    return file, phrase


def restore(world: World, taken: tuple[Path, Path], *words: str, **environ: str) -> Result:
    file, phrase = taken
    given = ("--passphrase-file", str(phrase), "--mongo-url", world.local.servers.mongo_url)
    return fuyuan(world, "restore", str(file), *given, *words, **environ)


def test_the_parking_service_has_heard_of_it(world: World, taken: tuple[Path, Path]) -> None:
    assert taken[0].exists()
    items = world.operator.get("parking", "/v1/backups")["items"]
    assert items[0]["verified"]
    assert items[0]["sealed"]

    def exported() -> bool | None:
        text = world.http("GET", "parking", "/metrics").text
        name = "fuyuan_backup_last_success_timestamp_seconds "
        return any(line.startswith(name) for line in text.splitlines()) or None

    assert until(exported)


def test_a_backup_is_not_written_over(world: World, taken: tuple[Path, Path]) -> None:
    done = fuyuan(world, "backup", str(taken[0]), "--prefix", world.prefix)
    assert done.exit_code == 1
    assert "is there already, and is not written over" in words_of(done)


def test_it_is_restored_as_it_was_and_never_over_what_is_there(
    world: World, taken: tuple[Path, Path], client: pymongo.MongoClient[dict[str, Any]]
) -> None:
    dry = restore(world, taken, "--prefix", ELSEWHERE, "--dry-run", "--json")
    assert dry.exit_code == 0, dry.output
    assert not Stored(client, ELSEWHERE).databases()

    done = restore(world, taken, "--prefix", ELSEWHERE, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["documents"] == json.loads(dry.stdout)["documents"]
    assert told["documents"] == sum(
        client[name][collection].count_documents({})
        for name in Stored(client, ELSEWHERE).databases()
        for collection in client[name].list_collection_names()
    )
    for name in ("commits", "cases"):  # its indexes, too
        there = client[f"{ELSEWHERE}routing"][name].index_information()
        assert there == client[f"{world.prefix}routing"][name].index_information()

    again = restore(world, taken, "--prefix", ELSEWHERE)
    assert again.exit_code == 1
    assert "there already" in words_of(again)
    asked = restore(world, taken, "--prefix", ELSEWHERE, "--replace")  # nobody says yes
    assert asked.exit_code == 1
    assert Stored(client, ELSEWHERE).databases()
    replaced = restore(world, taken, "--prefix", ELSEWHERE, "--replace", "--yes")
    assert replaced.exit_code == 0, replaced.output


def test_another_deployments_secret_is_refused(world: World, taken: tuple[Path, Path]) -> None:
    done = restore(world, taken, "--prefix", "never_", "--dry-run", FUYUAN_SECRET="ab12" * 16)
    assert done.exit_code == 1
    assert "taken under another deployment secret" in words_of(done)


def test_a_wrong_passphrase_and_a_missing_database_are_told(
    world: World, taken: tuple[Path, Path], tmp_path: Path
) -> None:
    phrase = tmp_path / "wrong"
    phrase.write_text("another passphrase")
    done = restore(world, (taken[0], phrase), "--prefix", "never_")
    assert done.exit_code == 1
    assert "not the one it was sealed with" in words_of(done)
    none = fuyuan(world, "backup", str(tmp_path / "x"), "--prefix", "nothing_")
    assert none.exit_code == 1
    assert "no database whose name begins with 'nothing_'" in words_of(none)
    assert not list(tmp_path.glob("x*"))

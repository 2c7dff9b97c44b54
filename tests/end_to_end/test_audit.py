"""`fuyuan audit verify` and `fuyuan reconcile` on a running stack, with databases tampered with."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.stack.layout import operator_key
from tests.support.world import Json, World, until

Fuyuan = Callable[..., Result]
LISTED_SECONDS = 30


@pytest.fixture(scope="module")
def fuyuan(world: World) -> Fuyuan:
    environ = {
        "FUYUAN_URLS": json.dumps(world.local.urls),
        "FUYUAN_KEY": operator_key(world.local.bus),
    }
    return lambda *args: CliRunner().invoke(app, args, env=environ)


@pytest.fixture(scope="module")
def case(world: World) -> str:
    """A case that is closed, and whose history is in the lists of its services."""
    found = world.file(world.bankruptcy("tax_clearance"))
    world.close(found)
    for service in ("intake", "routing"):
        until(partial(listed, world, service, found))
    return found


def listed(world: World, service: str, case: str) -> bool | None:
    """Tell whether a case's last entry is in a list, and its digest is kept; None: not yet."""
    db = world.mongo[world.prefix + service]
    last = db["commits"].count_documents({"subject": case})
    heads = [
        head
        for item in db["anchors"].find({"told": True})
        for head in item["heads"]
        if head[:2] == [case, last]
    ]
    kept = {item["_id"] for item in world.mongo[world.prefix + "parking"]["kept_anchors"].find()}
    return (bool(heads) and any(name.startswith(f"{service}/") for name in kept)) or None


@contextmanager
def tampered(world: World, service: str, case: str) -> Iterator[Any]:
    """Give a case's entries to change; as they were in the end."""
    commits = world.mongo[world.prefix + service]["commits"]
    before = list(commits.find({"subject": case}))
    try:
        yield commits
    finally:
        commits.delete_many({"subject": case})
        commits.insert_many(before)


def verified(fuyuan: Fuyuan, service: str) -> tuple[int, Json]:
    result = fuyuan("audit", "verify", "--service", service, "--json")
    (found,) = json.loads(result.stdout)
    return result.exit_code, found


def test_histories_that_nobody_touched_are_whole(fuyuan: Fuyuan, case: str) -> None:
    for service in ("intake", "routing", "agency-tax"):
        code, found = verified(fuyuan, service)
        assert (code, found["findings"]) == (0, []), found
        assert found["commits"] >= found["subjects"] > 0
    shown = fuyuan("audit", "verify", "--service", "routing")
    assert shown.exit_code == 0
    assert "every history is as it was written" in shown.stdout
    assert case


def change(commits: Any, case: str) -> None:
    commits.update_one({"_id": f"{case}/2"}, {"$set": {"decisions.0.by": "somebody else"}})


def cut(commits: Any, case: str) -> None:
    (last,) = commits.find({"subject": case}).sort("rev", -1).limit(1)
    commits.delete_one({"_id": last["_id"]})


TAMPERS: dict[str, tuple[Callable[[Any, str], Any], str]] = {
    "changed": (change, "changed"),
    "taken out": (lambda commits, case: commits.delete_one({"_id": f"{case}/2"}), "missing"),
    "cut off": (cut, "cut_off"),
    "gone": (lambda commits, case: commits.delete_many({"subject": case}), "cut_off"),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_what_was_done_to_a_history_is_found_where_it_was_done(
    world: World, fuyuan: Fuyuan, case: str, name: str
) -> None:
    tamper, fault = TAMPERS[name]
    with tampered(world, "routing", case) as commits:
        tamper(commits, case)
        code, found = verified(fuyuan, "routing")
        assert code == 1
        assert {item["subject"] for item in found["findings"]} == {case}
        assert fault in {item["fault"] for item in found["findings"]}
        shown = fuyuan("audit", "verify", "--service", "routing")
        assert shown.exit_code == 1
        assert case in shown.stdout
    assert verified(fuyuan, "routing")[0] == 0


def test_a_list_that_is_gone_is_found_until_somebody_says_why(
    world: World, fuyuan: Fuyuan, case: str
) -> None:
    lists = world.mongo[world.prefix + "intake"]["anchors"]
    another = world.file(world.bankruptcy("tax_clearance"))
    until(partial(listed, world, "intake", another))
    last = lists.find_one_and_delete({"number": 1})
    assert last
    try:
        code, found = verified(fuyuan, "intake")
        assert code == 1
        assert [item["fault"] for item in found["findings"]] == ["cut_off"]
        unknown = fuyuan("audit", "accept", "x", "--service", "intake", "--why", "y")
        assert unknown.exit_code == 1
        done = fuyuan(
            "audit", "accept", last["_id"], "--service", "intake", "--why", "从备份恢复", "--json"
        )
        assert json.loads(done.stdout)["accepted_at"] == 2
        code, found = verified(fuyuan, "intake")
        assert code == 0
        assert [item["accepted"]["why"] for item in found["accepted"]] == ["从备份恢复"]
    finally:
        lists.insert_one(last)
    assert case


def test_with_nothing_lost_reconcile_finds_nothing_and_says_so(fuyuan: Fuyuan, case: str) -> None:
    deadline = time.monotonic() + LISTED_SECONDS
    while (result := fuyuan("reconcile", "--grace", "2", "--json")).exit_code:
        assert time.monotonic() < deadline, result.stdout  # what others have just done
        time.sleep(0.5)
    found = json.loads(result.stdout)
    assert (found["gaps"], found["lost_ends"], found["repair"]) == ([], [], None)
    assert found["compared"] >= found["said"] > 0
    shown = fuyuan("reconcile", "--grace", "60")
    assert "0 not heard" in shown.stdout
    assert case

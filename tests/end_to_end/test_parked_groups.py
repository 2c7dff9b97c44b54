"""Parked messages are looked at, and sent again, by group."""

import json
from functools import partial
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from fuyuan_contracts.channels import DEAD
from services.cli import app
from tests.support.world import World, publish, until

GROUP = "q.tracker/handler_failed"


def fuyuan(world: World, *words: str) -> Result:
    environ = {"FUYUAN_STACK": str(world.local.directory / "stack.json")}
    return CliRunner().invoke(app, ["parked", *words], env=environ)


def groups(world: World) -> dict[str, int]:
    found = json.loads(fuyuan(world, "groups", "--json").stdout)["groups"]
    return {item["group"]: item["messages"] for item in found}


@pytest.fixture
async def parked(world: World) -> int:
    """Have three messages given up by tracker for one reason, and one for another."""
    for number in range(4):
        reason = "handler_failed" if number else "refused"
        headers: dict[str, Any] = {"fuyuan-queue": "q.tracker", "fuyuan-reason": reason,
                                   "fuyuan-error": "不可以"}  # fmt: skip
        body = f"group {number}".encode()
        await publish(world.local.bus.admin_url, DEAD, "tracker", [body], headers)
    until(lambda: groups(world).get(GROUP) == 3 or None)
    return 3


def test_a_group_is_listed_rehearsed_and_sent_again_whole(world: World, parked: int) -> None:
    before = groups(world)
    assert before["q.tracker/refused"] == 1
    assert GROUP in fuyuan(world, "groups").stdout
    dry = json.loads(
        fuyuan(world, "replay", "--group", GROUP, "--why", "x", "--dry-run", "--json").stdout
    )
    assert (dry["messages"], dry["dry_run"]) == (parked, True)
    assert groups(world) == before

    done = fuyuan(world, "replay", "--group", GROUP, "--why", "已修复", "--json")
    assert done.exit_code == 0, done.output
    sent = json.loads(done.stdout)["ids"]
    assert len(sent) == parked
    for name in sent:  # nobody can read them now either: parked again, and for what they are
        shown = until(partial(again, world, name))
        assert shown["replays"][0]["why"] == "已修复"
    assert groups(world)["q.tracker/refused"] == 1


def again(world: World, name: str) -> Any:
    shown = world.operator.get("parking", f"/v1/parked/{name}")
    return shown if shown["times_parked"] == 2 else None


def test_a_group_that_is_not_there_is_told_and_both_or_neither_is_refused(world: World) -> None:
    none = fuyuan(world, "replay", "--group", "q.x/y", "--why", "x")
    assert none.exit_code == 1
    assert "no message of the group q.x/y waits" in " ".join(none.output.split())
    for words in (["m1", "--group", "q.x/y"], []):
        assert fuyuan(world, "replay", *words, "--why", "x").exit_code == 2

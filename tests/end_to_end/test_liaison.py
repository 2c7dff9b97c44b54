"""The liaison office at work on the running stack, from the command line."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.stack.layout import operator_key
from tests.support.world import World, until

Json = dict[str, Any]
Fuyuan = Callable[..., Json]
LOST: Json = {"kind": "administrative_lawsuit", "concluded_on": "2024-05-20", "verdict": "lost"}


@pytest.fixture(scope="module")
def fuyuan(world: World) -> Fuyuan:
    environ = {
        "FUYUAN_URLS": json.dumps(world.local.urls),
        "FUYUAN_KEY": operator_key(world.local.bus),
    }

    def run(*args: str, code: int = 0) -> Any:
        shown = CliRunner().invoke(app, args, env=environ)
        assert shown.exit_code == code, shown.output
        if code:
            return shown.stderr
        made = CliRunner().invoke(app, [*args, "--json"], env=environ)
        assert made.exit_code == 0, made.output
        return json.loads(made.stdout)

    return run


def lost(world: World, cause: str) -> str:
    """File a lawsuit and let the court say that the organ lost it."""
    details = {
        "kind": "administrative_lawsuit", "number": world.reference(), "court": "court.410526",
        "instance": "first", "plaintiff": {"name": "张某"}, "defendant": "housing.410526",
        "cause": cause,
    }  # fmt: skip
    case = world.file(world.filing("张某诉住建局", "410526", details))
    world.delivered(case)
    path = f"/v1/cases/{case}/conclude"
    world.filer().post("intake", path, {"conclusion": LOST})
    world.closed.append(world.in_state(case, "closed")["case_id"])
    return case


def test_an_instruction_about_a_case_is_followed_up(world: World, fuyuan: Fuyuan) -> None:
    case = world.file(world.bankruptcy("tax_clearance"))
    (given,) = world.delivered(case)["assignments"]
    office = given["office"]["office"]
    add = ["instruct", "add", "批一", office, "限期办结", "--by", "市长", "--due", "2024-03-15"]
    add += ["--issued", "2024-03-01", "--assignment", given["assignment_id"]]
    assert fuyuan(*add, "--dry-run")["dry_run"]
    made = fuyuan(*add)
    assert made["case_id"] == case
    id_ = made["instruction_id"]

    def overdue() -> Json | None:
        listed = fuyuan("instruct", "list", "--state", "overdue")["instructions"]
        return next((item for item in listed if item["overdue_at"]), None)

    assert until(overdue)["instruction_id"] == id_
    assert "no such office" in fuyuan(*[*add[:2], "批二", "tax.410599", *add[4:]], code=1)
    done = fuyuan("instruct", "close", id_, "已办结", "--on", "2024-03-10", "--as", office)
    assert (done["in_time"], done["closed_by"]["office"]) == (False, office)

    def closed_back() -> Json | None:
        (told,) = world.status(case)["instructions"] or [None]
        return told if told and told["state"]["code"] == "closed" else None

    assert until(closed_back)["instruction_id"] == id_
    assert not world.parked(lambda item: id_ in item["error"] or case in item["error"])
    world.close(case)


def test_a_review_of_lost_lawsuits_finds_the_cause_that_came_back(
    world: World, fuyuan: Fuyuan
) -> None:
    first, second = (lost(world, "penalty") for _ in range(2))

    def due() -> set[str]:
        found = fuyuan("meeting", "agenda", "--type", "loss_review")["lawsuits"]
        return {first, second} & {item["case_id"] for item in found}

    until(lambda: due() == {first, second} or None)
    for number, (case, recurrent) in enumerate(((first, False), (second, True)), 1):
        review = json.dumps({"case_id": case, "causes": ["程序违法"]})
        add = ["meeting", "add", "loss_review", f"研{number}", "研判会", "--on", "2024-06-03"]
        made = fuyuan(
            *add, "--review", review, "--decision", "规范处罚程序", "--chaired-by", "市长"
        )
        assert [item["recurrent"] for item in made["reviews"]] == [recurrent]
        assert made["reviews"][0]["defendant"] == "housing.410526"
    until(lambda: due() == set() or None)
    instruct = ["meeting", "instruct", made["meeting_id"], "1", "议一", "housing.410526"]
    issued = fuyuan(*instruct, "--due", "2024-07-01")
    assert (issued["text"], issued["meeting_id"]) == ("规范处罚程序", made["meeting_id"])
    agenda = fuyuan("meeting", "agenda")
    assert "tasks" in agenda
    assert {"研1", "研2"} <= {
        item["reference"] for item in fuyuan("meeting", "list")["meetings"]
    }  # fmt: skip


def test_people_and_money_are_kept(fuyuan: Fuyuan) -> None:
    words = ["王某", "滑县人民法院", "院长", "--since", "2022-10-20", "--division", "410526"]
    id_ = fuyuan("directory", "add", *words)["member_id"]
    until(lambda: fuyuan("directory", "list")["members"] or None)
    changed = fuyuan("directory", "change", id_, "--post", "党组书记", "--since", "2023-01-01")
    assert changed["post"] == "党组书记"
    ended = fuyuan("directory", "end", id_, "--until", "2024-01-31")
    assert [item["type"] for item in ended["history"]] == [
        "member_added", "member_changed", "member_ended"
    ]  # fmt: skip
    assert fuyuan("budget", "set", "2024", "200000")["amount_fen"] == 20_000_000
    spent = fuyuan("budget", "spend", "票1", "1500.50", "培训", "--on", "2024-04-01")
    assert spent["spent_fen"] == 150_050
    assert fuyuan("budget", "show", "--year", "2024")["budgets"][0]["left_fen"] == 19_849_950
    assert "not an amount" in fuyuan("budget", "set", "2024", "1.005", code=1)

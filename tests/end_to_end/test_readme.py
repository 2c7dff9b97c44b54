"""What the README says to type is typed: each command that needs a stack, on the running one."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from services.cli import app
from services.stack.layout import operator_key
from services.stack.local import ROOT
from tests.support.world import World, until

FILER = "court.410500"
WITHOUT = (
    ["rules", "check"],
    ["route"],
    ["services"],
    ["up"],
    ["parked", "replay"],
    ["backup"],
    ["restore"],
    *(["agency", word] for word in ("check", "rotate", "remove")),
)
"""Needs no stack, is the stack, or would need a message that is parked or an office that joined:
`test_leaving` and `test_backup` have those."""
Filed = dict[str, str]
BANKRUPTCIES = ("asked", "conclude", "withdraw", "urge")


def shown() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    lines = re.findall(r"^\$ .*?fuyuan (.+)$", text, re.MULTILINE)
    return [line for line in lines if not any(shlex.split(line)[: len(w)] == w for w in WITHOUT)]


def careful(words: list[str]) -> list[str]:
    """Let a command that can do so only tell what it would do, or not ask."""
    command: Any = typer.main.get_command(app)
    for word in words:
        if not hasattr(command, "commands") or word.startswith("-"):
            break
        command = command.commands[word]
    known = {option for part in command.params for option in part.opts}
    return [*words, *(option for option in ("--dry-run", "--yes") if option in known)]


@pytest.fixture(scope="module")
def cases(world: World) -> Iterator[Filed]:
    """File one case for each way the commands go."""
    dispute = {
        "kind": "administrative_dispute",
        "cause": "inaction",
        "phase": "before",
        "respondent": "education.410502",
        "needs": ["pre_suit_communication"],
    }
    filings = {
        "desk": world.filing("某某诉前沟通", "410502", dispute),
        **{name: world.bankruptcy("credit_repair") for name in BANKRUPTCIES},
    }
    made = {name: world.file(filing) for name, filing in filings.items()}
    world.in_state(made["desk"], "desk")
    (given,) = world.delivered(made["asked"])["assignments"]
    world.act(given, "information", {"question": "请补正"})
    path = f"/v1/cases/{made['asked']}/information"
    until(lambda: world.filer(FILER).get("intake", path)["requests"] or None)
    yield made
    for name in ("desk", "asked", "urge"):
        world.filer(FILER).post("intake", f"/v1/cases/{made[name]}/withdraw", {"reason": "试完"})
    world.closed += [world.in_state(case, "closed")["case_id"] for case in made.values()]


@pytest.fixture(scope="module")
def typed(
    world: World, cases: Filed, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Any]:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "评估报告.pdf").write_bytes(b"%PDF-1.7\n")
    (folder / "cases.jsonl").write_text(json.dumps(world.bankruptcy("credit_repair")) + "\n")
    environ = {
        "FUYUAN_URLS": json.dumps(world.local.urls),
        "FUYUAN_KEY": operator_key(world.local.bus),
    }

    def type_(line: str) -> Any:
        first = shlex.split(line)[1 if line.startswith("desk") else 0]
        which = first if first in BANKRUPTCIES else "asked"
        words = {
            "$CASE": cases["desk" if first == "route" else which],
            "$OTHER": cases["conclude"],
            "$KEY": _key(environ) if "$KEY" in line else "",
            "deploy/samples/report-cases.jsonl": str(folder / "cases.jsonl"),
            "deploy/routing.yaml": str(ROOT / "deploy" / "routing.yaml"),
            "$BULLETIN": _bulletin(environ) if "$BULLETIN" in line else "",
            "通报.": f"{folder}/通报.",
            "评估报告.pdf": str(folder / "评估报告.pdf"),
            "record.jsonl": str(folder / "record.jsonl"),
        }
        for name, value in words.items():
            line = line.replace(name, value)
        return CliRunner().invoke(app, careful(shlex.split(line)), env=environ)

    return type_


def _key(environ: dict[str, str]) -> str:
    words = ["token", "add", "officer", "--office", "tax.410526", "--name", "王科员", "--json"]
    return str(json.loads(CliRunner().invoke(app, words, env=environ).stdout)["key_id"])


def _bulletin(environ: dict[str, str]) -> str:
    """Publish the bulletin of a year in which nothing happens while this runs."""
    words = ["bulletin", "publish", "--period", "1999", "--json"]
    return str(json.loads(CliRunner().invoke(app, words, env=environ).stdout)["id"])


MAY_FIND = ("reconcile",)
"""Other tests have spoken for offices here, whose services then know less than was heard."""


@pytest.mark.parametrize("line", shown())
def test_a_command_of_the_readme_does_what_it_is_for(line: str, typed: Callable[..., Any]) -> None:
    result = typed(line)
    found = (0, 1) if line in MAY_FIND else (0,)
    assert result.exit_code in found, result.output
    assert result.stdout.strip()

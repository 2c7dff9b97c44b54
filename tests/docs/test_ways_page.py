"""docs/ways.md names the states, routes and commands there are."""

import re
from pathlib import Path

import typer.main

from services.cli import app
from services.cli.values import STATES
from services.routing.labels import LABELS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ways.md").read_text("utf-8")
ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/v1/[^`?]*)`")
DEFINED = re.compile(r'\.(get|post|put|patch|delete)\(\s*(?:"([^"]*)"|PATH)')
NAMED = re.compile(r'^PATH = "([^"]*)"', re.MULTILINE)
PREFIX = re.compile(r'APIRouter\([^)]*prefix="([^"]*)"')


def section(title: str) -> str:
    _, _, rest = PAGE.partition(f"## {title}\n")
    return rest.partition("\n## ")[0]


def words_of_states(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE))


def without_names(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def routes_there_are() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for file in (ROOT / "services").glob("*/api*.py"):
        text = file.read_text("utf-8")
        prefix = PREFIX.search(text)
        named = NAMED.search(text)
        for verb, path in DEFINED.findall(text):
            whole = (prefix[1] if prefix else "") + (path or (named[1] if named else ""))
            found.add((verb.upper(), without_names(whole)))
    return found


def test_every_state_of_a_case_is_listed_with_its_word() -> None:
    listed = words_of_states(section("Where a case is"))
    assert listed == {state: LABELS[state][0] for state in STATES}


def test_every_state_of_an_assignment_is_listed_with_its_word() -> None:
    listed = words_of_states(section("Where an assignment is"))
    acts = ("issued", "delivered", "received", "accepted", "resolved", "returned", "failed")
    assert listed == {
        state: LABELS[state][0] for state in (*acts, "waiting_information", "recalled")
    }


def test_every_route_that_is_named_is_there() -> None:
    named = {(verb, without_names(path)) for verb, path in ROUTE.findall(PAGE)}
    assert len(named) > 20
    assert named - routes_there_are() == set()


def test_every_command_and_option_that_is_named_is_there() -> None:
    for line in re.findall(r"`fuyuan ([^`]+)`", PAGE):
        command = typer.main.get_command(app)
        for word in line.split():
            if not hasattr(command, "commands"):
                break
            command = command.commands[word]
        known = {option for part in command.params for option in part.opts}
        assert set(re.findall(r"--[a-z-]+", line)) <= known, line

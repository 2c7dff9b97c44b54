"""What the READMEs say is so: links, names, targets, settings; their commands are run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from fuyuan_contracts.channels import BINDINGS
from services.cli import app

ROOT = Path(__file__).parents[2]
BOTH = ("README.md", "README.zh-CN.md")
ROOMS = ("intake", "routing", "agencies", "tracker", "metrics", "notices", "liaison", "parking")
READMES = sorted(
    str(path.relative_to(ROOT))
    for pattern in (
        "README*.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "contracts/README.md",
        "deploy/**/README.md",
        "services/*/README.md",
        "docs/**/*.md",
    )
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\[([^]]+)\]\(([^)\s]+)\)")
NO_STACK = (["rules", "check"], ["route"], ["services"])
"""The subcommands that need nothing running: these are run."""
SCREEN = 60
"""Lines of one screen."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[list[str]]:
    """The console blocks of a page: each as its lines."""
    return [
        found.splitlines()
        for found in re.findall(r"```console\n(.*?)```", text_of(name), re.DOTALL)
    ]


def commands(name: str) -> list[tuple[str, list[str]]]:
    """Each command of a page's console blocks with the output shown under it."""
    found: list[tuple[str, list[str]]] = []
    for line in (line for block in blocks(name) for line in block):
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line:
            found[-1][1].append(line)
    return found


def words_of_fuyuan(command: str) -> list[str]:
    """The words after `fuyuan`, up to a pipe."""
    words = shlex.split(command)
    after = words[words.index("fuyuan") + 1 :]
    return after[: after.index("|")] if "|" in after else after


def needs_no_stack(command: str) -> bool:
    words = words_of_fuyuan(command)
    return any(words[: len(known)] == known for known in NO_STACK)


def shown_commands() -> list[tuple[str, str]]:
    return [(name, command) for name in BOTH for command, _ in commands(name)]


@pytest.mark.parametrize("name", READMES)
def test_relative_links_lead_somewhere(name: str) -> None:
    links = [target for _, target in LINK.findall(text_of(name)) if "://" not in target]
    here = (ROOT / name).parent
    assert [target for target in links if not (here / target.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("name", BOTH)
def test_what_a_link_names_is_defined_in_the_file_it_leads_to(name: str) -> None:
    named = [
        (word, target)
        for label, target in LINK.findall(text_of(name))
        if target.endswith(".py")
        for word in re.findall(r"`(\w+)`", label)
    ]
    missing = [
        (word, target)
        for word, target in named
        if not re.search(rf"\b(def|class) {word}\b", text_of(target))
    ]
    assert len(named) > 15
    assert missing == []


@pytest.mark.parametrize("name", READMES)
def test_a_make_target_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", text_of("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ {4})make ([a-z0-9-]+)", text_of(name), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize(("name", "command"), shown_commands())
def test_a_command_shown_has_only_the_arguments_there_are(name: str, command: str) -> None:
    assert name
    words = words_of_fuyuan(command)
    found = typer.main.get_command(app)
    while words and hasattr(found, "commands") and not words[0].startswith("-"):
        found = found.commands[words.pop(0)]  # a group may do something by itself, too
    with found.make_context("fuyuan", words):
        pass  # raises UsageError for what isn't there


@pytest.mark.parametrize("name", READMES)
def test_a_subcommand_that_is_named_exists(name: str) -> None:
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    named = set(
        re.findall(r"(?:`|^\$ |^ {4}|\| )fuyuan ([a-z][a-z-]*)", text_of(name), re.MULTILINE)
    )
    assert named <= known.keys()


@pytest.mark.parametrize(
    ("command", "shown"),
    [item for item in commands(BOTH[0]) if needs_no_stack(item[0])],
)
def test_a_command_that_needs_no_stack_runs_and_prints_what_is_shown(
    command: str, shown: list[str]
) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()
    assert [line for line in shown if line not in ran.stdout.splitlines()] == []


def test_both_languages_show_the_same_commands() -> None:
    assert commands(BOTH[0]) == commands(BOTH[1])


def test_both_languages_link_the_same_files() -> None:
    english, chinese = (
        sorted(target for _, target in LINK.findall(text_of(name)) if target not in BOTH)
        for name in BOTH
    )
    assert english == chinese


@pytest.mark.parametrize("name", BOTH)
def test_a_setting_that_is_named_is_read_somewhere(name: str) -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "services").rglob("*.py"))
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of(name), re.MULTILINE))
    assert len(named) >= 4
    assert [setting for setting in named if f'"{setting}"' not in code] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_on_one_screen_what_it_consumes_emits_owns_and_runs(room: str) -> None:
    text = text_of(f"services/{room}/README.md")
    rows = {row.lower() for row in re.findall(r"^\| \**(\w+)\** \|", text, re.MULTILINE)}
    assert {"consumes", "emits", "owns", "runs"} <= rows
    assert f"python -m services.{room}.app" in text
    assert len(text.splitlines()) <= SCREEN


@pytest.mark.parametrize(
    ("service", "key"), [(name, key) for name, keys in BINDINGS.items() for key in keys]
)
def test_a_room_says_every_event_it_is_sent(service: str, key: str) -> None:
    text = text_of(f"services/{service}/README.md")
    (consumes,) = [
        line for line in text.splitlines() if re.match(r"\| \W*consumes", line, re.IGNORECASE)
    ]
    assert f"`{key.removesuffix('.#')}" in consumes


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_names_only_files_it_has(room: str) -> None:
    text = text_of(f"services/{room}/README.md")
    files = {path.name for path in (ROOT / "services" / room).iterdir()}
    named = set(re.findall(r"`(\w+\.py)`", text))
    assert named
    assert named <= files

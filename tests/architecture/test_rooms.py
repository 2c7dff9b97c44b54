"""Rooms look alike, decisions know no clock, and only a store names a collection."""

import ast
import sys
from pathlib import Path

import pytest

Trees = dict[str, ast.Module]

ROOMS = ("agencies", "intake", "liaison", "metrics", "notices", "parking", "routing", "tracker")
PARTS = ("app", "settings", "handlers", "api", "store", "rules", "model")
FILES = ("README.md", *(f"{part}.py" for part in PARTS))
MAX_LINES = 250
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "localtime", "gmtime"}
SHARED_WITH_THE_KIT = "fuyuan_contracts.reports"
"""Pure rules of what an office may say, which the kit has to know, too."""
PURE_LIBRARIES = {"chinese_calendar"}
"""Tables without I/O that a pure module may use."""


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "services" and len(parts) > 2 and parts[1] in ROOMS else None


def clocks_read(tree: ast.Module) -> set[str]:
    """Give the clocks a module asks: `datetime.now()`, `date.today()`, `time.time()` …"""
    modules = {"datetime", "date", "time", "dt"}
    return {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and ast.unparse(node.func.value).split(".")[-1] in modules
    }


def imported(tree: ast.Module) -> set[str]:
    """Give the top-level names of what a module imports; SHARED_WITH_THE_KIT by its whole name."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            shared = node.module == SHARED_WITH_THE_KIT
            names.add(node.module if shared else node.module.split(".")[0])
    return names


def collections_named(tree: ast.Module) -> list[str]:
    """Give the subscripts and calls that take a collection out of a database."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            last = ast.unparse(node.value).split(".")[-1].lstrip("_")
            if last in {"db", "database"}:
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Attribute) and node.attr in {
            "get_collection",
            "list_collections",
        }:
            found.append(ast.unparse(node))
    return found


def test_the_rooms_are_those_there_are(root: Path) -> None:
    there = {path.parent.name for path in root.glob("services/*/rules.py")}
    assert there == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("file", FILES)
def test_every_room_has_the_same_files(root: Path, room: str, file: str) -> None:
    assert (root / "services" / room / file).is_file()


def test_no_file_grows_past_what_is_read_in_one_go(root: Path) -> None:
    files = [*root.glob("services/**/*.py"), *root.glob("contracts/**/*.py")]
    lengths = {str(path.relative_to(root)): len(path.read_bytes().splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_the_pure_modules_are_found(pure: list[str]) -> None:
    assert {f"services.{room}.{part}" for room in ROOMS for part in ("rules", "model")} <= {*pure}


def test_decisions_ask_no_clock(trees: Trees, pure: list[str]) -> None:
    read = {name: clocks_read(trees[name]) for name in pure}
    assert {name: clocks for name, clocks in read.items() if clocks} == {}


def test_a_room_has_the_engines_time_only(trees: Trees) -> None:
    read = {name: clocks_read(tree) for name, tree in trees.items() if room_of(name)}
    assert {name: clocks for name, clocks in read.items() if clocks} == {}


def test_decisions_use_the_standard_library_only(trees: Trees, pure: list[str]) -> None:
    allowed = sys.stdlib_module_names | PURE_LIBRARIES | {"services", SHARED_WITH_THE_KIT}
    used = {name: imported(trees[name]) - allowed for name in pure}
    assert {name: others for name, others in used.items() if others} == {}


def test_contracts_use_pydantic_and_the_standard_library_only(trees: Trees) -> None:
    """The kit speaks to the broker, with its extra: import-linter says which part of it may."""
    allowed = sys.stdlib_module_names | {"fuyuan_contracts", "pydantic", SHARED_WITH_THE_KIT}
    contracts = {
        name: tree
        for name, tree in trees.items()
        if name.startswith("fuyuan_") and not name.startswith("fuyuan_contracts.agency")
    }
    used = {name: imported(tree) - allowed for name, tree in contracts.items()}
    assert {name: others for name, others in used.items() if others} == {}


def test_only_a_rooms_store_names_a_collection(trees: Trees) -> None:
    named = {
        name: collections_named(tree)
        for name, tree in trees.items()
        if room_of(name) and not name.endswith(".store")
    }
    assert {name: collections for name, collections in named.items() if collections} == {}


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "dt.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "time.monotonic()",
    ],
)
def test_a_clock_is_seen(source: str) -> None:
    assert clocks_read(ast.parse(source))


@pytest.mark.parametrize("source", ["engine.now()", "keys.engine.now()", "fact.time()"])
def test_what_is_no_clock_is_not(source: str) -> None:
    assert not clocks_read(ast.parse(source))


@pytest.mark.parametrize("source", ['db["x"]', "self.db[VIEW]", "self._db[NAME].find()"])
def test_a_collection_is_seen(source: str) -> None:
    assert collections_named(ast.parse(source))

"""The tree as text and as syntax, for what import-linter can't see."""

import ast
import fnmatch
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def trees() -> dict[str, ast.Module]:
    """Every module of the services and the contracts by its dotted name."""
    found = {}
    for base in (ROOT, ROOT / "contracts/src"):
        for path in sorted(base.glob("services/**/*.py")) + sorted(base.glob("fuyuan_*/**/*.py")):
            name = ".".join(path.relative_to(base).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def pure(trees: dict[str, ast.Module]) -> list[str]:
    """The modules that import-linter holds to be pure: the one list of them."""
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = configured["tool"]["importlinter"]["contracts"]
    (listed,) = (item["source_modules"] for item in contracts if item["id"] == "pure")
    return [name for name in trees if any(fnmatch.fnmatchcase(name, part) for part in listed)]

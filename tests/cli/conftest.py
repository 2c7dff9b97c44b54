"""A bulletin as metrics gives it, and its pages."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.cli.bulletins.page import Page
from services.cli.bulletins.reading import read


@pytest.fixture(scope="session")
def frozen() -> str:
    return (Path(__file__).parent / "bulletin.json").read_text("utf-8")


@pytest.fixture
def bulletin(frozen: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(frozen)
    return found


@pytest.fixture
def page(bulletin: dict[str, Any]) -> Page:
    return read(bulletin, "zh")

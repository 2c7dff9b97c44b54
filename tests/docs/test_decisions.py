"""docs/README.md lists every decision under its own title; each has the four parts."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_listed_under_its_number_and_title(page: Path) -> None:
    number = int(page.name[:4])
    title = page.read_text("utf-8").splitlines()[0].removeprefix(f"# {number}. ")
    assert f"{number}. [{title}](decisions/{page.name})" in (DOCS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_why_what_and_what_else_there_was(page: Path) -> None:
    text = page.read_text("utf-8")
    parts = re.findall(
        r"^(?:## |\*\*)(Context|Decision|Consequences|Alternatives)\b", text, re.MULTILINE
    )
    assert parts == ["Context", "Decision", "Consequences", "Alternatives"]

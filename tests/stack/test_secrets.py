"""Secrets: the same each time, different from each other, readable by their owner only."""

import stat
from pathlib import Path

import pytest

from services.stack.daemons import StackError
from services.stack.secrets import Secrets


def test_the_deployment_secret_is_made_once_for_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "local" / "secret"
    first = Secrets.load(file)
    assert Secrets.load(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["secret"]


def test_every_label_has_a_secret_of_its_own() -> None:
    secrets = Secrets(b"k" * 32)
    derived = {
        secrets.broker_password("tax.410500"),
        secrets.broker_password("tax.410526"),
        secrets.text("inbox/tax.410500"),
        Secrets(b"l" * 32).broker_password("tax.410500"),
        secrets.case_key(),
    }
    assert len(derived) == 5


def test_derived_secrets_never_change() -> None:
    secrets = Secrets(bytes(32))
    assert secrets.broker_password("admin") == "becqbna7igek7qnvycmfx46i6wzl5xdc"
    assert secrets.inbox_suffix("tax.410526") == "xmlrtaroza7gbxn6"


@pytest.mark.parametrize("content", ["", "00ff", "no hex at all"])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content)
    with pytest.raises(StackError, match="no deployment secret"):
        Secrets.load(tmp_path / "secret")


def test_printing_secrets_shows_nothing() -> None:
    assert "k" * 8 not in repr(Secrets(b"k" * 32))
